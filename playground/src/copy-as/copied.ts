/** The kind of an operation. */
export type OperationKind = 'query' | 'mutation' | 'subscription';

/** An operation as it is written in the language of a client. */
export interface CopiedOperation {
  /** The address of the graph. */
  readonly url: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly kind: OperationKind;
  /** The flow and its fields as a watch of the client kit selects them; null: it has no such watch. */
  readonly watched: { readonly uuid: string; readonly select: string } | null;
}

/** Writes an operation in one language. The key is named by a variable and never written. */
export type WriteCode = (operation: CopiedOperation) => string;

/** The body of the request that sends an operation, as JSON. */
export function bodyOf({ query, variables }: CopiedOperation): string {
  return JSON.stringify({ query: query.trim(), variables });
}

/** A text within backticks of JavaScript. */
export function toTemplate(text: string): string {
  return `\`${text.trim().replace(/[\\`]|\$(?=\{)/g, '\\$&')}\``;
}

/** JSON, indented to stand behind code. */
export function toIndented(value: unknown, indent: string): string {
  return JSON.stringify(value, null, 2).replaceAll('\n', `\n${indent}`);
}

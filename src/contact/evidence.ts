import type { EndpointName } from '../atlas/api/endpoints.ts';

/** One call that was made, and its answer. It holds values; only shapes of them are ever printed. */
export interface Exchange {
  readonly endpoint: EndpointName;
  /** The reason for the call: part of the walk, or a question that is meant to be refused. */
  readonly purpose: 'walk' | 'unknown flow';
  /** The HTTP status; null if no answer came. */
  readonly status: number | null;
  /** The answer's JSON as it came; undefined where it is no JSON. */
  readonly json: unknown;
  readonly isEmpty: boolean;
  /** The reason why the gateway could not use the answer; null if it could, or if it is a refusal. */
  readonly unreadable: string | null;
}

/** A request that Atlas made to the callback or the auth address. */
export interface ReceivedRequest {
  readonly kind: 'auth' | 'callback';
  readonly method: string;
  /** Lower-case names of its headers, without those that every client sends. */
  readonly headerNames: readonly string[];
  /** The header that brought the token which the auth address had issued; null: none did. */
  readonly tokenHeader: string | null;
  /** Its body as JSON; undefined where it is none. */
  readonly json: unknown;
}

/** The observations of a walk. */
export interface Evidence {
  readonly exchanges: readonly Exchange[];
  readonly received: readonly ReceivedRequest[];
  /** The document ids that were submitted to the flow, in their order. */
  readonly flowDocumentIds: readonly string[];
  /** The document ids that were submitted to each batch. */
  readonly batchDocumentIds: readonly string[];
  /** The `master_status` values of the flow, in their order, without repetitions. */
  readonly states: readonly unknown[];
  /** True if callbacks could arrive: PUBLIC_URL led back to this process. */
  readonly canReceive: boolean;
}

/** The answers with a 2xx status that are JSON, of the walk itself. */
export function answersOf(evidence: Evidence, ...endpoints: readonly EndpointName[]): unknown[] {
  return evidence.exchanges.flatMap(({ endpoint, purpose, status, json }) =>
    endpoints.includes(endpoint) && purpose === 'walk' && isSuccess(status) && json !== undefined
      ? [json]
      : [],
  );
}

/** The last of these answers; undefined if there is none. */
export function lastAnswerOf(evidence: Evidence, endpoint: EndpointName): unknown {
  return answersOf(evidence, endpoint).at(-1);
}

/** The answers that refuse a call: any status from 400 on. */
export function refusalsOf(evidence: Evidence): readonly Exchange[] {
  return evidence.exchanges.filter(({ status }) => status !== null && status >= 400);
}

/** True for 200 to 299. */
export function isSuccess(status: number | null): boolean {
  return status !== null && status >= 200 && status <= 299;
}

/** The members of a JSON object; an empty object for everything else. */
export function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Readonly<Record<string, unknown>>) : {};
}

/** The entries of a JSON list; none for everything else. */
export function entriesOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

import type { Journey } from './journey.ts';

/** A thing that has to exist before an operation can be run. */
export type Need = 'flow' | 'files' | 'batch' | 'grant';

/** The credentials that are sent: the key, the journey's grant, or a key that is wrong on purpose. */
export type Authority = 'key' | 'grant' | 'wrong-key';

/** One operation with its variables. */
export interface ReadyOperation {
  readonly query: string;
  readonly variables: (journey: Journey) => Readonly<Record<string, unknown>>;
  readonly needs: readonly Need[];
  readonly authority: Authority;
}

/** One of several operations of a page. */
export interface Example extends ReadyOperation {
  /** The name in the list of examples, such as an error code. */
  readonly title: string;
  /** The part of the answer to look at: one sentence. */
  readonly look: string;
}

/** A page of the playground: one operation, or a choice of examples. */
export interface Topic {
  /** The fragment of its address. */
  readonly id: string;
  readonly group: string;
  readonly title: string;
  /** The purpose of the operation: one sentence. */
  readonly shows: string;
  /** The part of the answer to look at: one sentence. */
  readonly look: string;
  /** Its page of the documents: the path below `/docs/`. */
  readonly docs: string;
  /** At least one; the first is the one that opens. */
  readonly examples: readonly [Example, ...Example[]];
}

/** Stands in variables for an id that is not known yet. */
export const unknownId = 'not known yet';

type Part = Omit<Topic, 'examples'> & Partial<ReadyOperation> & { readonly query: string };

/** A page with one operation. */
export function topicOf(part: Part): Topic {
  const { id, group, title, shows, look, docs } = part;
  const example = exampleOf({ ...part, title, look: '' });
  return { id, group, title, shows, look, docs, examples: [example] };
}

/** An example; by default it needs nothing and is sent with the key. */
export function exampleOf({
  query,
  title,
  look,
  variables = () => ({}),
  needs = [],
  authority = 'key',
}: Partial<Example> & Pick<Example, 'query' | 'title' | 'look'>): Example {
  return { query: query.trim(), title, look, variables, needs, authority };
}

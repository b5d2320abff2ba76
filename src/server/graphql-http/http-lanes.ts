import { getOperationAST } from 'graphql';
import { acceptedStream, preferredStream, type StreamKind } from '../http/accept.ts';
import type { Asked } from '../operation/asked.ts';
import type { Graph } from '../operation/graph.ts';
import type { ReadQuery, SentOperation } from '../operation/persisted-operations.ts';

/** How an operation that came by HTTP is answered: by a stream of results, or whole. */
export type Lane = StreamKind | 'whole';

export interface LaneOptions {
  readonly graph: Graph;
  readonly readQuery: ReadQuery;
}

/**
 * Returns the lane of an operation, as it was read from its request. A client that prefers a stream gets
 * one for any operation; one that takes a stream at all gets it for each valid subscription. Where
 * anything is wrong with what was sent, the answer is whole and says so.
 */
export function laneOf(
  options: LaneOptions,
  accept: string | undefined,
  asked: Asked,
  given: unknown,
): Lane {
  const preferred = preferredStream(accept);
  if (preferred !== null) return preferred;
  const accepted = acceptedStream(accept);
  return accepted !== null && isSubscription(options, asked, given) ? accepted : 'whole';
}

function isSubscription({ graph, readQuery }: LaneOptions, asked: Asked, given: unknown): boolean {
  if (typeof given !== 'object' || given === null) return false;
  // As loosely as whoever answers reads it; what has another shape is refused there.
  const sent = given as SentOperation & { readonly operationName?: string };
  try {
    const query = readQuery(sent, asked.principal);
    // The word stands in every subscription, and in next to nothing else: the rest is not read twice.
    if (typeof query !== 'string' || !query.includes('subscription')) return false;
    const document = graph.steps.parse(query, asked);
    const kind = getOperationAST(document, sent.operationName)?.operation;
    return kind === 'subscription' && graph.steps.validate(document, asked).length === 0;
  } catch {
    // No such text, or none that can be parsed: whoever answers comes upon the same, and says it.
    return false;
  }
}

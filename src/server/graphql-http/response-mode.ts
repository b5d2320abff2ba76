import { acceptedStream, preferredStream, type StreamKind } from '../http/accept.ts';
import type { OperationPipeline, SentParams } from '../operation/operation-pipeline.ts';
import { isNamedByHash } from '../operation/persisted-operations.ts';
import type { RequestContext } from '../operation/request-context.ts';

/** The form of a response over HTTP: a stream of results, or a single one. */
export type ResponseMode = StreamKind | 'single';

/**
 * Returns the response mode for an operation as it was read from its request. A client that prefers a
 * stream gets one for any operation; a client that accepts a stream gets it for each valid subscription.
 * Every other request, a faulty one too, has a single response.
 */
export function toResponseMode(
  pipeline: OperationPipeline,
  accept: string | undefined,
  request: RequestContext,
  given: unknown,
): ResponseMode {
  const preferred = preferredStream(accept);
  if (preferred !== null) return preferred;
  const accepted = acceptedStream(accept);
  return accepted !== null && isSubscription(pipeline, request, given) ? accepted : 'single';
}

function isSubscription(
  pipeline: OperationPipeline,
  request: RequestContext,
  given: unknown,
): boolean {
  if (typeof given !== 'object' || given === null) return false;
  // As loosely typed as it was sent; a body of another shape is refused by the next step.
  const sent = given as SentParams;
  // The word stands in every subscription and in few other texts, which are then read once.
  const mayBe = String(sent.query).includes('subscription') || isNamedByHash(sent);
  return mayBe && pipeline.kindOf(request, sent) === 'subscription';
}

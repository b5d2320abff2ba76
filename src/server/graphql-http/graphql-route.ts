import { Cancellation } from '../../atlas/deadline/cancellation.ts';
import { preferredStream } from '../http/accept.ts';
import type { AuthenticateRequest } from '../http/authenticate-request.ts';
import type { HttpContext, Route } from '../http/http.ts';
import { operationParams, parseOperation, readSent } from '../http/operation-params.ts';
import { isOverRate } from '../http/over-rate.ts';
import { refuse, refuseInput } from '../http/refusal.ts';
import { unauthenticated } from '../operation/caller-errors.ts';
import { notifyEnd } from '../operation/operation-events.ts';
import type { OperationPipeline } from '../operation/operation-pipeline.ts';
import type { RateLimit } from '../operation/rate-limit.ts';
import { createRequestContext, traceparentOf } from '../operation/request-context.ts';
import type { AnswerByEvents } from '../streaming/sse.ts';
import { createFastPath, type FastPath } from './fast-path.ts';
import type { HandleByYoga } from './handle-by-yoga.ts';
import { toResponseMode } from './response-mode.ts';

export interface GraphqlRouteOptions {
  readonly pipeline: OperationPipeline;
  readonly authenticateRequest: AuthenticateRequest;
  readonly rateLimit: RateLimit;
  readonly answerByEvents: AnswerByEvents;
  /** The monotonic clock, in milliseconds. */
  readonly monotonicMs: () => number;
  /** Answers the requests that the fast path declines. */
  readonly handleByYoga: HandleByYoga;
  /** The fast path; one that declines every request leaves them all to Yoga. */
  readonly fastPath?: FastPath | undefined;
}

/**
 * `/graphql` over HTTP. The caller is authenticated and counted before a byte of the operation is read;
 * then the operation is read once, and answered in one of the response modes.
 */
export function createGraphqlRoute(options: GraphqlRouteOptions): Route {
  const { pipeline, authenticateRequest, rateLimit, answerByEvents, monotonicMs } = options;
  const { handleByYoga, fastPath = createFastPath(pipeline) } = options;

  async function answer(http: HttpContext): Promise<boolean> {
    const { request, response, requestId, events } = http;
    const { accept } = request.headers;
    http.transport = preferredStream(accept) ?? http.transport;
    // Waiting for a value that is there would take a turn of its own.
    const recognised = authenticateRequest(http);
    const principal = recognised instanceof Promise ? await recognised : recognised;
    if (principal === null) return true;
    http.tenantId = principal.tenant.id;
    if (await isOverRate(http, principal, rateLimit)) return true;
    const sent = await readSent(request);
    if ('problem' in sent) {
      refuseInput(http, sent.status, sent.problem, sent.headers);
      return true;
    }
    // The body may have taken long, and the key have ended meanwhile.
    if (!principal.isCurrent()) {
      refuse(http, 401, unauthenticated(requestId));
      return true;
    }
    const context = createRequestContext({
      principal,
      requestId,
      transport: 'http',
      mayMutate: request.method === 'POST',
      startedAt: monotonicMs(),
    });
    const mode = toResponseMode(pipeline, accept, context, sent.given);
    if (mode !== 'single') {
      http.transport = mode;
      const params = parseOperation(operationParams, sent.given);
      if ('problem' in params) refuseInput(http, params.status, params.problem);
      else await answerByEvents(http, { principal, params, kind: mode });
      return true;
    }
    const gone = new Cancellation();
    response.on('close', () => {
      if (!response.writableFinished) gone.cancel();
      // Yoga answers a request that holds no operation without a result.
      notifyEnd(events, context, response.writableFinished ? 'refused' : 'left');
    });
    context.gone = gone;
    http.operation = context;
    events.onBegun?.(context, traceparentOf(request));
    const answered = fastPath(http, context, sent.given);
    if (answered instanceof Promise ? await answered : answered) return true;
    await handleByYoga(http, context, sent);
    return true;
  }

  return (http) => http.path === '/graphql' && answer(http);
}

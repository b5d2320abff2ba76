import { Cancellation } from '../../atlas/deadline/cancellation.ts';
import { preferredStream } from '../http/accept.ts';
import type { Arrival, Route } from '../http/http.ts';
import { operationParams, parseOperation, readSent } from '../http/operation-params.ts';
import { isOverRate } from '../http/over-rate.ts';
import type { Recognise } from '../http/recognise.ts';
import { refuse, refuseInput } from '../http/refusal.ts';
import { createAsked, traceparentOf } from '../operation/asked.ts';
import { unauthenticated } from '../operation/caller-errors.ts';
import { tellEnd } from '../operation/operation-events.ts';
import type { RateLimit } from '../operation/rate-limit.ts';
import type { AnswerByEvents } from '../streaming/sse.ts';
import { type LaneOptions, laneOf } from './http-lanes.ts';
import { type AnswerPlain, createPlainAnswer } from './plain-answer.ts';
import { answerWhole } from './whole-answer.ts';

export interface GraphqlRouteOptions extends LaneOptions {
  readonly recognise: Recognise;
  readonly rateLimit: RateLimit;
  readonly answerByEvents: AnswerByEvents;
  /** The monotonic clock, in milliseconds. */
  readonly monotonicMs: () => number;
  /** The short way for plain operations; by default the one there is. */
  readonly answerPlain?: AnswerPlain | undefined;
}

/**
 * `/graphql` over HTTP. Who asks is settled before a byte of the operation is read; then it is read,
 * once, and takes its lane.
 */
export function createGraphqlRoute(options: GraphqlRouteOptions): Route {
  const { graph, recognise, rateLimit, answerByEvents, monotonicMs } = options;
  const { answerPlain = createPlainAnswer({ steps: graph.steps, readQuery: options.readQuery }) } =
    options;

  async function answer(arrival: Arrival): Promise<boolean> {
    const { request, response, requestId, events } = arrival;
    const { accept } = request.headers;
    arrival.transport = preferredStream(accept) ?? arrival.transport;
    // Only what has to be waited for is: each wait is a turn of its own.
    const recognised = recognise(arrival);
    const principal = recognised instanceof Promise ? await recognised : recognised;
    if (principal === null) return true;
    arrival.tenantId = principal.tenant.id;
    if (await isOverRate(arrival, principal, rateLimit)) return true;
    const sent = await readSent(request);
    if ('problem' in sent) {
      refuseInput(arrival, sent.status, sent.problem, sent.headers);
      return true;
    }
    // The body may have taken long, and the key have ended meanwhile.
    if (!principal.isCurrent()) {
      refuse(arrival, 401, unauthenticated(requestId));
      return true;
    }
    const asked = createAsked({
      principal,
      requestId,
      transport: 'http',
      startedAt: monotonicMs(),
    });
    const lane = laneOf(options, accept, asked, sent.given);
    if (lane !== 'whole') {
      arrival.transport = lane;
      const params = parseOperation(operationParams, sent.given);
      if ('problem' in params) refuseInput(arrival, params.status, params.problem);
      else await answerByEvents(arrival, { principal, params, kind: lane });
      return true;
    }
    const gone = new Cancellation();
    response.on('close', () => {
      if (!response.writableFinished) gone.cancel();
      // What Yoga answers without a result was no operation, by its method or its type.
      tellEnd(events, asked, response.writableFinished ? 'refused' : 'left');
    });
    asked.gone = gone;
    arrival.asked = asked;
    events.onBegun?.(asked, traceparentOf(request));
    const answered = answerPlain(arrival, asked, sent.given);
    if (answered instanceof Promise ? await answered : answered) return true;
    await answerWhole(graph, arrival, asked, sent);
    return true;
  }

  return (arrival) => arrival.path === '/graphql' && answer(arrival);
}

import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { type EndpointName, endpointRow, endpoints } from '../atlas/api/endpoints.ts';
import { bendAnswer } from './bend-answer.ts';
import type { CallLog } from './call-log.ts';
import type { createClientOf } from './client-of.ts';
import { ErrorResponse, shortErrorResponse } from './error-response.ts';
import { type Fault, type FaultQueue, faultRequest } from './fault-queue.ts';
import type { createHandlers, SandboxRequest } from './handlers.ts';
import { loadJson, readText, toNotedBody, toNotedHeaders, toTarget } from './requests.ts';
import type { SandboxClock } from './sandbox-clock.ts';
import { createSchedule } from './schedule.ts';
import { type Answer, send, startDrip, toAnswer } from './sending.ts';
import type { ArrivedCall } from './story-faults.ts';

/** The dependencies of the listener. */
export interface ListenerOptions {
  readonly clock: SandboxClock;
  readonly log: CallLog;
  readonly faults: FaultQueue;
  /** Whose a call is, for the faults that are meant for one client. */
  readonly clientOf: ReturnType<typeof createClientOf>;
  /** How a call goes wrong for the sake of a story; what was asked for by hand goes first. */
  readonly storyFault: (call: ArrivedCall) => Fault | null;
  readonly handlers: ReturnType<typeof createHandlers>;
  readonly revokeToken: (token: string | undefined) => void;
  readonly allowFaultRequests: boolean;
}

/** Answers requests. */
export interface Listener {
  listen(request: IncomingMessage, response: ServerResponse): void;
  /** Answers that are held back stay so. */
  close(): void;
}

/** A call of an endpoint, read to its end. */
interface PendingRequest extends Pick<SandboxRequest, 'headers' | 'query'> {
  readonly name: EndpointName;
  readonly method: string | undefined;
  /** Null: too long to be read. */
  readonly text: string | null;
}

/** No fault. */
interface Honest {
  readonly isHonest: true;
}

const faultPath = '/_sandbox/faults';
const namesByPath: ReadonlyMap<string, EndpointName> = new Map(
  (Object.keys(endpoints) as EndpointName[]).map((name) => [endpointRow(name).path, name]),
);

/** Finds the endpoint, notes the call, misbehaves where told to, and answers. */
export function createListener(options: ListenerOptions): Listener {
  const { clock, log, faults, clientOf, storyFault, handlers, revokeToken } = options;
  const { allowFaultRequests } = options;
  const schedule = createSchedule(clock);

  function listen(request: IncomingMessage, response: ServerResponse): void {
    // All that can fail here is the caller's side of the socket.
    serve(request, response).catch(() => response.destroy());
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = clock.now();
    const { path, query } = toTarget(request.url ?? '/');
    const name = namesByPath.get(path);
    const headers = toNotedHeaders(request.headers);
    const ordered = name === undefined ? null : faults.take(name, clientOf(name, headers));
    if (name !== undefined && ordered !== null && isResetBefore(ordered)) {
      log.record({ name, at, headers, query, body: undefined });
      return reset(request);
    }
    const text = await readText(request);
    if (name === undefined) return send(response, answerElsewhere(request, path, text));
    const body = toNotedBody(text ?? '');
    const answered = log.record({ name, at, headers, query, body });
    const fault: Fault | Honest = ordered ??
      storyFault({ name, headers, query, body }) ?? { isHonest: true };
    if ('hang' in fault) return;
    if ('hangUp' in fault && fault.hangUp === 'before') return hangUp(request);
    if ('delayMs' in fault) await passes(fault.delayMs);
    if ('expiredToken' in fault) revokeToken(headers.token);
    const question = { name, method: request.method, text, headers, query };
    const answer = toFaultyAnswer(fault) ?? toHonestAnswer(question, fault);
    if ('hangUp' in fault) return hangUp(request);
    if ('reset' in fault) return reset(request);
    answered(answer.status);
    if ('dripMs' in fault) startDrip(response, answer, fault.dripMs, schedule);
    else send(response, 'padToBytes' in fault ? toPadded(answer, fault.padToBytes) : answer);
  }

  /** The honest answer, in the shape that the fault gives it. */
  function toHonestAnswer(question: PendingRequest, fault: Fault | Honest): Answer {
    const { name, method, text, headers, query } = question;
    return answerOrRefusal(() => {
      const row = endpointRow(name);
      if (method !== row.method) return toMethodRefusal(row.method);
      if (text === null) throw shortErrorResponse(413, 'Request body too large');
      const { status, body } = handlers[name]({ headers, query, body: () => loadJson(text) });
      return toAnswer(status, 'bend' in fault ? bendAnswer(fault.bend, name, body) : body);
    });
  }

  /** Paths that Atlas does not have. */
  function answerElsewhere(request: IncomingMessage, path: string, text: string | null): Answer {
    return answerOrRefusal(() => {
      if (!allowFaultRequests || path !== faultPath) throw shortErrorResponse(404, 'Not found');
      if (request.method !== 'POST') return toMethodRefusal('POST');
      if (text === null) throw shortErrorResponse(413, 'Request body too large');
      const parsed = faultRequest.safeParse(loadJson(text));
      if (!parsed.success) throw shortErrorResponse(400, parsed.error.message);
      const { endpoint, fault, times, clientId } = parsed.data;
      faults.add(endpoint, fault, times, clientId);
      return toAnswer(202, parsed.data);
    });
  }

  function passes(delayMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    schedule.after(delayMs, resolve);
    return promise;
  }

  return { listen, close: schedule.cancelAll };
}

function isResetBefore(fault: Fault): boolean {
  return 'reset' in fault && fault.reset === 'before';
}

function hangUp(request: IncomingMessage): void {
  request.socket.destroy();
}

function reset(request: IncomingMessage): void {
  request.socket.resetAndDestroy();
}

/** Blanks behind JSON change nothing but its length. */
function toPadded(answer: Answer, bytes: number): Answer {
  return {
    ...answer,
    text: answer.text + ' '.repeat(Math.max(0, bytes - Buffer.byteLength(answer.text))),
  };
}

/** Returns the response that a fault sends instead; null where the honest one stays. */
function toFaultyAnswer(fault: Fault | Honest): Answer | null {
  if ('expiredToken' in fault) return toAnswer(401, { error: 'Invalid token' });
  if ('rawBody' in fault) {
    const { status = 200, contentType = 'application/json', rawBody } = fault;
    return { status, headers: { 'Content-Type': contentType }, text: rawBody };
  }
  if (!('status' in fault)) return null;
  const body = fault.body ?? { error: STATUS_CODES[fault.status] ?? 'Unknown' };
  return toAnswer(fault.status, body, fault.headers);
}

function answerOrRefusal(answer: () => Answer): Answer {
  try {
    return answer();
  } catch (error) {
    if (error instanceof ErrorResponse) return toAnswer(error.status, error.body);
    return toAnswer(500, { error: `The sandbox is broken: ${String(error)}` });
  }
}

function toMethodRefusal(allowed: string): Answer {
  return toAnswer(405, { error: 'Method not allowed' }, { Allow: allowed });
}

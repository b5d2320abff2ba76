import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { type EndpointName, endpointRow, endpoints } from '../atlas/endpoints.ts';
import type { CallLog } from './calls.ts';
import type { Clock } from './clock.ts';
import { type Fault, type Faults, faultRequest } from './faults.ts';
import type { createHandlers, SandboxRequest } from './handlers.ts';
import { plainRefusal, Refusal } from './refusal.ts';
import { loadJson, readText, toNotedBody, toNotedHeaders, toTarget } from './requests.ts';
import { createSchedule } from './schedule.ts';

/** What stands behind the socket. */
export interface ListenerOptions {
  readonly clock: Clock;
  readonly log: CallLog;
  readonly faults: Faults;
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

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The text to send, as it stands. */
  readonly text: string;
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
  const { clock, log, faults, handlers, revokeToken, allowFaultRequests } = options;
  const schedule = createSchedule(clock);

  function listen(request: IncomingMessage, response: ServerResponse): void {
    // All that can fail here is the caller's side of the socket.
    serve(request, response).catch(() => response.destroy());
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = clock.now();
    const { path, query } = toTarget(request.url ?? '/');
    const name = namesByPath.get(path);
    const text = await readText(request);
    if (name === undefined) return send(response, answerElsewhere(request, path, text));
    const headers = toNotedHeaders(request.headers);
    const answered = log.arrived({ name, at, headers, query, body: toNotedBody(text ?? '') });
    const fault: Fault | Honest = faults.take(name) ?? { isHonest: true };
    if ('hang' in fault) return;
    if ('hangUp' in fault && fault.hangUp === 'before') return hangUp(request);
    if ('delayMs' in fault) await passes(fault.delayMs);
    if ('expiredToken' in fault) revokeToken(headers.token);
    const answer =
      toFaultyAnswer(fault) ?? toHonestAnswer(name, request.method, text, headers, query);
    if ('hangUp' in fault) return hangUp(request);
    answered(answer.status);
    send(response, answer);
  }

  function toHonestAnswer(
    name: EndpointName,
    method: string | undefined,
    text: string | null,
    headers: SandboxRequest['headers'],
    query: SandboxRequest['query'],
  ): Answer {
    return answerOrRefusal(() => {
      const row = endpointRow(name);
      if (method !== row.method) return toMethodRefusal(row.method);
      if (text === null) throw plainRefusal(413, 'Request body too large');
      const { status, body } = handlers[name]({ headers, query, body: () => loadJson(text) });
      return toAnswer(status, body);
    });
  }

  /** Paths that Atlas does not have. */
  function answerElsewhere(request: IncomingMessage, path: string, text: string | null): Answer {
    return answerOrRefusal(() => {
      if (!allowFaultRequests || path !== faultPath) throw plainRefusal(404, 'Not found');
      if (request.method !== 'POST') return toMethodRefusal('POST');
      if (text === null) throw plainRefusal(413, 'Request body too large');
      const asked = faultRequest.safeParse(loadJson(text));
      if (!asked.success) throw plainRefusal(400, asked.error.message);
      faults.add(asked.data.endpoint, asked.data.fault, asked.data.times);
      return toAnswer(202, asked.data);
    });
  }

  function passes(delayMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    schedule.after(delayMs, resolve);
    return promise;
  }

  return { listen, close: schedule.cancelAll };
}

function hangUp(request: IncomingMessage): void {
  request.socket.destroy();
}

/** What a fault puts in the place of the answer; null where the honest one stays. */
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
    if (error instanceof Refusal) return toAnswer(error.status, error.body);
    return toAnswer(500, { error: `The sandbox is broken: ${String(error)}` });
  }
}

function toMethodRefusal(allowed: string): Answer {
  return toAnswer(405, { error: 'Method not allowed' }, { Allow: allowed });
}

function toAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
    text: JSON.stringify(body),
  };
}

function send(response: ServerResponse, { status, headers, text }: Answer): void {
  // A body that was not read to its end leaves the connection of no use.
  const isSpoilt = !response.req.complete;
  response.writeHead(status, {
    ...headers,
    ...(isSpoilt ? { Connection: 'close' } : {}),
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
  if (isSpoilt) response.req.resume();
}

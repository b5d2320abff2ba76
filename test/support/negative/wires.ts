import { once } from 'node:events';
import { connect } from 'node:net';
import type { TestContext } from 'node:test';
import type { GraphAnswer } from '../open-gateway.ts';
import type { Sent, WireName } from './row.ts';

/** Where a row is sent, by whom. */
export interface Address {
  readonly url: string;
  /** The credential; empty: none. */
  readonly credential: string;
}

/** The result: the outcome in short, and the message of the first error. */
export interface CameBack {
  readonly outcome: string;
  readonly message: string | undefined;
  /** The lines of the head of an HTTP answer. */
  readonly head?: readonly string[];
}

type Wire = (
  t: TestContext,
  address: Address,
  sent: Sent,
  /** Waits between the connection and the operation. */
  pass?: () => Promise<void>,
) => Promise<CameBack>;

/** An HTTP answer, or what of a stream of events holds its first result. */
export interface Received {
  readonly status: number;
  /** The lines of its head. */
  readonly head: readonly string[];
  readonly text: string;
}

export const accepts = {
  HTTP: 'application/graphql-response+json',
  SSE: 'text/event-stream',
  multipart: 'multipart/mixed;subscriptionSpec="1.0"',
} as const;

/** The ways that begin with a request. */
export const wires: Readonly<Record<Exclude<WireName, 'WebSocket' | 'older WebSocket'>, Wire>> = {
  HTTP: (t, address, sent, pass) => askOnce(t, address, sent, accepts.HTTP, pass),
  SSE: (t, address, sent, pass) => askOnce(t, address, sent, accepts.SSE, pass),
  multipart: (t, address, sent, pass) => askOnce(t, address, sent, accepts.multipart, pass),
  'one SSE connection': askOnStream,
};

async function askOnce(
  t: TestContext,
  address: Address,
  sent: Sent,
  accept: string,
  pass?: () => Promise<void>,
) {
  await pass?.();
  return toCameBack(await exchange(t, toRequest(address, sent, accept)));
}

/** One request for one answer, for whoever accepts this, or says nothing of it. */
export function toRequest({ url, credential }: Address, sent: Sent, accept?: string): Request {
  const { method = 'POST', type = 'application/json', search = '', headers = [] } = sent;
  const lines = [
    ...(accept === undefined ? [] : [`Accept: ${accept}`]),
    ...(method === 'GET' ? [] : [`Content-Type: ${type}`]),
    ...(credential === '' ? [] : [`Authorization: Bearer ${credential}`]),
    ...headers,
  ];
  return { url, method, search, lines, body: method === 'GET' ? '' : toBody(sent) };
}

/** Reserves a stream for events, as a caller that has this proof in its header lines. */
export function reserve(
  t: TestContext,
  { url, credential }: Address,
  { search = '', headers = [] }: Sent = {},
): Promise<Received> {
  const lines = proofOf({ url, credential }, { headers });
  return exchange(t, { url: `${url}/stream`, method: 'PUT', search, lines });
}

function proofOf({ credential }: Address, { headers = [] }: Sent): string[] {
  return [
    ...(credential === '' ? [] : [`Authorization: Bearer ${credential}`]),
    ...headers.filter((line) => /^authorization:/i.test(line)),
  ];
}

async function askOnStream(
  t: TestContext,
  address: Address,
  sent: Sent,
  pass?: () => Promise<void>,
): Promise<CameBack> {
  const { method = 'POST', type = 'application/json', search = '', headers = [] } = sent;
  const streamUrl = `${address.url}/stream`;
  const reserved = await reserve(t, address, sent);
  if (reserved.status !== 201) return toCameBack(reserved);
  await pass?.();
  const known = [...proofOf(address, sent), `X-GraphQL-Event-Stream-Token: ${reserved.text}`];
  const lines = [...known, ...headers, `Content-Type: ${type}`];
  const operationId = sent.extensions?.operationId ?? 'the row';
  const body = toBody({ ...sent, extensions: { ...sent.extensions, operationId } });
  const posted = await exchange(t, { url: streamUrl, method, search, lines, body });
  if (posted.status !== 202) return toCameBack(posted);
  const events = await exchange(t, { url: streamUrl, method: 'GET', search: '', lines: known });
  return toCameBack({ ...events, status: posted.status });
}

/** The body of a row, or the payload of its message. */
export function toBody(sent: Sent): string | Buffer {
  if (sent.body !== undefined) return sent.body;
  const { query, extensions, variables, variablesText } = sent;
  const text = JSON.stringify({ query, extensions, variables });
  if (variablesText === undefined) return text;
  return text.replace(/}$/, `,"variables":${variablesText}}`);
}

export interface Request {
  readonly url: string;
  readonly method: string;
  readonly search?: string;
  readonly lines: readonly string[];
  readonly body?: string | Buffer;
  /** Whether the connection stays open behind the first result. */
  readonly isHeld?: boolean;
}

/** Sends bytes as they are, and reads to the end, or to the first result of a stream of events. */
export async function exchange(
  t: TestContext,
  { url, method, search = '', lines, body = '', isHeld = false }: Request,
): Promise<Received> {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  t.after(() => socket.destroy());
  const head = [
    `${method} ${pathname}${search} HTTP/1.1`,
    `Host: ${hostname}:${port}`,
    'Connection: close',
    ...(body.length > 0 ? [`Content-Length: ${Buffer.byteLength(body)}`] : []),
    ...lines,
  ];
  let text = '';
  socket.setEncoding('utf8');
  const received = new Promise<string>((resolve) => {
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (/^event: next\ndata: .*\n\n|^\{"payload":.*\r\n--graphql/m.test(text)) resolve(text);
    });
    // The rest of a body that is refused finds nobody to take it.
    socket.on('error', () => resolve(text));
    socket.on('close', () => resolve(text));
  });
  await once(socket, 'connect');
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  socket.write(body.length > 0 ? body : '');
  const whole = await received;
  if (!isHeld) socket.destroy();
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(whole)?.[1] ?? 0),
    head: whole.replace(/\r\n\r\n.*$/s, '').split('\r\n'),
    text: toPlain(whole),
  };
}

/** The body after the head, out of its chunks. */
function toPlain(whole: string): string {
  const end = whole.indexOf('\r\n\r\n');
  const body = end === -1 ? '' : whole.slice(end + 4);
  if (!/^transfer-encoding: chunked$/im.test(whole.slice(0, end))) return body;
  return body.replace(/(^|\r\n)[\da-f]+\r\n/g, '').trimEnd();
}

function toCameBack({ status, head, text }: Received): CameBack {
  const streamed = /^(?:event: next\ndata: (.*)|(\{"payload":.*\}))$/m.exec(text);
  const result = text.startsWith('{') ? text : (streamed?.[1] ?? streamed?.[2]);
  if (result === undefined) return { outcome: `${status}`, message: undefined, head };
  const parsed = JSON.parse(result);
  return { ...toTold(String(status), parsed.payload ?? parsed), head };
}

/** How something ended, with what an answer says in short. */
export function toTold(ending: string, { data, errors = [] }: GraphAnswer): CameBack {
  const codes = errors.map(({ extensions }) => extensions?.code);
  const shown = data == null ? [] : [JSON.stringify(data)];
  return {
    outcome: [ending, ...new Set(codes), ...shown].join(' '),
    message: errors[0]?.message,
  };
}

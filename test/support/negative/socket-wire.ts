import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { WebSocket } from 'ws';
import type { Sent } from './row.ts';
import { type Address, type CameBack, toBody, toTold } from './wires.ts';

/** A message of the protocol. */
type Message = ReturnType<typeof JSON.parse>;

/** A socket on which a row is sent, beside an operation that runs on it already. */
export interface RowSocket {
  /** Sends the row under an id that is new; answers its first message, or the socket's end. */
  send(sent: Sent): Promise<CameBack>;
  /** Subscribes to a flow, and waits for what it begins with; false where that is refused. */
  subscribe(flowUuid: string): Promise<boolean>;
  /** Whether it is open, hears what is sent, and nothing that ran on it has been completed. */
  goesOn(): Promise<boolean>;
  close(): void;
}

const watch = 'subscription ($uuid: String!) { flowUpdated(uuid: $uuid) { uuid } }';

/** How a subprotocol calls its messages, and what is sent to see that a socket is alive. */
interface Subprotocol {
  readonly name: string;
  readonly start: string;
  readonly result: string;
  readonly probe: string;
  readonly probeReply: string;
}

/** The subprotocols by the wires that speak them. */
export const subprotocols = {
  WebSocket: {
    name: 'graphql-transport-ws',
    start: 'subscribe',
    result: 'next',
    probe: '{"type":"ping"}',
    probeReply: 'pong',
  },
  'older WebSocket': {
    name: 'graphql-ws',
    start: 'start',
    result: 'data',
    probe: '{"type":"nothing"}',
    probeReply: 'connection_error',
  },
} as const satisfies Readonly<Record<string, Subprotocol>>;

/** Opens a socket for the sender of a row; answers how it was closed where the sender is refused. */
export async function openRowSocket(
  t: TestContext,
  { url, credential }: Address,
  { search = '', headers = [], init }: Sent = {},
  { name, start, result, probe, probeReply }: Subprotocol = subprotocols.WebSocket,
  /** Waits between the upgrade and `connection_init`. */
  pass?: () => Promise<void>,
): Promise<RowSocket | CameBack> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}${search}`, name, {
    headers: toHeaders(headers),
  });
  t.after(() => socket.terminate());
  const replies = new Map<string, PromiseWithResolvers<Message>>();
  /** The subscriptions beside the row that have not completed. */
  const beside = new Set<string>();
  let begun = 0;
  socket.on('error', () => {}); // told by `close`
  const closed = new Promise<string>((resolve) => {
    socket.on('close', (code) => resolve(`closed ${code}`));
  });
  const replyTo = (id: string) => {
    const reply = replies.get(id) ?? Promise.withResolvers<Message>();
    replies.set(id, reply);
    return Promise.race([reply.promise, closed]);
  };
  socket.on('message', (data) => {
    const message: Message = JSON.parse(String(data));
    const name = message.id ?? message.type;
    if (message.type === 'complete') beside.delete(name);
    const reply = replies.get(name) ?? Promise.withResolvers<Message>();
    replies.set(name, reply);
    reply.resolve(message);
  });
  const status = await new Promise<number | undefined>((resolve) => {
    socket.on('open', () => resolve(undefined));
    socket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode));
  });
  if (status !== undefined) return { outcome: `${status}`, message: undefined };
  await pass?.();
  const proof = credential === '' ? {} : { payload: { authorization: `Bearer ${credential}` } };
  const opening = init === undefined ? proof : { payload: init };
  if (socket.readyState === socket.OPEN) {
    socket.send(JSON.stringify({ type: 'connection_init', ...opening }));
  }
  const ack = await Promise.race([replyTo('connection_ack'), replyTo('connection_error')]);
  if (typeof ack === 'string') return { outcome: ack, message: undefined };
  if (ack.type === 'connection_error') {
    const told = toTold('error', { errors: [ack.payload] });
    // A caller that is refused is told why, and then its socket is closed.
    const isMessage = told.outcome.endsWith('BAD_USER_INPUT');
    return isMessage ? told : { outcome: await closed, message: undefined };
  }
  let count = 0;

  return {
    async send(sent) {
      count += 1;
      const id = `row ${count}`;
      const opened = sent.message ?? frameOf(id, start, toBody(sent));
      replies.delete('connection_error');
      socket.send(opened, { binary: false });
      const reply = await Promise.race([replyTo(id), replyTo('connection_error')]);
      if (typeof reply === 'string') return { outcome: reply, message: undefined };
      const { type, payload } = reply;
      const isError = type === 'error' || type === 'connection_error';
      return isError ? toTold('error', { errors: [payload].flat() }) : toTold(type, payload);
    },
    async subscribe(flowUuid) {
      count += 1;
      const id = `beside ${count}`;
      const payload = { query: watch, variables: { uuid: flowUuid } };
      socket.send(JSON.stringify({ id, type: start, payload }));
      const reply = await replyTo(id);
      if (reply.type !== result || reply.payload.errors !== undefined) return false;
      beside.add(id);
      begun += 1;
      return true;
    },
    async goesOn() {
      replies.delete(probeReply);
      socket.send(probe);
      const reply = await replyTo(probeReply);
      return typeof reply !== 'string' && beside.size === begun;
    },
    close: () => socket.terminate(),
  };
}

/** Opens a socket that never says who it is. */
export async function openSilentSocket(t: TestContext, { url }: Address): Promise<WebSocket> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), subprotocols.WebSocket.name);
  t.after(() => socket.terminate());
  socket.on('error', () => {}); // told by `close`
  await once(socket, 'open');
  return socket;
}

function frameOf(id: string, type: string, body: string | Buffer): Buffer {
  const [head, tail] = [`{"id":${JSON.stringify(id)},"type":"${type}","payload":`, '}'];
  return Buffer.concat([Buffer.from(head), Buffer.from(body), Buffer.from(tail)]);
}

/** Header lines by name; one that stands twice goes out twice. */
function toHeaders(lines: readonly string[]): Record<string, string[]> {
  const pairs = lines.map((line) => [line.slice(0, line.indexOf(':')), line] as const);
  const grouped = Map.groupBy(pairs, ([name]) => name.toLowerCase());
  return Object.fromEntries(
    [...grouped].map(([name, all]) => [
      name,
      all.map(([, line]) => line.slice(line.indexOf(':') + 1).trim()),
    ]),
  );
}

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

/** Opens a socket as whoever asks; answers how it was closed where that is nobody. */
export async function openRowSocket(
  t: TestContext,
  { url, credential }: Address,
  { search = '', headers = [], init }: Sent = {},
): Promise<RowSocket | CameBack> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}${search}`, 'graphql-transport-ws', {
    headers: toHeaders(headers),
  });
  t.after(() => socket.terminate());
  const replies = new Map<string, PromiseWithResolvers<Message>>();
  /** What was subscribed beside the row, and has not been completed. */
  const beside = new Set<string>();
  let begun = 0;
  const closed = once(socket, 'close').then(([code]) => `closed ${code}`);
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
  await once(socket, 'open');
  const proof = credential === '' ? {} : { payload: { authorization: `Bearer ${credential}` } };
  const opening = init === undefined ? proof : { payload: init };
  socket.send(JSON.stringify({ type: 'connection_init', ...opening }));
  const ack = await replyTo('connection_ack');
  if (typeof ack === 'string') return { outcome: ack, message: undefined };
  let count = 0;

  return {
    async send(sent) {
      count += 1;
      const id = `row ${count}`;
      const opened = sent.message ?? frameOf(id, toBody(sent));
      socket.send(opened, { binary: false });
      const reply = await replyTo(id);
      if (typeof reply === 'string') return { outcome: reply, message: undefined };
      const { type, payload } = reply;
      return toTold(type, type === 'error' ? { errors: payload } : payload);
    },
    async subscribe(flowUuid) {
      count += 1;
      const id = `beside ${count}`;
      const payload = { query: watch, variables: { uuid: flowUuid } };
      socket.send(JSON.stringify({ id, type: 'subscribe', payload }));
      const { type, payload: result } = await replyTo(id);
      if (type !== 'next' || result.errors !== undefined) return false;
      beside.add(id);
      begun += 1;
      return true;
    },
    async goesOn() {
      replies.delete('pong');
      socket.send('{"type":"ping"}');
      const pong = await replyTo('pong');
      return typeof pong !== 'string' && beside.size === begun;
    },
    close: () => socket.terminate(),
  };
}

function frameOf(id: string, body: string | Buffer): Buffer {
  const [head, tail] = [`{"id":${JSON.stringify(id)},"type":"subscribe","payload":`, '}'];
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

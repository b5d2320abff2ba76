import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { type ClientOptions, WebSocket } from 'ws';

/** A message of the protocol, as loosely typed as JSON. */
export type Message = ReturnType<typeof JSON.parse>;

/** A WebSocket without a client library behind it. */
export interface RawSocket {
  readonly socket: WebSocket;
  /** Sends text as it stands, and anything else as JSON. */
  send(message: unknown): void;
  /** The next message that was not read yet; rejects when the socket closes before it comes. */
  next(): Promise<Message>;
  /** Says who it is and waits for the acknowledgement. */
  init(authorization: string): Promise<void>;
  /** Starts an operation; the id of it is its own. */
  subscribe(id: string, query: string, variables?: object): void;
  /** Waits until all that was sent before has been heard. Fails if anything comes instead. */
  isHeard(): Promise<void>;
  /** How many heartbeats have come, which `next` passes over. */
  countHeartbeats(): number;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

/** The messages by which the protocols show life; none has to be answered. */
const heartbeats = ['ping', 'ka'];

/** Opens one, terminated with the test. */
export async function openSocket(
  t: TestContext,
  url: string,
  options: ClientOptions = {},
  subprotocol: string | string[] = 'graphql-transport-ws',
): Promise<RawSocket> {
  const socket = new WebSocket(url, subprotocol, options);
  t.after(() => socket.terminate());
  const unread: Message[] = [];
  const waiting: PromiseWithResolvers<Message>[] = [];
  let heartbeatCount = 0;
  socket.on('message', (data) => {
    const message = JSON.parse(String(data));
    if (heartbeats.includes(message.type)) {
      heartbeatCount += 1;
      return;
    }
    const reader = waiting.shift();
    if (reader) reader.resolve(message);
    else unread.push(message);
  });
  const closed = once(socket, 'close').then(([code, reason]) => {
    for (const { reject } of waiting) reject(new Error(`closed with ${code} ${reason}`));
    return { code: Number(code), reason: String(reason) };
  });
  await once(socket, 'open');

  const raw: RawSocket = {
    socket,
    closed,
    countHeartbeats: () => heartbeatCount,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    next() {
      if (unread.length > 0) return Promise.resolve(unread.shift());
      if (socket.readyState === socket.CLOSED) return Promise.reject(new Error('it is closed'));
      const reader = Promise.withResolvers<Message>();
      waiting.push(reader);
      return reader.promise;
    },
    async init(authorization) {
      raw.send({ type: 'connection_init', payload: { authorization } });
      const { type } = await raw.next();
      if (type !== 'connection_ack') throw new Error(`${type} in place of connection_ack`);
    },
    subscribe: (id, query, variables) =>
      raw.send({ id, type: 'subscribe', payload: { query, ...(variables ? { variables } : {}) } }),
    async isHeard() {
      raw.send({ type: 'ping' });
      const message = await raw.next();
      if (message.type !== 'pong') throw new Error(`${JSON.stringify(message)} in place of pong`);
    },
  };
  return raw;
}

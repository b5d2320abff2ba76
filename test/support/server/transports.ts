import type { TestContext } from 'node:test';
import type { OpenGateway } from '../open-gateway.ts';
import { openEvents } from './event-reader.ts';
import { type Message, openSocket } from './raw-socket.ts';

/** A subscription on some transport. */
export interface Subscription {
  /** The next result. Rejects when there is none any more. */
  next(): Promise<Message>;
  leave(): void;
}

/** Subscribes to a flow, left with the test. */
export type Subscribe = (
  t: TestContext,
  gateway: OpenGateway,
  uuid: string,
  query?: string,
) => Promise<Subscription>;

export const watchFlow =
  'subscription ($uuid: String!) { flowUpdated(uuid: $uuid) { status { state } } }';

/** Over a WebSocket of its own. */
export async function overWebSocket(
  t: TestContext,
  gateway: OpenGateway,
  uuid: string,
  query = watchFlow,
): Promise<Subscription> {
  const socket = await openSocket(t, gateway.webSocketUrl);
  await socket.init(`Bearer ${gateway.apiKey}`);
  socket.subscribe('1', query, { uuid });
  return {
    async next() {
      const { type, payload } = await socket.next();
      return type === 'error' ? { errors: payload } : payload;
    },
    leave: () => socket.socket.close(),
  };
}

/** Over a stream of its own, for whoever accepts what is said. */
export const overEvents =
  (accept: string): Subscribe =>
  async (t, gateway, uuid, query = watchFlow) => {
    const reader = await openEvents(t, gateway.graphqlUrl, {
      method: 'POST',
      headers: { ...gateway.headers, accept },
      body: { query, variables: { uuid } },
    });
    return { next: async () => (await reader.next()).data, leave: reader.leave };
  };

async function overSharedEvents(
  t: TestContext,
  gateway: OpenGateway,
  uuid: string,
  query = watchFlow,
): Promise<Subscription> {
  const url = `${gateway.graphqlUrl}/stream`;
  const reserved = await fetch(url, { method: 'PUT', headers: gateway.headers });
  const headers = {
    ...gateway.headers,
    'x-graphql-event-stream-token': await reserved.text(),
  };
  const reader = await openEvents(t, url, { headers });
  await fetch(url, {
    method: 'POST',
    headers,
    body: JSON.stringify({
      query,
      variables: { uuid },
      extensions: { operationId: '1' },
    }),
  });
  return { next: async () => (await reader.next()).data.payload, leave: reader.leave };
}

/** Every way on which a subscription can be read. */
export const transports: Readonly<Record<string, Subscribe>> = {
  'a WebSocket': overWebSocket,
  'a stream of events': overEvents('text/event-stream'),
  'a shared stream of events': overSharedEvents,
  'a stream of events that may be JSON': overEvents('application/json, text/event-stream'),
  'a stream of events that may be anything': overEvents('*/*'),
};

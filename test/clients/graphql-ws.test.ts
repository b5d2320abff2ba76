import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { type Client, type ClientOptions, CloseCode, createClient, MessageType } from 'graphql-ws';
import { WebSocket } from 'ws';
import { collect, next } from '../support/clients/collect.ts';
import { openFlow, readFlow, type WatchedFlow, watchFlow } from '../support/clients/operations.ts';
import { type OpenGateway, openGateway } from '../support/open-gateway.ts';

interface SocketClient {
  readonly client: Client;
  /** How many sockets it opened. */
  readonly countSockets: () => number;
}

/** The client as its documents set it up; it comes back at once when it may come back at all. */
function createSocketClient(
  t: TestContext,
  gateway: OpenGateway,
  options: Partial<ClientOptions> = {},
): SocketClient {
  let sockets = 0;
  const client = createClient({
    url: gateway.webSocketUrl,
    connectionParams: { authorization: `Bearer ${gateway.apiKey}` },
    retryAttempts: 3,
    retryWait: async () => {},
    ...options,
  });
  client.on('opened', () => {
    sockets += 1;
  });
  t.after(() => client.dispose());
  return { client, countSockets: () => sockets };
}

const isClosedAs = (code: number) => (event: unknown) =>
  typeof event === 'object' && event !== null && 'code' in event && event.code === code;

test('a flow is watched over WebSocket from its start to its end', async (t) => {
  const gateway = await openGateway(t);
  const { client, countSockets } = createSocketClient(t, gateway);
  const uuid = await gateway.openFlow();
  const events = client.iterate<WatchedFlow>({ query: watchFlow, variables: { uuid } });

  const first = await next(events);
  await gateway.upload(uuid, 'pan.jpg', 'aadhaar.jpg');
  const statuses = [first, ...(await collect(events))].map(({ data, errors }) => {
    assert.equal(errors, undefined);
    assert.ok(data);
    return data.flowUpdated.status;
  });

  assert.equal(statuses[0]?.state, 'NOT_STARTED');
  assert.equal(statuses.at(-1)?.state, 'SUCCESS');
  assert.deepEqual(
    statuses.map(({ isTerminal }) => isTerminal),
    [...statuses.slice(1).map(() => false), true],
  );
  const versions = statuses.map(({ version }) => version);
  assert.deepEqual(
    versions,
    [...new Set(versions)].toSorted((one, other) => one - other),
  );
  assert.equal(countSockets(), 1);
});

test('queries and mutations run over WebSocket', async (t) => {
  const gateway = await openGateway(t);
  const { client } = createSocketClient(t, gateway);

  const [opened] = await collect(
    client.iterate<{ createFlow: { flow: { uuid: string } } }>({
      query: openFlow,
      variables: { input: { applicationId: 'application-1' } },
    }),
  );
  const uuid = opened?.data?.createFlow.flow.uuid;
  const [read, ...more] = await collect(
    client.iterate<{ flow: unknown }>({
      query: `${openFlow} ${readFlow}`,
      operationName: 'ReadFlow',
      variables: { uuid },
    }),
  );

  assert.deepEqual(read?.data?.flow, {
    id: Buffer.from(`Flow:${uuid}`).toString('base64url'),
    uuid,
    status: { state: 'NOT_STARTED' },
    documents: [],
  });
  assert.deepEqual(more, []);
});

test('a bad operation gets its error and its neighbour on the socket goes on to its end', async (t) => {
  const gateway = await openGateway(t);
  const { client, countSockets } = createSocketClient(t, gateway);
  const uuid = await gateway.openFlow();
  const neighbour = client.iterate<WatchedFlow>({ query: watchFlow, variables: { uuid } });
  const first = await next(neighbour);
  assert.equal(first.data?.flowUpdated.status.state, 'NOT_STARTED');

  const bad = {
    'a syntax error': { query: 'subscription {' },
    'an empty operation': { query: '' },
    'an unknown field': { query: 'subscription { nothing }' },
    'a missing variable': { query: watchFlow },
    'an unknown operation name': { query: watchFlow, operationName: 'Other' },
    'an unknown flow': { query: watchFlow, variables: { uuid: 'no-such-flow' } },
  };
  for (const [name, operation] of Object.entries(bad)) {
    const errors = await errorsOf(client, operation);
    assert.equal(errors.length, 1, name);
    const code = name === 'an unknown flow' ? 'NOT_FOUND' : 'BAD_USER_INPUT';
    assert.equal(errors[0]?.extensions?.code, code, name);
    assert.match(String(errors[0]?.extensions?.requestId), /^[\w-]{36}$/, name);
  }

  await gateway.upload(uuid, 'pan.jpg');
  const last = (await collect(neighbour)).at(-1);
  assert.equal(last?.data?.flowUpdated.status.state, 'SUCCESS');
  assert.equal(countSockets(), 1);
});

test('a wrong key closes the socket for good', async (t) => {
  const gateway = await openGateway(t);
  const { client, countSockets } = createSocketClient(t, gateway, {
    connectionParams: { authorization: 'Bearer a-wrong-key' },
  });

  await assert.rejects(
    collect(client.iterate({ query: '{ documentTypes { type } }' })),
    isClosedAs(CloseCode.Unauthorized),
  );
  assert.equal(countSockets(), 1);
});

test('a socket without a key is closed for good', async (t) => {
  const gateway = await openGateway(t);
  const { client, countSockets } = createSocketClient(t, gateway, { connectionParams: {} });

  await assert.rejects(
    collect(client.iterate({ query: '{ documentTypes { type } }' })),
    isClosedAs(CloseCode.Unauthorized),
  );
  assert.equal(countSockets(), 1);
});

test('an operation before the key is refused and runs nothing', async (t) => {
  const gateway = await openGateway(t);
  const socket = new WebSocket(gateway.webSocketUrl, 'graphql-transport-ws');
  t.after(() => socket.terminate());
  await once(socket, 'open');

  const payload = { query: watchFlow, variables: { uuid: 'any-flow' } };
  socket.send(JSON.stringify({ id: '1', type: MessageType.Subscribe, payload }));
  const [code] = await once(socket, 'close');

  assert.equal(code, CloseCode.Unauthorized);
  assert.equal(gateway.sandbox.countCalls(), 0);
});

test('the key may come as authorization or Authorization, or in the header of the upgrade', async (t) => {
  const gateway = await openGateway(t);
  const authorization = `Bearer ${gateway.apiKey}`;
  class SocketWithHeader extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol, { headers: { authorization } });
    }
  }
  const ways: Partial<ClientOptions>[] = [
    { connectionParams: { authorization } },
    { connectionParams: { Authorization: authorization } },
    { connectionParams: {}, webSocketImpl: SocketWithHeader },
  ];

  for (const way of ways) {
    const { client } = createSocketClient(t, gateway, way);
    const [answer] = await collect(client.iterate({ query: '{ documentTypes { type } }' }));
    assert.ok(answer?.data);
  }
});

test('a wrong key in connectionParams is not made good by the header of the upgrade', async (t) => {
  const gateway = await openGateway(t);
  class SocketWithHeader extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol, { headers: { authorization: `Bearer ${gateway.apiKey}` } });
    }
  }
  const { client } = createSocketClient(t, gateway, {
    connectionParams: { authorization: 'Bearer a-wrong-key' },
    webSocketImpl: SocketWithHeader,
  });

  await assert.rejects(
    collect(client.iterate({ query: '{ documentTypes { type } }' })),
    isClosedAs(CloseCode.Unauthorized),
  );
});

test('a message over 64 KiB closes its socket and no other', async (t) => {
  const gateway = await openGateway(t);
  const { client: other, countSockets } = createSocketClient(t, gateway);
  const uuid = await gateway.openFlow();
  const neighbour = other.iterate<WatchedFlow>({ query: watchFlow, variables: { uuid } });
  await next(neighbour);
  const socket = new WebSocket(gateway.webSocketUrl, 'graphql-transport-ws');
  t.after(() => socket.terminate());
  await once(socket, 'open');
  const payload = { authorization: `Bearer ${gateway.apiKey}` };
  socket.send(JSON.stringify({ type: MessageType.ConnectionInit, payload }));
  await once(socket, 'message');

  socket.send(JSON.stringify({ type: MessageType.Ping, payload: { text: 'x'.repeat(70_000) } }));
  const [code] = await Promise.race([once(socket, 'close'), once(socket, 'message')]);
  await gateway.upload(uuid, 'pan.jpg');
  const last = (await collect(neighbour)).at(-1);

  assert.equal(code, 1009); // message too big, RFC 6455 section 7.4.1
  assert.equal(last?.data?.flowUpdated.status.state, 'SUCCESS');
  assert.equal(countSockets(), 1);
});

test('an upgrade on another path is a 404', async (t) => {
  const gateway = await openGateway(t);
  for (const path of ['/', '/graphql/stream', '/graphql/', '/other?x=/graphql']) {
    const socket = new WebSocket(
      gateway.webSocketUrl.replace(/\/graphql$/, path),
      'graphql-transport-ws',
    );
    t.after(() => socket.terminate());
    socket.on('error', () => {}); // giving up on the refused socket is one
    const [, response] = await Promise.race([
      once(socket, 'unexpected-response'),
      once(socket, 'open'),
    ]);
    assert.equal(response?.statusCode, 404, path);
    socket.terminate();
  }
});

test('a flow is watched no longer once its reader has left the subscription', async (t) => {
  const gateway = await openGateway(t);
  const { client } = createSocketClient(t, gateway);
  const [left, kept] = [await gateway.openFlow('one'), await gateway.openFlow('two')].map((uuid) =>
    client.iterate<WatchedFlow>({ query: watchFlow, variables: { uuid } }),
  );
  assert.ok(left && kept);
  await Promise.all([next(left), next(kept)]);
  assert.equal(gateway.app.countWatched(), 2);

  await left.return?.();
  // A socket keeps its order: once this is answered, the leaving has been heard.
  await collect(client.iterate({ query: '{ documentTypes { type } }' }));

  assert.equal(gateway.app.countWatched(), 1);
  await kept.return?.();
});

/** The error of an operation, whether it was refused or its stream failed. */
async function errorsOf(client: Client, operation: { query: string }) {
  try {
    const results = await collect(client.iterate(operation));
    return results.flatMap(({ errors }) => errors ?? []);
  } catch (refusal) {
    assert.ok(Array.isArray(refusal), 'the socket was closed');
    return refusal;
  }
}

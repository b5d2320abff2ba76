import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type OpenGateway, openGateway } from '../support/open-gateway.ts';

const timeout = 30_000;

/** Sends what begins a request, then byte for byte more, as often as another request is answered. */
async function drip(t: TestContext, gateway: OpenGateway, begun: string): Promise<string> {
  const { hostname, port } = new URL(gateway.graphqlUrl);
  const socket = connect({ host: hostname, port: Number(port) });
  t.after(() => socket.destroy());
  let text = '';
  let isOver = false;
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => {}); // told by `close`
  socket.on('close', () => {
    isOver = true;
  });
  socket.write(begun);
  while (!isOver) {
    assert.deepEqual((await gateway.ask('{ __typename }')).data, { __typename: 'Query' });
    if (socket.writable) socket.write('x');
  }
  return text.split('\r\n')[0] ?? '';
}

const requests: readonly (readonly [what: string, head: (gateway: OpenGateway) => string])[] = [
  ['a head', () => 'POST /graphql HTTP/1.1\r\nHost: localhost\r\nX-More: '],
  [
    'a body',
    ({ apiKey }) =>
      `POST /graphql HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${apiKey}\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"query":"`,
  ],
  [
    'a body, for an answer by events,',
    ({ apiKey }) =>
      `POST /graphql HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${apiKey}\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"query":"`,
  ],
  [
    'an upgrade to a WebSocket',
    () =>
      'GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-More: ',
  ],
];

for (const [what, head] of requests) {
  test(`${what} that drips is given up, and others are answered meanwhile`, {
    timeout,
  }, async (t) => {
    const gateway = await openGateway(t, { requestTimeoutMs: 300 });
    assert.equal(await drip(t, gateway, head(gateway)), 'HTTP/1.1 408 Request Timeout');
    assert.equal(gateway.sandbox.countCalls(), 0);
    const faults = gateway.logLines().filter(({ level }) => level !== 'info');
    assert.deepEqual(faults, []);
  });
}

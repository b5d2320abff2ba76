import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { WebSocket } from 'ws';
import { openGateway } from '../support/open-gateway.ts';

/** The status of an upgrade by a page of an origin, for a name that the gateway has. */
async function upgrade(t: TestContext, url: string, host: string, origin: string) {
  const socket = new WebSocket(url, 'graphql-transport-ws', { headers: { host, origin } });
  t.after(() => socket.terminate());
  const opened = once(socket, 'open').then(() => 101);
  const refused = once(socket, 'unexpected-response').then(([, { statusCode }]) => statusCode);
  opened.catch(() => {}); // the refusal comes as an error too
  return await Promise.race([opened, refused]);
}

const rows: readonly [host: string, origin: string, status: number][] = [
  ['gw.example', 'https://gw.example', 101],
  ['gw.example:443', 'https://gw.example', 101],
  ['gw.example', 'https://gw.example:443', 101],
  ['gw.example:80', 'http://gw.example', 101],
  ['gw.example:8443', 'https://gw.example:8443', 101],
  ['GW.Example', 'https://gw.example', 101],
  ['gw.example', 'https://GW.EXAMPLE', 101],
  ['[::1]:443', 'https://[::1]', 101],
  // By PUBLIC_URL, whatever a proxy makes of Host.
  ['gateway:4000', 'https://public.example', 101],
  ['gateway:4000', 'https://Public.Example:443', 101],
  ['gw.example', 'https://other.example', 403],
  ['gw.example', 'https://gw.example:8443', 403],
  ['gw.example:8443', 'https://gw.example', 403],
  ['gw.example:443', 'http://gw.example', 403],
  ['gw.example:443', 'null', 403],
  ['gateway:4000', 'http://public.example', 403],
  ['gateway:4000', 'https://public.example:8443', 403],
  ['gw.example', 'https://gw.example.evil.example', 403],
  ['gw.example', 'file://gw.example', 403],
  ['gw.example', 'https://gw.example@evil.example', 403],
];

test('a page is the gateway’s own by Host or PUBLIC_URL, whatever the form of port and letters', async (t) => {
  const env = { PUBLIC_URL: 'https://public.example/atlas' };
  const { webSocketUrl } = await openGateway(t, { env });
  for (const [host, origin, status] of rows) {
    const name = `Host ${host}, Origin ${origin}`;
    assert.equal(await upgrade(t, webSocketUrl, host, origin), status, name);
  }
});

test('a socket of the gateway’s own page is let in with the key of any tenant', async (t) => {
  const { webSocketUrl, apiKey } = await openGateway(t);
  const headers = { host: 'gw.example:443', origin: 'https://gw.example' };
  const socket = new WebSocket(webSocketUrl, 'graphql-transport-ws', { headers });
  t.after(() => socket.terminate());
  await once(socket, 'open');
  socket.send(`{"type":"connection_init","payload":{"authorization":"Bearer ${apiKey}"}}`);
  const [message] = await once(socket, 'message');
  assert.equal(String(message), '{"type":"connection_ack"}');
});

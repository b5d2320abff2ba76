import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { WebSocket } from 'ws';
import { openSocket } from '../support/server/raw-socket.ts';
import { acme, bolt, openTenants, type TenantView } from '../support/tenants/open-tenants.ts';

const app = 'https://app.acme.example';
const site = 'https://site.bolt.example';

function openPages(t: TestContext) {
  return openTenants(t, { tenants: [acme({ origins: [app] }), bolt({ origins: [site] })] });
}

test('a page of any tenant may ask, for it does not say yet for whom', async (t) => {
  const { graphqlUrl } = await openPages(t);
  for (const [origin, status] of [
    [app, 204],
    [site, 204],
    ['https://evil.example', 403],
  ] as const) {
    const headers = { origin, 'access-control-request-method': 'POST' };
    assert.equal((await fetch(graphqlUrl, { method: 'OPTIONS', headers })).status, status, origin);
  }
});

type Send = (view: TenantView, origin: string) => Promise<Response>;
const sending: Readonly<Record<string, Send>> = {
  'an answer': ({ graphqlUrl, headers }, origin) =>
    fetch(graphqlUrl, {
      method: 'POST',
      headers: { ...headers, origin },
      body: '{"query":"{ __typename }"}',
    }),
  'a stream of events': ({ graphqlUrl, headers }, origin) =>
    fetch(graphqlUrl, {
      method: 'POST',
      headers: { ...headers, origin, accept: 'text/event-stream' },
      body: '{"query":"{ __typename }"}',
    }),
  'a shared stream': ({ graphqlUrl, headers }, origin) =>
    fetch(`${graphqlUrl}/stream`, { method: 'PUT', headers: { ...headers, origin } }),
};
for (const [answer, send] of Object.entries(sending)) {
  test(`${answer} may be read by the pages of its caller's own tenant alone`, async (t) => {
    const gateway = await openPages(t);
    for (const [view, origin, leave] of [
      [gateway.acme, app, app],
      [gateway.acme, site, null],
      [gateway.bolt, site, site],
      [gateway.bolt, app, null],
      [gateway.as('nobody'), app, app],
    ] as const) {
      const response = await send(view, origin);
      await response.text();
      assert.equal(response.headers.get('access-control-allow-origin'), leave);
      const exposed = response.headers.get('access-control-expose-headers');
      assert.equal(exposed === null, leave === null);
      assert.match(response.headers.get('vary') ?? '', /origin/i);
    }
  });
}

test('a socket of a page is for callers of its own tenant alone', async (t) => {
  const gateway = await openPages(t);
  const own = new URL(gateway.graphqlUrl).origin;
  for (const [view, origin, isLet] of [
    [gateway.acme, app, true],
    [gateway.acme, site, false],
    [gateway.bolt, site, true],
    [gateway.bolt, app, false],
    [gateway.bolt, own, true],
  ] as const) {
    const socket = await openSocket(t, gateway.webSocketUrl, { headers: { origin } });
    const entering = socket.init(`Bearer ${view.apiKey}`);
    if (isLet) await entering;
    else {
      await assert.rejects(entering, /4403/);
      assert.equal((await socket.closed).code, 4403);
    }
  }
  const stranger = new WebSocket(gateway.webSocketUrl, 'graphql-transport-ws', {
    headers: { origin: 'https://evil.example' },
  });
  stranger.on('error', () => {}); // the refusal, told by the answer
  t.after(() => stranger.terminate());
  const [, response] = await once(stranger, 'unexpected-response');
  assert.equal(response.statusCode, 403);
});

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { exportJWK, generateKeyPair } from 'jose';
import { type JwtTrust, jwtAlgorithms } from '../../src/identity/jwt.ts';
import { openProvider } from '../support/identity/open-provider.ts';
import { createFakeClock } from '../support/live/fake-clock.ts';
import { transports } from '../support/privacy/open-callers.ts';
import { openEvents } from '../support/server/event-reader.ts';
import { openSocket } from '../support/server/raw-socket.ts';
import { watchFlow } from '../support/server/transports.ts';
import { openTenants } from '../support/tenants/open-tenants.ts';

const timeout = 30_000;
const whoAmI = '{ viewer { tenantId callerId scopes } }';

/** Two tenants before one identity provider, under a clock that goes when it is told to. */
async function openProvided(t: TestContext) {
  const clock = createFakeClock();
  const provider = await openProvider(t, clock.now);
  const jwt: JwtTrust = {
    jwksUrl: provider.jwksUrl,
    issuer: 'https://login.example/',
    audience: 'atlas-gateway',
    algorithms: jwtAlgorithms.slice(0, 1),
    tenantClaim: 'tenant',
    scopesClaim: 'scope',
    clockToleranceSeconds: 5,
  };
  return { clock, provider, ...(await openTenants(t, { clock, config: { jwt } })) };
}

for (const [transport, ask] of Object.entries(transports)) {
  test(`over ${transport} the bearer of a JWT is the same caller`, { timeout }, async (t) => {
    const gateway = await openProvided(t);
    const token = await gateway.provider.sign({ tenant: 'bolt', scope: 'flows:read what:ever' });
    const view = { ...gateway.as(token), askDocument: async () => ({}) };
    const { data } = await ask(t, view, whoAmI);
    assert.deepEqual(data.viewer, {
      tenantId: 'bolt',
      callerId: 'jwt user-1',
      scopes: ['flows:read'],
    });
    const uuid = await gateway.acme.openFlow();
    const foreign = await ask(t, view, `{ flow(uuid: "${uuid}") { uuid } }`);
    assert.deepEqual(foreign.data, { flow: null });
  });
}

test('a JWT may come with the upgrade of a socket', { timeout }, async (t) => {
  const gateway = await openProvided(t);
  const authorization = `Bearer ${await gateway.provider.sign()}`;
  const socket = await openSocket(t, gateway.webSocketUrl, { headers: { authorization } });
  socket.send({ type: 'connection_init' });
  assert.deepEqual(await socket.next(), { type: 'connection_ack' });
});

test('streams end within half a minute of their JWT', { timeout }, async (t) => {
  const gateway = await openProvided(t);
  const uuid = await gateway.acme.openFlow();
  const exp = Math.floor(gateway.clock.now() / 1000) + 60;
  const view = gateway.as(await gateway.provider.sign({ exp }));
  const socket = await openSocket(t, gateway.webSocketUrl);
  await socket.init(`Bearer ${view.apiKey}`);
  socket.subscribe('1', watchFlow, { uuid });
  await socket.next();
  const events = await openEvents(t, gateway.graphqlUrl, {
    method: 'POST',
    headers: { ...view.headers, accept: 'text/event-stream' },
    body: { query: watchFlow, variables: { uuid } },
  });
  await events.next();
  await gateway.clock.advance(40_000);
  await socket.isHeard();
  await gateway.clock.advance(55_000);
  assert.equal((await socket.closed).code, 4403);
  await events.ended;
  assert.deepEqual(await view.statusOf(), [401, 'UNAUTHENTICATED']);
});

test('a JWT of a key that can not be looked up yet is told to come again, and then taken', {
  timeout,
}, async (t) => {
  const gateway = await openProvided(t);
  const { clock, provider } = gateway;
  assert.deepEqual(await gateway.as(await provider.sign()).statusOf(), [200, undefined]);
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  provider.keys = [...provider.keys, { ...(await exportJWK(publicKey)), kid: 'key-2' }];
  provider.isUp = false;
  const view = gateway.as(await provider.sign({}, { kid: 'key-2' }, privateKey));
  assert.deepEqual(await view.statusOf(), [503, 'IDENTITY_UNAVAILABLE']);
  const early = await openSocket(t, gateway.webSocketUrl);
  early.send({ type: 'connection_init', payload: { authorization: `Bearer ${view.apiKey}` } });
  assert.equal((await early.closed).code, 1013);
  provider.isUp = true;
  await clock.advance(5_000);
  const socket = await openSocket(t, gateway.webSocketUrl);
  await socket.init(`Bearer ${view.apiKey}`);
  assert.deepEqual(await view.statusOf(), [200, undefined]);
});

test('while the provider is away callers are told to come again, and keys are taken', {
  timeout,
}, async (t) => {
  const gateway = await openProvided(t);
  const { provider, graphqlUrl } = gateway;
  provider.isUp = false;
  const view = gateway.as(await provider.sign());
  for (const [url, headers] of [
    [graphqlUrl, {}],
    [graphqlUrl, { accept: 'text/event-stream' }],
    [`${graphqlUrl}/stream`, {}],
  ] as const) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...view.headers, ...headers },
      body: '{"query":"{ __typename }"}',
    });
    assert.equal(response.status, 503);
    assert.equal(response.headers.get('retry-after'), '5');
    const { errors } = await response.json();
    const { requestId, ...extensions } = errors[0].extensions;
    assert.equal(requestId, response.headers.get('x-request-id'));
    assert.deepEqual(extensions, {
      code: 'IDENTITY_UNAVAILABLE',
      retryable: true,
      retryAfterMs: 5_000,
    });
  }
  const socket = await openSocket(t, gateway.webSocketUrl);
  socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${view.apiKey}` } });
  assert.deepEqual(await socket.closed, { code: 1013, reason: 'Try again later' });
  assert.deepEqual(await gateway.acme.statusOf(), [200, undefined]);
  const warned = gateway.logLines().filter(({ level }) => level === 'warn');
  assert.deepEqual(
    warned.map(({ msg }) => msg),
    ['the keys at JWT_JWKS_URL cannot be fetched'],
  );
});

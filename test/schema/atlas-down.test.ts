import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../support/live/fake-clock.ts';
import { type OpenGateway, openGateway } from '../support/open-gateway.ts';
import { openStillGateway } from '../support/schema/still-gateway.ts';
import { openEvents } from '../support/server/event-reader.ts';
import { openSocket } from '../support/server/raw-socket.ts';

const always = Number.POSITIVE_INFINITY;
const readStatus = `query ($uuid: String!) { flow(uuid: $uuid) {
  uuid status { state version freshness { source stale nextCheckAt } } } }`;
const readDocuments = `query ($uuid: String!) { flow(uuid: $uuid) {
  status { state freshness { stale } } documents { documentId } } }`;
const stale = { source: 'CACHE', stale: true, nextCheckAt: null };

const codesOf = (errors: Awaited<ReturnType<OpenGateway['ask']>>['errors']) =>
  errors?.map(({ path, extensions }) => [path?.join('.'), extensions.code]);

test('a flow that is known is answered with what was known while Atlas is down', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.openFlow();
  const { data: fresh } = await gateway.ask(readStatus, { uuid });
  gateway.sandbox.fault('flowStatus', { status: 503 }, always);
  const { data, errors } = await gateway.ask(readStatus, { uuid });
  assert.equal(errors, undefined);
  assert.deepEqual(data.flow.status, { ...fresh.flow.status, freshness: stale });
  gateway.sandbox.clearFaults();
  const { data: after } = await gateway.ask(readStatus, { uuid });
  assert.deepEqual(after, fresh);
});

test('a known state counts as cached in the reported cost', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.openFlow();
  gateway.sandbox.fault('flowStatus', { status: 503 }, always);
  const response = await fetch(gateway.graphqlUrl, {
    method: 'POST',
    headers: gateway.headers,
    body: JSON.stringify({ query: readStatus, variables: { uuid } }),
  });
  const { extensions } = await response.json();
  assert.deepEqual(extensions.atlas, { planned: 1, calls: 3, coalesced: 0, cached: 1 });
});

test('its documents are an error: they are not known', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.openFlow();
  gateway.sandbox.fault('flowStatus', { status: 503 }, always);
  gateway.sandbox.fault('flowExtracts', { status: 503 }, always);
  const { data, errors } = await gateway.ask(readDocuments, { uuid });
  assert.deepEqual(data.flow, {
    status: { state: 'NOT_STARTED', freshness: { stale: true } },
    documents: null,
  });
  assert.deepEqual(codesOf(errors), [['flow.documents', 'ATLAS_UNAVAILABLE']]);
});

test('a refusal is told though the flow is known', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.openFlow();
  gateway.sandbox.fault('flowStatus', { status: 422 });
  const { errors } = await gateway.ask(readStatus, { uuid });
  assert.deepEqual(codesOf(errors), [['flow', 'ATLAS_REJECTED']]);
});

test('while a service is shut off nothing is sent, what is known is told, the rest fails with the time to wait', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.openFlow();
  gateway.sandbox.fault('flowStatus', { status: 500 }, always);
  for (let read = 0; read < 10; read += 1) {
    await gateway.ask(readStatus, { uuid: `LOS-${read}` });
  }
  gateway.sandbox.clearCalls();
  const { data } = await gateway.ask(readStatus, { uuid });
  assert.deepEqual(data.flow.status.freshness, stale);
  const { errors } = await gateway.ask(readStatus, { uuid: 'LOS-never-read' });
  assert.deepEqual(codesOf(errors), [['flow', 'ATLAS_UNAVAILABLE']]);
  const { retryAfterMs } = errors?.[0]?.extensions ?? {};
  assert.ok(typeof retryAfterMs === 'number' && retryAfterMs > 0 && retryAfterMs <= 5_000);
  assert.equal(gateway.sandbox.countCalls(), 0);
  const ready = await fetch(`${gateway.app.url}/ready`);
  assert.equal(ready.status, 200);
});

test('an operation has one deadline over all its calls', async (t) => {
  const clock = createFakeClock();
  const gateway = await openGateway(t, { clock, env: { OPERATION_TIMEOUT_MS: '2000' } });
  const { sandbox } = gateway;
  const uuid = await gateway.openFlow();
  sandbox.clearCalls();
  sandbox.fault('flowStatus', { delayMs: 50 });
  sandbox.fault('flowExtracts', { hang: true });
  const answered = gateway.ask(readDocuments, { uuid });
  await sandbox.waitForCall('flowStatus');
  await clock.advance(1_500);
  await sandbox.waitForCall('flowExtracts');
  await clock.advance(500);
  const { data, errors } = await answered;
  assert.equal(data.flow.status.freshness.stale, false);
  assert.deepEqual(codesOf(errors), [['flow.documents', 'DEADLINE_EXCEEDED']]);
});

test('a wait that was asked for leaves the whole deadline to what follows it', async (t) => {
  const clock = createFakeClock();
  const gateway = await openGateway(t, {
    clock,
    env: { OPERATION_TIMEOUT_MS: '2000' },
    sandbox: { stageMs: 60_000 },
  });
  const uuid = await gateway.openFlow();
  gateway.sandbox.clearCalls();
  const answered = gateway.ask(
    `query ($uuid: String!) { waitForFlow(uuid: $uuid, timeoutMs: 30000) {
      status { state } documents { documentId } } }`,
    { uuid },
  );
  await gateway.sandbox.waitForCall('flowStatus', ({ status }) => status === 200);
  await clock.advance(30_000);
  const { data, errors } = await answered;
  assert.equal(errors, undefined);
  assert.deepEqual(data.waitForFlow.documents, []);
});

/** How somebody asks, and how they leave. */
const leavers: Readonly<
  Record<
    string,
    (
      t: Parameters<typeof openSocket>[0],
      gateway: OpenGateway,
      asked: { query: string; variables: Record<string, unknown> },
    ) => Promise<() => void>
  >
> = {
  async HTTP(_t, { graphqlUrl, headers }, asked) {
    const leaving = new AbortController();
    const { signal } = leaving;
    const body = JSON.stringify(asked);
    fetch(graphqlUrl, { method: 'POST', headers, body, signal }).catch(() => {});
    return () => leaving.abort();
  },
  async 'a stream of events'(t, { graphqlUrl, headers }, body) {
    const accept = 'text/event-stream';
    const reader = await openEvents(t, graphqlUrl, {
      method: 'POST',
      headers: { ...headers, accept },
      body,
    });
    return reader.leave;
  },
  async 'a WebSocket'(t, { webSocketUrl, apiKey }, { query, variables }) {
    const socket = await openSocket(t, webSocketUrl);
    await socket.init(`Bearer ${apiKey}`);
    socket.subscribe('1', query, variables);
    return () => socket.socket.close();
  },
};
for (const [way, ask] of Object.entries(leavers)) {
  test(`a client that leaves over ${way} ends the calls that only they wait for`, async (t) => {
    const gateway = await openGateway(t, { env: { LOG_LEVEL: 'debug' } });
    const uuid = await gateway.openFlow();
    gateway.sandbox.clearCalls();
    gateway.sandbox.fault('flowStatus', { hang: true });
    const leave = await ask(t, gateway, { query: readStatus, variables: { uuid } });
    await gateway.sandbox.waitForCall('flowStatus');
    leave();
    const isCancelled = () => gateway.logLines().some(({ outcome }) => outcome === 'cancelled');
    while (!isCancelled()) await fetch(`${gateway.app.url}/health`);
  });
}

test('a thousand operations that meet a refused token at once cause one renewal', async (t) => {
  // a busy machine is no slow Atlas
  const gateway = await openStillGateway(t, { env: { OPERATION_TIMEOUT_MS: '100000' } });
  await gateway.openFlow();
  gateway.sandbox.revokeTokens();
  gateway.sandbox.clearCalls();
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, (_, place) => gateway.ask(readStatus, { uuid: `LOS-${place}` })),
  );
  for (const { data, errors } of answers) {
    assert.equal(errors, undefined);
    assert.deepEqual(data, { flow: null });
  }
  assert.equal(gateway.sandbox.countCalls('verificationToken'), 1);
});

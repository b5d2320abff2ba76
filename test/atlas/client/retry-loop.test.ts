import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancellation } from '../../../src/atlas/deadline/cancellation.ts';
import { createDeadlines } from '../../../src/atlas/deadline/deadline.ts';
import {
  type HttpRequest,
  type HttpResponse,
  TransportError,
} from '../../../src/atlas/transport/http-exchange.ts';
import {
  createHandDeadlines,
  failureOf,
  flowToOpen,
  oneFile,
  openClient,
  openClientAt,
  openFlow,
  openServer,
  tenantNamed,
} from '../../support/atlas/open-client.ts';
import { createFakeClock } from '../../support/live/fake-clock.ts';

const always = Number.POSITIVE_INFINITY;
const tenant = tenantNamed('acme');

for (const fault of [{ status: 503 }, { status: 500 }, { hangUp: 'before' }] as const) {
  test(`a read that met ${JSON.stringify(fault)} is made again`, async (t) => {
    const { client, sandbox } = await openClient(t);
    const flow_uuid = await openFlow(client, tenant);
    sandbox.fault('flowStatus', fault, 2);
    assert.ok(await client.call(tenant, 'flowStatus', { flow_uuid }));
    assert.equal(sandbox.countCalls('flowStatus'), 3);
  });
}

test('a token that could not be issued is asked for again', async (t) => {
  const { client, sandbox } = await openClient(t);
  sandbox.fault('verificationToken', { status: 503 }, 2);
  assert.ok(await openFlow(client, tenant));
  assert.equal(sandbox.countCalls('verificationToken'), 3);
});

test('a write that found no connection is made again: nothing of it was sent', async (t) => {
  const { sandbox } = await openClient(t);
  let tries = 0;
  async function send({ path, headers, body, method }: HttpRequest): Promise<HttpResponse> {
    if (path.endsWith('/flow/init')) tries += 1;
    if (tries === 1) throw new TransportError(true, false, undefined);
    const response = await fetch(`${sandbox.url}${path}`, { method, headers, body });
    return { status: response.status, retryAfter: undefined, body: await response.text() };
  }
  const { client } = openClientAt(t, 'http://atlas.example', {
    openTransport: () => ({
      send: (request) => ({ response: send(request), abort: () => {} }),
      forget: () => {},
      close: () => Promise.resolve(),
    }),
  });
  assert.ok(await openFlow(client, tenant));
  assert.equal(tries, 2);
  assert.equal(sandbox.countCalls('initFlow'), 1);
});

/** A client whose time, and whose deadlines, pass only when the test turns its clock. */
async function openTurned(t: Parameters<typeof openClient>[0]) {
  const clock = createFakeClock();
  const { now, after } = clock;
  const startDeadline = createDeadlines({ timeoutMs: 15_000, now, after });
  return { ...(await openClient(t, { now, after, startDeadline })), clock, startDeadline };
}

test('Retry-After is waited for whole, also by a write that was one too many', async (t) => {
  const { client, clock, sandbox } = await openTurned(t);
  await openFlow(client, tenant);
  sandbox.clearCalls();
  sandbox.fault('initFlow', { status: 429, headers: { 'Retry-After': '3' } });
  const opened = openFlow(client, tenant);
  await sandbox.waitForCall('initFlow', ({ status }) => status === 429);
  while (clock.countTimers() < 2) await clock.advance(0);
  await clock.advance(2_999);
  assert.equal(sandbox.countCalls('initFlow'), 1);
  await clock.advance(1);
  assert.ok(await opened);
});

test('a Retry-After beyond the deadline ends the call at once, and says how long', async (t) => {
  const { client, sandbox } = await openTurned(t);
  const headers = { 'Retry-After': '15' };
  sandbox.fault('flowStatus', { status: 503, headers }, always);
  const failure = await failureOf(client.call(tenant, 'flowStatus', { flow_uuid: 'LOS-1' }));
  assert.equal(failure.retryAfterMs, 15_000);
  assert.equal(sandbox.countCalls('flowStatus'), 1);
});

test('the calls of one operation have one deadline for all of them', async (t) => {
  const { client, clock, sandbox, startDeadline } = await openTurned(t);
  await openFlow(client, tenant);
  const deadline = startDeadline();
  await clock.advance(14_900);
  sandbox.fault('flowStatus', { status: 503 }, always);
  const late = client.call(tenant, 'flowStatus', { flow_uuid: 'LOS-1' }, { deadline });
  // no time for a second try
  assert.equal((await failureOf(late)).failure, 'unavailable');
  assert.equal(sandbox.countCalls('flowStatus'), 1);
  await clock.advance(100);
  const never = client.call(tenant, 'flowExtracts', { flow_uuid: 'LOS-1' }, { deadline });
  assert.equal((await failureOf(never)).failure, 'deadline');
  assert.equal(sandbox.countCalls('flowExtracts'), 0);
  assert.equal(clock.countTimers(), 0);
});

test('of many calls that meet a limit only a tenth is made again', async (t) => {
  const retries: string[] = [];
  let refused = 0;
  const { client, sandbox } = await openClient(t, {
    onRetry: ({ endpoint, reason }) => retries.push(`${endpoint} ${reason}`),
    onRetryRefused: () => {
      refused += 1;
    },
  });
  await openFlow(client, tenant);
  sandbox.fault('flowStatus', { status: 429 }, always);
  const reads = Array.from({ length: 200 }, (_, place) =>
    failureOf(client.call(tenant, 'flowStatus', { flow_uuid: `LOS-${place}` })),
  );
  await Promise.all(reads);
  const tries = sandbox.countCalls('flowStatus');
  assert.ok(tries >= 210 && tries <= 221, `${tries} tries`);
  assert.equal(retries.length, tries - 200);
  assert.equal(retries[0], 'flowStatus 429');
  assert.ok(refused > 0);
});

/** An Atlas that issues a token, and answers a read with nothing until told to. */
async function openHanging(t: Parameters<typeof openServer>[0]) {
  const arrived = Promise.withResolvers<void>();
  const brokenOff = Promise.withResolvers<void>();
  let answer = () => {};
  let requests = 0;
  const { url } = await openServer(t, (request, response) => {
    if (request.url?.endsWith('authtoken')) {
      response.end('{"access_token":"sample"}');
      return;
    }
    requests += 1;
    response.on('close', () => {
      if (!response.writableFinished) brokenOff.resolve();
    });
    answer = () => {
      response.end(
        request.method === 'GET' ? '{"master_status":"SUCCESS"}' : '{"flow_uuid":"LOS-1"}',
      );
    };
    arrived.resolve();
  });
  const { client, reported } = openClientAt(t, url);
  return {
    client,
    reported,
    arrived: arrived.promise,
    brokenOff: brokenOff.promise,
    answer: () => answer(),
    countRequests: () => requests,
  };
}

test('a read whose caller leaves is broken off', async (t) => {
  const { client, arrived, brokenOff, reported } = await openHanging(t);
  const caller = new Cancellation();
  const deadline = createDeadlines({ timeoutMs: 15_000 })({ cancellation: caller });
  const left = failureOf(client.call(tenant, 'flowStatus', { flow_uuid: 'LOS-1' }, { deadline }));
  await arrived;
  caller.cancel();
  const failure = await left;
  assert.deepEqual([failure.failure, failure.reason], ['deadline', 'caller-gone']);
  await brokenOff;
  assert.equal(reported.at(-1)?.outcome, 'cancelled');
});

test('a read that somebody else waits for goes on when its first caller leaves', async (t) => {
  const { client, answer, arrived, countRequests } = await openHanging(t);
  const caller = new Cancellation();
  const deadline = createDeadlines({ timeoutMs: 15_000 })({ cancellation: caller });
  const left = failureOf(client.call(tenant, 'flowStatus', { flow_uuid: 'LOS-1' }, { deadline }));
  const stayed = client.call(tenant, 'flowStatus', { flow_uuid: 'LOS-1' });
  await arrived;
  caller.cancel();
  assert.equal((await left).reason, 'caller-gone');
  answer();
  assert.equal((await stayed)?.master_status, 'SUCCESS');
  assert.equal(countRequests(), 1);
});

test('a caller that comes after all others have left sends a new request', async (t) => {
  const { client, answer, arrived, countRequests } = await openHanging(t);
  const caller = new Cancellation();
  const deadline = createDeadlines({ timeoutMs: 15_000 })({ cancellation: caller });
  const left = failureOf(client.call(tenant, 'flowStatus', { flow_uuid: 'LOS-1' }, { deadline }));
  await arrived;
  caller.cancel();
  await left;
  const next = client.call(tenant, 'flowStatus', { flow_uuid: 'LOS-1' });
  while (countRequests() < 2) await new Promise(setImmediate);
  answer();
  assert.equal((await next)?.master_status, 'SUCCESS');
});

test('a write that was sent goes on when its caller leaves: else nobody would know', async (t) => {
  const { client, answer, arrived } = await openHanging(t);
  const caller = new Cancellation();
  const deadline = createDeadlines({ timeoutMs: 15_000 })({ cancellation: caller });
  const written = client.call(tenant, 'initFlow', flowToOpen, { deadline });
  await arrived;
  caller.cancel();
  answer();
  assert.equal(await written, 'LOS-1');
});

test('a write whose caller has left before it was sent is not sent', async (t) => {
  const { client, countRequests } = await openHanging(t);
  const deadline = createDeadlines({ timeoutMs: 15_000 })({ cancellation: toCancelled() });
  const failure = await failureOf(client.call(tenant, 'initFlow', flowToOpen, { deadline }));
  assert.equal(failure.reason, 'caller-gone');
  assert.equal(countRequests(), 0);
});

test('a phone goes before work in bulk, and who waits in vain frees the queue', async (t) => {
  const deadlines = createHandDeadlines();
  const { client, sandbox } = await openClient(t, {
    concurrency: 1,
    startDeadline: deadlines.startDeadline,
  });
  const flow_uuid = await openFlow(client, tenant);
  await client.call(tenant, 'uploadBulk', { product_type: 'SAMPLE', file_urls: oneFile });
  sandbox.clearCalls();
  sandbox.fault('uploadBulk', { hang: true });
  const bulk = [0, 1, 2].map(() =>
    failureOf(client.call(tenant, 'uploadBulk', { product_type: 'SAMPLE', file_urls: oneFile })),
  );
  await sandbox.waitForCall('uploadBulk');
  const impatient = failureOf(client.call(tenant, 'flowStatus', { flow_uuid }));
  while (client.countWaiting().interactive < 1) await new Promise(setImmediate);
  assert.deepEqual(client.countWaiting(), { interactive: 1, live: 0, batch: 2 });
  deadlines.pass();
  assert.deepEqual(
    (await Promise.all(bulk)).map(({ failure }) => failure),
    ['outcome-unknown', 'deadline', 'deadline'],
  );
  assert.equal((await impatient).failure, 'deadline');
  assert.deepEqual(client.countWaiting(), { interactive: 0, live: 0, batch: 0 });
  assert.ok(await client.call(tenant, 'flowStatus', { flow_uuid }));
});

test('a thousand calls that meet a refused token at once cause one renewal in each family', async (t) => {
  const renewals: string[] = [];
  const { client, sandbox } = await openClient(t, {
    // a busy machine is no slow Atlas
    startDeadline: createDeadlines({ timeoutMs: 100_000 }),
    onTokenRenewal: ({ family, outcome }) => renewals.push(`${family} ${outcome}`),
  });
  const flow_uuid = await openFlow(client, tenant);
  const query = (page: number) => ({ batch_id: 'BATCH-1', page, per_page: 50 });
  await client.call(tenant, 'bulkExtracts', query(1));
  await client.call(tenant, 'docstreamExtracts', query(1));
  sandbox.revokeTokens();
  sandbox.clearCalls();
  renewals.length = 0;
  const calls = Array.from({ length: 334 }, (_, place) => [
    client.call(tenant, 'flowStatus', { flow_uuid }, { isFresh: true }),
    client.call(tenant, 'bulkExtracts', query(place + 1)),
    client.call(tenant, 'docstreamExtracts', query(place + 1)),
  ]).flat();
  await Promise.all(calls);
  assert.equal(sandbox.countCalls('verificationToken'), 1);
  assert.equal(sandbox.countCalls('bulkToken'), 1);
  assert.equal(sandbox.countCalls('docstreamToken'), 1);
  assert.deepEqual(renewals.toSorted(), ['bulk issued', 'docstream issued', 'verification issued']);
});

function toCancelled(): Cancellation {
  const cancelled = new Cancellation();
  cancelled.cancel();
  return cancelled;
}

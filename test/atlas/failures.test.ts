import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { type TestContext, test } from 'node:test';
import type { AtlasFailure } from '../../src/atlas/api/errors.ts';
import { createDeadlines } from '../../src/atlas/deadline/deadline.ts';
import type { HttpResponse } from '../../src/atlas/transport/http-exchange.ts';
import type { Fault } from '../../src/sandbox/fault-queue.ts';
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
} from '../support/atlas/open-client.ts';

const tenant = tenantNamed('acme');
const addresses = {
  application_id: 'app-0001',
  source_address: '1 Sample Road, Testpur',
  target_addresses: [{ address: '1 Sample Rd, Testpur', index: 0 }],
};

/** A sandbox, a client of it, and the client's deadlines in the test's hand. */
async function openWithDeadlines(t: TestContext) {
  const deadlines = createHandDeadlines();
  return { ...(await openClient(t, { startDeadline: deadlines.startDeadline })), deadlines };
}

test('a call ends by the clock on the wall when its deadline has passed', async (t) => {
  const startDeadline = createDeadlines({ timeoutMs: 20 });
  const { client, sandbox } = await openClient(t, { startDeadline });
  sandbox.fault('matchAddresses', { hang: true });
  const failure = await failureOf(client.call(tenant, 'matchAddresses', addresses));
  assert.equal(failure.failure, 'deadline');
});

for (const [name, expected] of [
  ['flowStatus', 'deadline'],
  ['initFlow', 'outcome-unknown'],
] as const) {
  test(`${name} without an answer ends at its deadline as ${expected}`, async (t) => {
    const { client, deadlines, sandbox } = await openWithDeadlines(t);
    sandbox.fault(name, { hang: true });
    const ended = failureOf(client.call(tenant, name, { ...flowToOpen, flow_uuid: 'LOS-1' }));
    await sandbox.waitForCall(name);
    deadlines.pass();
    const failure = await ended;
    assert.equal(failure.failure, expected);
    assert.equal(failure.endpoint, name);
    assert.equal(sandbox.countCalls(name), 1);
  });

  test(`${name} that waits in vain for a token is not sent, and says so`, async (t) => {
    const { client, deadlines, sandbox } = await openWithDeadlines(t);
    sandbox.fault('verificationToken', { hang: true });
    const ended = failureOf(client.call(tenant, name, { ...flowToOpen, flow_uuid: 'LOS-1' }));
    await sandbox.waitForCall('verificationToken');
    deadlines.pass();
    assert.equal((await ended).failure, 'deadline');
    assert.equal(sandbox.countCalls(name), 0);
  });
}

test('the try after a refused token has the same deadline as the first', async (t) => {
  const { client, deadlines, sandbox } = await openWithDeadlines(t);
  const flow_uuid = await openFlow(client, tenant);
  sandbox.clearCalls();
  sandbox.fault('flowStatus', { expiredToken: true });
  sandbox.fault('verificationToken', { hang: true });
  const ended = failureOf(client.call(tenant, 'flowStatus', { flow_uuid }));
  await sandbox.waitForCall('verificationToken');
  deadlines.pass();
  assert.equal((await ended).failure, 'deadline');
  assert.equal(sandbox.countCalls('flowStatus'), 1);
});

test('a refusal that comes at the deadline is not followed by another wait', {
  timeout: 5000,
}, async (t) => {
  const deadlines = createHandDeadlines();
  const answer = (status: number, body: object) => ({
    status,
    retryAfter: undefined,
    body: JSON.stringify(body),
  });
  let tokens = 0;
  async function send(path: string): Promise<HttpResponse> {
    if (!path.endsWith('/authtoken')) {
      deadlines.pass();
      return answer(401, { error: 'Invalid token' });
    }
    tokens += 1;
    if (tokens === 1) return answer(201, { access_token: 'sample' });
    return await new Promise(() => {});
  }
  const { client } = openClientAt(t, 'http://atlas.example', {
    startDeadline: deadlines.startDeadline,
    openTransport: () => ({
      send: ({ path }) => ({ response: send(path), abort: () => {} }),
      forget: () => {},
      close: () => Promise.resolve(),
    }),
  });
  const failure = await failureOf(client.call(tenant, 'flowStatus', { flow_uuid: 'LOS-1' }));
  assert.equal(failure.failure, 'deadline');
});

test('an answer that stops in the middle ends at the deadline', async (t) => {
  const deadlines = createHandDeadlines();
  const arrived = Promise.withResolvers<void>();
  const { url } = await openServer(t, (_request, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{"match_data":', () => arrived.resolve());
  });
  const { client } = openClientAt(t, url, { startDeadline: deadlines.startDeadline });
  const ended = failureOf(client.call(tenant, 'matchAddresses', addresses));
  await arrived.promise;
  deadlines.pass();
  assert.equal((await ended).failure, 'deadline');
});

for (const hangUp of ['before', 'after'] as const) {
  test(`a read whose socket breaks ${hangUp} it is served leaves Atlas unavailable`, async (t) => {
    const { client, sandbox } = await openClient(t);
    sandbox.fault('flowStatus', { hangUp }, Number.POSITIVE_INFINITY);
    const failure = await failureOf(client.call(tenant, 'flowStatus', { flow_uuid: 'LOS-1' }));
    assert.equal(failure.failure, 'unavailable');
  });

  test(`a write whose socket breaks ${hangUp} it is done has an unknown outcome and is not repeated`, async (t) => {
    const { client, sandbox } = await openClient(t);
    sandbox.fault('uploadBulk', { hangUp });
    const failure = await failureOf(
      client.call(tenant, 'uploadBulk', { product_type: 'SAMPLE', file_urls: oneFile }),
    );
    assert.equal(failure.failure, 'outcome-unknown');
    assert.equal(sandbox.countCalls('uploadBulk'), 1);
  });
}

for (const name of ['flowStatus', 'initFlow'] as const) {
  test(`${name} to an address where nobody listens finds Atlas unavailable: nothing was done`, async (t) => {
    const { url, close } = await openServer(t, (_request, response) => {
      // the next call needs a connection of its own
      response.writeHead(201, { connection: 'close' });
      response.end('{"access_token":"sample","match_data":[]}');
    });
    const { client } = openClientAt(t, url);
    // A call that cannot be read leaves its token behind, so that the next one needs none.
    const unread = client.call(tenant, 'flowStatus', { flow_uuid: 'LOS-1' });
    assert.equal((await failureOf(unread)).failure, 'contract-broken');
    await close();
    const input = { ...flowToOpen, flow_uuid: 'LOS-1' };
    const failure = await failureOf(client.call(tenant, name, input));
    assert.equal(failure.failure, 'unavailable');
    assert.equal(failure.endpoint, name);
    assert.equal(failure.status, undefined);
  });
}

test('a call whose token finds nobody listening names the token', async (t) => {
  const { url, close } = await openServer(t, () => {});
  await close();
  const { client } = openClientAt(t, url);
  const failure = await failureOf(client.call(tenant, 'initFlow', flowToOpen));
  assert.equal(failure.failure, 'unavailable');
  assert.equal(failure.endpoint, 'verificationToken');
});

const unreadable: Readonly<Record<string, Fault>> = {
  'broken JSON': { rawBody: '{"flow_uuid":' },
  HTML: { rawBody: '<html><body>Welcome</body></html>', contentType: 'text/html' },
  nothing: { rawBody: '' },
  'no content': { rawBody: '', status: 204 },
  'another shape': { rawBody: '{"master_status":7,"flow_uuid":[7]}' },
  'a list': { rawBody: '[]' },
  'a word': { rawBody: '"ok"' },
  null: { rawBody: 'null' },
  'a redirection': { status: 302, headers: { location: '/elsewhere' } },
};
for (const [what, fault] of Object.entries(unreadable)) {
  test(`a read that is answered with ${what} breaks the contract`, async (t) => {
    const { client, sandbox } = await openClient(t);
    sandbox.fault('flowStatus', fault);
    const failure = await failureOf(client.call(tenant, 'flowStatus', { flow_uuid: 'LOS-1' }));
    assert.equal(failure.failure, 'contract-broken');
    assert.equal(sandbox.countCalls('flowStatus'), 1);
  });

  test(`a write that is answered with ${what} has an unknown outcome`, async (t) => {
    const { client, sandbox } = await openClient(t);
    sandbox.fault('initFlow', fault);
    const failure = await failureOf(client.call(tenant, 'initFlow', flowToOpen));
    assert.equal(failure.failure, 'outcome-unknown');
    assert.equal(sandbox.countCalls('initFlow'), 1);
  });
}

test('a token that fits into no header breaks the contract and is not sent', async (t) => {
  const { client, sandbox } = await openClient(t);
  sandbox.fault('verificationToken', { status: 201, body: { access_token: 'a\nb' } });
  const failure = await failureOf(client.call(tenant, 'initFlow', flowToOpen));
  assert.equal(failure.failure, 'contract-broken');
  assert.equal(failure.endpoint, 'verificationToken');
  assert.equal(sandbox.countCalls('initFlow'), 0);
});

test('an answer that is longer than the limit is not read to its end', async (t) => {
  let sent = 0;
  function* blanks() {
    for (; sent < 2_000; sent += 1) yield Buffer.alloc(64 * 1024, ' ');
  }
  const { url } = await openServer(t, (request, response) => {
    if (request.url?.endsWith('authtoken')) return response.end('{"access_token":"sample"}');
    // the reader goes away in the middle of it
    return pipeline(blanks(), response).catch(() => {});
  });
  const { client } = openClientAt(t, url, { transport: { maxResponseBytes: 100_000 } });
  const read = await failureOf(client.call(tenant, 'flowStatus', { flow_uuid: 'LOS-1' }));
  assert.equal(read.failure, 'contract-broken');
  assert.equal(read.reason, 'answer-too-long');
  assert.ok(sent < 2_000, `${sent} chunks were taken`);
  const write = await failureOf(client.call(tenant, 'initFlow', flowToOpen));
  assert.equal(write.failure, 'outcome-unknown');
});

test('an answer that nests deeper than the stack is cut, not a crash', async (t) => {
  const { client, sandbox } = await openClient(t);
  const depth = 9_000;
  sandbox.fault('flowExtracts', {
    rawBody: `{"ocr_data":${'['.repeat(depth)}${']'.repeat(depth)}}`,
  });
  const answer = await client.call(tenant, 'flowExtracts', { flow_uuid: 'LOS-1' });
  assert.equal(answer?.ocr_data.length, 1);
});

test('a receipt that cannot be read does not lose the others', async (t) => {
  const { client, sandbox } = await openClient(t);
  const receipt = { batch_id: 'BATCH-1', document_id: 'doc-2', file_uuid: 'file-2' };
  sandbox.fault('uploadBulk', { status: 201, body: [null, 'doc-1', receipt] });
  const upload = { product_type: 'SAMPLE', file_urls: oneFile };
  assert.deepEqual(await client.call(tenant, 'uploadBulk', upload), [{}, {}, receipt]);
});

const statuses: readonly [number, AtlasFailure, AtlasFailure][] = [
  [400, 'rejected', 'rejected'],
  [401, 'unauthorized', 'unauthorized'],
  [403, 'rejected', 'rejected'],
  [404, 'rejected', 'rejected'],
  [410, 'rejected', 'rejected'],
  [422, 'rejected', 'rejected'],
  [429, 'unavailable', 'unavailable'],
  [500, 'unavailable', 'outcome-unknown'],
  [502, 'unavailable', 'outcome-unknown'],
  [503, 'unavailable', 'unavailable'],
  [504, 'unavailable', 'outcome-unknown'],
];
for (const [status, ofRead, ofWrite] of statuses) {
  test(`a ${status} leaves a read ${ofRead} and a write ${ofWrite}`, async (t) => {
    const { client, sandbox } = await openClient(t);
    sandbox.fault('flowExtracts', { status }, Number.POSITIVE_INFINITY);
    sandbox.fault('initFlow', { status }, Number.POSITIVE_INFINITY);
    const read = await failureOf(client.call(tenant, 'flowExtracts', { flow_uuid: 'LOS-1' }));
    const write = await failureOf(client.call(tenant, 'initFlow', flowToOpen));
    assert.deepEqual([read.failure, read.status], [ofRead, status]);
    assert.deepEqual([write.failure, write.status], [ofWrite, status]);
    const writes = new Map([
      // with another token, and as often as what was not done may be tried
      [401, 2],
      [429, 3],
    ]);
    assert.equal(sandbox.countCalls('initFlow'), writes.get(status) ?? 1);
  });
}

const waits: readonly [string, number | undefined][] = [
  ['120', 120_000],
  ['0', 0],
  [' 7 ', 7_000],
  ['Thu, 15 Jan 2026 09:30:30 GMT', 30_000],
  ['Thu, 15 Jan 2026 09:29:00 GMT', 0],
  ['-1', undefined],
  ['3600000', undefined],
  ['soon', undefined],
  ['', undefined],
];
for (const [header, expected] of waits) {
  test(`Retry-After "${header}" asks to wait ${expected ?? 'no known number of'} ms`, async (t) => {
    const { client, sandbox } = await openClient(t, {
      wallNow: () => Date.UTC(2026, 0, 15, 9, 30),
      // the awaited answer ends at once
      after: (_delayMs, act) => {
        const timer = setImmediate(act);
        return () => clearImmediate(timer);
      },
      startDeadline: createHandDeadlines().startDeadline,
    });
    const fault = { status: 503, headers: { 'Retry-After': header } };
    sandbox.fault('matchAddresses', fault, Number.POSITIVE_INFINITY);
    const failure = await failureOf(client.call(tenant, 'matchAddresses', addresses));
    assert.equal(failure.retryAfterMs, expected);
  });
}

test('409 is absence for what is asked of a flow', async (t) => {
  const { client, sandbox } = await openClient(t);
  const flow_uuid = 'LOS-unknown';
  assert.equal(await client.call(tenant, 'flowStatus', { flow_uuid }), null);
  assert.equal(await client.call(tenant, 'flowExtracts', { flow_uuid }), null);
  const upload = { flow_uuid, file_urls: oneFile };
  assert.equal(await client.call(tenant, 'uploadToFlow', upload), null);
  assert.deepEqual(
    sandbox.calls.filter(({ name }) => name !== 'verificationToken').map(({ status }) => status),
    [409, 409, 409],
  );
});

test('400 is absence for what is asked of a batch', async (t) => {
  const { client, sandbox } = await openClient(t);
  for (const name of ['bulkExtracts', 'docstreamExtracts'] as const) {
    const query = { batch_id: 'BATCH-unknown', page: 1, per_page: 50 };
    assert.equal(await client.call(tenant, name, query), null);
    const [call] = sandbox.calls.filter((each) => each.name === name);
    assert.equal(call?.status, 400);
  }
});

test('the status that means absence elsewhere is a refusal here', async (t) => {
  const { client, sandbox } = await openClient(t);
  sandbox.fault('flowStatus', { status: 400 });
  sandbox.fault('initFlow', { status: 409 });
  sandbox.fault('bulkExtracts', { status: 409 });
  const query = { batch_id: 'BATCH-1', page: 1, per_page: 50 };
  const refusals = [
    client.call(tenant, 'flowStatus', { flow_uuid: 'LOS-1' }),
    client.call(tenant, 'initFlow', flowToOpen),
    client.call(tenant, 'bulkExtracts', query),
  ].map(failureOf);
  for (const refusal of await Promise.all(refusals)) assert.equal(refusal.failure, 'rejected');
});

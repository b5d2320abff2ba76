import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toQuestion } from '../../bench/http/questions.ts';
import { createFakeClock } from '../support/live/fake-clock.ts';
import {
  type CallersGateway,
  everyScopeBut,
  openCallers,
  type View,
} from '../support/privacy/open-callers.ts';
import { acme, bolt, openTenants } from '../support/tenants/open-tenants.ts';

const full = toQuestion('Q2').toText(0);
/** Answers are kept, and no callback makes the gateway look for the end before a test does. */
const env = { PII_CACHE_SECONDS: '60', PUBLIC_URL: 'http://127.0.0.1:9' };
const requestId = 'request-of-this-test';

/** Asks by the lane that keeps answers, or by the one that runs everything. */
async function ask(view: Pick<View, 'graphqlUrl' | 'headers'>, isRun: boolean, variables: object) {
  const response = await fetch(view.graphqlUrl, {
    method: 'POST',
    headers: { ...view.headers, 'x-request-id': requestId },
    body: JSON.stringify({ query: full, variables, ...(isRun ? { _: null } : {}) }),
  });
  return await response.text();
}

function auditOf(gateway: CallersGateway): unknown[] {
  return gateway.auditLines().map(({ time: _, ...line }) => line);
}

test('a cached answer is returned and audited as if it had been executed', async (t) => {
  const gateway = await openCallers(t, { env });
  const uuid = await gateway.finishedFlow(['pan.jpg', 'aadhaar.jpg', 'invoice.pdf']);
  await ask(gateway, false, { uuid });
  const run = await ask(gateway, true, { uuid });
  assert.match(run, /"atlas":\{"planned":2,"calls":0,"coalesced":0,"cached":2\}/);
  const [, recorded] = auditOf(gateway);
  assert.ok(recorded);
  for (let time = 0; time < 4; time += 1) {
    assert.equal(await ask(gateway, false, { uuid }), run);
    assert.deepEqual(auditOf(gateway).slice(2 + time), [recorded]);
  }
});

test('each caller sees what they may see, and is put on record under their name', async (t) => {
  const gateway = await openCallers(t, { env });
  const uuid = await gateway.finishedFlow(['pan.jpg']);
  const views = [
    gateway,
    gateway.as({ name: 'second', scopes: everyScopeBut() }),
    gateway.as({ name: 'masked', scopes: everyScopeBut('pii:read') }),
    gateway.as({ name: 'grant', grant: { flowUuid: uuid, canReadDocuments: true } }),
    gateway.as({ name: 'status', grant: { flowUuid: uuid, canReadDocuments: false } }),
    gateway.as({ name: 'other', grant: { flowUuid: 'another', canReadDocuments: true } }),
    gateway.as({ name: 'nobody' }),
  ];
  // As each is told without anything kept, and with all of it.
  const alone = [];
  for (const view of views) alone.push(await ask(view, true, { uuid }));
  const before = auditOf(gateway).length;
  for (let time = 0; time < 3; time += 1) {
    for (const [index, view] of views.entries()) {
      const answer = await ask(view, false, { uuid });
      assert.equal(JSON.stringify(JSON.parse(answer).data), dataOf(alone[index] ?? ''));
    }
  }
  assert.equal(new Set(alone.map(dataOf)).size, 4, 'clear, masked, status alone, nothing');
  const readers = gateway.auditLines().slice(before);
  assert.deepEqual(
    readers.map(({ caller }) => caller),
    ['owner', 'second', 'owner', 'second', 'owner', 'second'],
  );
});

function dataOf(answer: string): string {
  return JSON.stringify(JSON.parse(answer).data);
}

test('another tenant is not shown what is kept for the first, be all else the same', async (t) => {
  const gateway = await openTenants(t, { tenants: [acme(), bolt()], env });
  const uuid = await gateway.acme.openFlow();
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  for (let time = 0; time < 3; time += 1) {
    assert.match(await ask(gateway.acme, false, { uuid }), /"state":"SUCCESS"/);
    assert.match(await ask(gateway.bolt, false, { uuid }), /"flow":null/);
  }
});

test('a flow that is given more is asked for anew at once', async (t) => {
  const gateway = await openCallers(t, { env });
  const uuid = await gateway.finishedFlow(['pan.jpg']);
  for (let time = 0; time < 3; time += 1) await ask(gateway, false, { uuid });
  await gateway.upload(uuid, 'aadhaar.jpg');
  assert.match(await ask(gateway, false, { uuid }), /"state":"IN_PROGRESS"[\s\S]*"calls":2/);
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  const ended = await ask(gateway, false, { uuid });
  assert.match(ended, /"state":"SUCCESS"[\s\S]*"calls":2/);
  for (let time = 0; time < 3; time += 1) {
    assert.equal(dataOf(await ask(gateway, false, { uuid })), dataOf(ended));
  }
});

test('a cached answer expires PII_CACHE_SECONDS after Atlas confirmed it', async (t) => {
  const clock = createFakeClock(Date.now());
  const gateway = await openCallers(t, { clock, env });
  const uuid = await gateway.finishedFlow(['pan.jpg']);
  await ask(gateway, false, { uuid });
  for (const waitedMs of [20_000, 20_000, 19_000]) {
    await clock.advance(waitedMs);
    assert.match(await ask(gateway, false, { uuid }), /"calls":0,"coalesced":0,"cached":2/);
  }
  await clock.advance(1_001);
  assert.match(await ask(gateway, false, { uuid }), /"calls":2,"coalesced":0,"cached":0/);
});

test('with PII_CACHE_SECONDS=0 Atlas is asked each time', async (t) => {
  const gateway = await openCallers(t, { env: { ...env, PII_CACHE_SECONDS: '0' } });
  const uuid = await gateway.finishedFlow(['pan.jpg']);
  for (let time = 0; time < 4; time += 1) {
    assert.match(await ask(gateway, false, { uuid }), /"calls":2,"coalesced":0,"cached":0/);
  }
});

test("an answer that can't be audited is not shown, cached or not", async (t) => {
  let isFull = false;
  const auditFile = {
    write() {
      if (isFull) throw new Error('the disk is full');
    },
  };
  const gateway = await openCallers(t, { env, auditFile });
  const uuid = await gateway.finishedFlow(['pan.jpg']);
  for (let time = 0; time < 3; time += 1) {
    assert.match(await ask(gateway, false, { uuid }), /"pan_number"/);
  }
  isFull = true;
  const refused = JSON.parse(await ask(gateway, false, { uuid }));
  assert.equal(refused.data, null);
  assert.equal(refused.errors[0].extensions.code, 'INTERNAL');
});

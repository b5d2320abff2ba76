import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startRedisLink } from '../../src/store/redis/link.ts';
import { createRedisStore } from '../../src/store/redis/store.ts';
import { createSeal } from '../../src/store/seal.ts';
import { StoreError } from '../../src/store/store.ts';
import { redisIsMissing, startRedis } from '../support/start-redis.ts';
import { timelineOf, toOpening, toWords } from '../support/store/adapters.ts';
import { toTenantId } from '../support/tenant-id.ts';

const acme = toTenantId('acme');

const options = { skip: redisIsMissing, timeout: 60_000 };
const lives = { flowsMs: 600_000, keysMs: 60_000, grantsMs: 60_000 };

async function openStore(t: TestContext, url: string, secret = 'a secret of this suite') {
  const link = await startRedisLink({ url, timeoutMs: 10_000 });
  t.after(() => link.close());
  return { link, store: createRedisStore({ link, seal: createSeal([secret]), lives }) };
}

const attempt = { bodyHash: 'hash', reference: 'ref', at: 1_000, busyUntil: 2_000 };

test(
  'every key names the gateway, its version and its tenant, and ends by itself',
  options,
  async (t) => {
    const { url } = await startRedis(t);
    const { link, store } = await openStore(t, url);
    const { flows, batches, callbacks, keys, grants } = store;
    const receipts = new Map([['doc-1', { fileUuid: 'file-1', batchId: 'B-1' }]]);
    await flows.open(acme, toOpening('LOS-1'));
    await flows.upload(acme, 'LOS-1', { documentIds: ['doc-1'], at: 2_000, receipts });
    const seen = { status: toWords('SUCCESS'), version: 1, at: 3_000 };
    await flows.recordStatus(acme, 'LOS-1', { ...seen, source: 'POLL', hasEnded: false });
    await batches.submit(acme, 'BULK:B-1', { submittedDocumentIds: ['doc-1'], at: 1 });
    await callbacks.call(acme, 'early', 1);
    await keys.begin(acme, { field: 'createFlow', key: 'key-1' }, attempt);
    await grants.issue(acme, 'LOS-1', 1);
    await grants.revoke(acme, 'LOS-2', 1);
    const found = await link.run((redis) => redis.keys('*'));
    const ofTenant = found.filter((key) => key !== 'atlas-gateway:1:tenants');
    assert.ok(ofTenant.length >= 16, found.join());
    for (const key of ofTenant) {
      assert.match(key, /^atlas-gateway:1:t:acme:/);
      const leftMs = await link.run((redis) => redis.pttl(key));
      assert.ok(leftMs > 0 && leftMs <= lives.flowsMs, `${key} lives ${leftMs} ms`);
    }
    await store.forget(
      { flowsBefore: 9e12, keysBefore: 9e12, grantsBefore: 9e12, eventsBefore: 9e12 },
      100,
    );
    const left = await link.run((redis) => redis.keys('*'));
    const grantKeys = ['1', '2'].map((number) => `atlas-gateway:1:t:acme:grants:LOS-${number}`);
    // The numbers of a log go on where they were.
    const log = ['log', 'log-head'].map((key) => `atlas-gateway:1:t:acme:${key}`);
    assert.deepEqual(left.sort(), [...grantKeys, ...log, 'atlas-gateway:1:tenants']);
  },
);

test(
  'a write that is sent again because its answer was lost leaves one event',
  options,
  async (t) => {
    const { url } = await startRedis(t);
    const { store } = await openStore(t, url);
    const { flows } = store;
    for (let time = 0; time < 2; time += 1) await flows.open(acme, toOpening('LOS-1'));
    const upload = { documentIds: ['doc-1'], at: 2_000 };
    for (let time = 0; time < 2; time += 1) await flows.upload(acme, 'LOS-1', upload);
    const events = await timelineOf(store, acme, 'LOS-1', { first: 9, after: 0 });
    assert.deepEqual(
      events?.entries.map(({ kind }) => kind),
      ['CREATED', 'UPLOADED'],
    );
  },
);

test('a flow that Redis dropped by itself leaves no hole in a page', options, async (t) => {
  const { url } = await startRedis(t);
  const { link, store } = await openStore(t, url);
  for (let at = 1; at <= 9; at += 1) await store.flows.open(acme, toOpening(`LOS-${at}`, { at }));
  for (const at of [9, 8, 5, 3]) {
    await link.run((redis) => redis.del(`atlas-gateway:1:t:acme:flow:LOS-${at}`));
  }
  const first = await store.flows.page(acme, { first: 3 });
  assert.deepEqual(
    [first.entries.map(({ uuid }) => uuid), first.hasNext],
    [['LOS-7', 'LOS-6', 'LOS-4'], true],
  );
  const filter = { states: ['NOT_STARTED'] };
  const rest = await store.flows.page(acme, { first: 9, filter, isOldestFirst: true });
  assert.deepEqual(
    rest.entries.map(({ uuid }) => uuid),
    ['LOS-1', 'LOS-2', 'LOS-4', 'LOS-6', 'LOS-7'],
  );
});

test(
  'a secret lies sealed in Redis, and a gateway with another CALLBACK_SECRET is told',
  options,
  async (t) => {
    const { url } = await startRedis(t);
    const { link, store } = await openStore(t, url);
    assert.equal(await store.secret('one', 'the value of it'), 'the value of it');
    const lying = await link.run((redis) => redis.get('atlas-gateway:1:secret:one'));
    assert.ok(lying && !lying.includes('the value'));
    const other = (await openStore(t, url, 'another secret of this suite')).store;
    await assert.rejects(other.secret('one', 'mine'), (error: Error) => {
      assert.ok(error instanceof StoreError);
      assert.match(error.message, /another CALLBACK_SECRET/);
      return true;
    });
  },
);

test('the writes of two processes are one register', options, async (t) => {
  const { url } = await startRedis(t);
  const one = (await openStore(t, url)).store;
  const other = (await openStore(t, url)).store;
  await one.flows.open(acme, toOpening('LOS-1', { reference: 'ref-1' }));
  await other.flows.upload(acme, 'LOS-1', { documentIds: ['doc-1'], at: 2_000 });
  assert.equal(await other.callbacks.call(acme, 'ref-1', 3_000), 'LOS-1');
  assert.deepEqual((await one.flows.find(acme, 'LOS-1'))?.submittedDocumentIds, ['doc-1']);
  assert.equal(await one.callbacks.hasCalled(acme, 'LOS-1'), true);
  const name = { field: 'createFlow', key: 'key-1' };
  const begun = await Promise.all([one, other].map(({ keys }) => keys.begin(acme, name, attempt)));
  assert.equal(begun.filter((held) => held === null).length, 1);
});

test('a script goes on after Redis has lost its scripts', options, async (t) => {
  const { url } = await startRedis(t);
  const { link, store } = await openStore(t, url);
  await store.flows.open(acme, toOpening('LOS-1'));
  await link.run((redis) => redis.script('FLUSH'));
  assert.equal((await store.flows.find(acme, 'LOS-1'))?.uuid, 'LOS-1');
});

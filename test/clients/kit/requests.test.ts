import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createIdempotencyKeys,
  type KeyStorage,
} from '../../../clients/web/src/idempotency-keys.ts';
import { startNetwork } from '../../support/clients/network.ts';
import { openClient } from '../../support/clients/open-client.ts';
import {
  type OpenedFlow,
  openFlow,
  type ReadFlow,
  readFlow,
} from '../../support/clients/operations.ts';
import { openGateway } from '../../support/open-gateway.ts';

/** The storage of a page that outlives its reloads. */
function createStorage(): KeyStorage & { readonly entries: Map<string, string> } {
  const entries = new Map<string, string>();
  return {
    entries,
    getItem: (name) => entries.get(name) ?? null,
    setItem: (name, value) => void entries.set(name, value),
    removeItem: (name) => void entries.delete(name),
  };
}

test('a query is answered with its data', async (t) => {
  const gateway = await openGateway(t);
  const client = openClient(t, gateway);
  const uuid = await gateway.openFlow();

  const { data, errors } = await client.request<ReadFlow>(readFlow, { uuid });

  assert.equal(data?.flow?.uuid, uuid);
  assert.deepEqual(errors, []);
});

test('a request with a refused token is repeated with another one', async (t) => {
  const gateway = await openGateway(t);
  const client = openClient(t, gateway, {
    getToken: (refused) => (refused ? gateway.apiKey : 'an-old-token'),
  });

  const { data } = await client.request<{ viewer: object }>('{ viewer { tenantId } }');

  assert.deepEqual(data, { viewer: { tenantId: 'default' } });
});

test('a request without data rejects with the code of its error', async (t) => {
  const gateway = await openGateway(t);
  const client = openClient(t, gateway);

  await assert.rejects(client.request('{ nothing }'), { code: 'BAD_USER_INPUT', isFinal: true });
  const wrong = openClient(t, gateway, { getToken: () => 'a-wrong-key' });
  await assert.rejects(wrong.request('{ viewer { tenantId } }'), { code: 'UNAUTHENTICATED' });
});

test('a request without a network rejects and may be repeated', async (t) => {
  const gateway = await openGateway(t);
  const network = await startNetwork(t, gateway.graphqlUrl);
  const client = openClient(t, gateway, { url: network.url, requestTimeoutMs: 50 });
  network.cutSilently();
  await assert.rejects(client.request('{ viewer { tenantId } }'), { isRetryable: true });
  await network.refuse();
  await assert.rejects(client.request('{ viewer { tenantId } }'), { code: 'NETWORK' });
});

test('a mutation is done once, over an outage and a reload', async (t) => {
  const gateway = await openGateway(t);
  const network = await startNetwork(t, gateway.graphqlUrl);
  const storage = createStorage();
  const openPage = () =>
    openClient(t, gateway, { url: network.url, storage, requestTimeoutMs: 300, mostRetryMs: 50 });
  const input = { applicationId: 'application-1' };
  const left = new AbortController();
  // The answer is lost on the way, so that the page cannot know that the flow was opened.
  gateway.sandbox.fault('initFlow', { delayMs: 600 });
  const first = openPage().mutateOnce('open:application-1', openFlow, input, {
    signal: left.signal,
  });
  await gateway.sandbox.waitForCall('initFlow', () => true);
  left.abort(new Error('the page was reloaded'));
  await assert.rejects(first, /reloaded/);
  await network.refuse();

  const second = openPage().mutateOnce<OpenedFlow>('open:application-1', openFlow, input);
  await network.restore();
  const { data } = await second;

  assert.ok(data?.createFlow.flow?.uuid);
  assert.equal(gateway.sandbox.countCalls('initFlow'), 1);
  assert.equal(storage.entries.size, 0);
});

test('a mutation that is refused is not repeated and keeps its key', async (t) => {
  const gateway = await openGateway(t);
  const storage = createStorage();
  const client = openClient(t, gateway, { storage });
  gateway.sandbox.fault('initFlow', { status: 400 });

  const { data, errors } = await client.mutateOnce<OpenedFlow>('open', openFlow, {
    applicationId: 'application-1',
  });

  assert.equal(data?.createFlow, null);
  assert.equal(errors[0]?.extensions?.code, 'ATLAS_REJECTED');
  assert.equal(storage.entries.size, 1);
  client.forgetKey('open');
  assert.equal(storage.entries.size, 0);
});

test('a key lasts for a day, by its name', () => {
  let nowMs = 0;
  const keys = createIdempotencyKeys(createStorage(), () => nowMs);

  const key = keys.keyFor('open:1');
  assert.match(key, /^[\da-f]{32}$/);
  assert.equal(keys.keyFor('open:1'), key);
  assert.notEqual(keys.keyFor('open:2'), key);
  nowMs = 24 * 60 * 60 * 1000;
  assert.notEqual(keys.keyFor('open:1'), key);
});

test('storage that cannot be used is replaced by memory', () => {
  const forbidden = () => {
    throw new Error('The page may not use storage');
  };
  const keys = createIdempotencyKeys({
    getItem: forbidden,
    setItem: forbidden,
    removeItem: forbidden,
  });

  const key = keys.keyFor('open');
  assert.equal(keys.keyFor('open'), key);
  keys.forget('open');
  assert.notEqual(keys.keyFor('open'), key);
});

test('keys are unlike each other where there is no crypto, as in React Native', (t) => {
  const crypto = Object.getOwnPropertyDescriptor(globalThis, 'crypto');
  assert.ok(crypto);
  t.after(() => Object.defineProperty(globalThis, 'crypto', crypto));
  Object.defineProperty(globalThis, 'crypto', { value: undefined, configurable: true });
  const keys = createIdempotencyKeys(createStorage());

  const made = Array.from({ length: 100 }, (_, number) => keys.keyFor(`open:${number}`));

  assert.equal(new Set(made).size, 100);
  assert.match(made[0] ?? '', /^[\da-f]{32}$/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../src/live/clock.ts';
import type { SharedTokenStore } from '../../../src/store/fleet.ts';
import { createInMemoryFleet } from '../../../src/store/memory/in-memory-fleet.ts';
import {
  createSharedTokens,
  type FetchedToken,
} from '../../../src/store/services/shared-tokens.ts';
import { StoreError } from '../../../src/store/store.ts';
import { createFakeClock } from '../../support/live/fake-clock.ts';
import { toTenantId } from '../../support/tenant-id.ts';

const lifetimeMs = 3_600_000;
const request = {
  tenantId: toTenantId('acme'),
  family: 'verification',
  credentials: ['id', 'secret'],
  currentValue: undefined,
};

/** Processes that share a board, and an Atlas that counts what it issues. */
function openProcesses(count: number) {
  const clock = createFakeClock();
  const board = createInMemoryFleet({ clock, leaseMs: 60_000 });
  const waiting: (() => void)[] = [];
  let issued = 0;
  const atlas = {
    isHeld: false,
    fails: false,
    issued: () => issued,
    give: () => waiting.shift()?.(),
    async fetchToken(): Promise<FetchedToken> {
      if (atlas.isHeld) await new Promise<void>((resolve) => void waiting.push(resolve));
      if (atlas.fails) throw new Error('Atlas is down');
      issued += 1;
      return { value: `token-${issued}`, lifetimeMs };
    },
  };
  const processes = Array.from({ length: count }, () => {
    const share = createSharedTokens({
      store: board.join().tokens,
      fetchMs: 15_000,
      clock,
      random: () => 0.5,
    });
    return (currentValue?: string, credentials = request.credentials) =>
      share({ ...request, currentValue, credentials }, atlas.fetchToken);
  });
  return { clock, atlas, processes };
}

test('processes that need a token at once fetch one', async () => {
  const { clock, atlas, processes } = openProcesses(3);
  atlas.isHeld = true;
  const tokens = Promise.all(processes.map((get) => get()));
  await clock.advance(500);
  atlas.give();
  await clock.advance(500);
  assert.deepEqual(
    (await tokens).map(({ value }) => value),
    ['token-1', 'token-1', 'token-1'],
  );
  assert.equal(atlas.issued(), 1);
});

test('a token that was refused or is due is renewed once, and the others take the new one', async () => {
  const { clock, atlas, processes } = openProcesses(2);
  const [one, other] = processes;
  assert.ok(one && other);
  await one();
  assert.equal((await other('token-1')).value, 'token-2');
  await clock.advance(60_000);
  assert.deepEqual(await one('token-1'), { value: 'token-2', lifetimeMs: lifetimeMs - 60_000 });
  assert.equal(atlas.issued(), 2);
});

test('a token near its end is not taken up', async () => {
  const { clock, atlas, processes } = openProcesses(2);
  const [one, other] = processes;
  assert.ok(one && other);
  await one();
  await clock.advance(lifetimeMs * 0.91);
  assert.equal((await other()).value, 'token-2');
  assert.equal(atlas.issued(), 2);
});

test('a token of other credentials is not taken up', async () => {
  const { processes } = openProcesses(2);
  const [one, other] = processes;
  assert.ok(one && other);
  await one();
  assert.equal((await other(undefined, ['id', 'a newer secret'])).value, 'token-2');
});

test('when the one whose turn it is fails, the next has its turn', async () => {
  const { clock, atlas, processes } = openProcesses(2);
  const [one, other] = processes;
  assert.ok(one && other);
  atlas.isHeld = true;
  const first = one();
  await clock.advance(10);
  const second = other();
  await clock.advance(200);
  atlas.fails = true;
  atlas.give();
  await assert.rejects(first, /Atlas is down/);
  atlas.fails = false;
  atlas.isHeld = false;
  await clock.advance(200);
  assert.equal((await second).value, 'token-1');
});

test('when the one whose turn it is hangs, the others go on after a turn', async () => {
  const { clock, atlas, processes } = openProcesses(2);
  const [one, other] = processes;
  assert.ok(one && other);
  atlas.isHeld = true;
  void one();
  await clock.advance(10);
  atlas.isHeld = false;
  const second = other();
  await clock.advance(16_000);
  assert.equal((await second).value, 'token-1');
});

test('without a shelf each process fetches its own', async () => {
  const gone = () => Promise.reject(new StoreError('gone'));
  const shelf: SharedTokenStore = { find: gone, put: gone, lock: gone, unlock: gone };
  const share = createSharedTokens({ store: shelf, fetchMs: 15_000, clock: createFakeClock() });
  const token = { value: 'token-1', lifetimeMs };
  assert.deepEqual(await share(request, async () => token), token);
});

test('a shelf that goes while a token is fetched does not take it', async () => {
  const board = createInMemoryFleet({ clock: systemClock, leaseMs: 60_000 }).join();
  const gone = () => Promise.reject(new StoreError('gone'));
  const shelf: SharedTokenStore = { ...board.tokens, put: gone, unlock: gone };
  const share = createSharedTokens({ store: shelf, fetchMs: 15_000, clock: createFakeClock() });
  let fetched = 0;
  const token = await share(request, async () => {
    fetched += 1;
    return { value: 'token-1', lifetimeMs };
  });
  assert.deepEqual([token.value, fetched], ['token-1', 1]);
});

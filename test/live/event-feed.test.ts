import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEventFeed, type FeedMessage } from '../../src/live/event-feed.ts';
import { type EventLog, numberEpochMs } from '../../src/store/event-log.ts';
import { openSqlFile } from '../../src/store/sqlite/file.ts';
import { createSqlLog } from '../../src/store/sqlite/log.ts';
import { StoreError } from '../../src/store/store.ts';
import { createFakeClock, settle } from '../support/live/fake-clock.ts';
import { toTenantId } from '../support/tenant-id.ts';

const acme = toTenantId('acme');
const bolt = toTenantId('bolt');

/** A log in memory that keeps so many events, its feed, and how often it was read. */
function openFeed(most = 1_000_000) {
  const log = createSqlLog(
    openSqlFile(':memory:', () => 0),
    most,
  );
  const clock = createFakeClock();
  const reach = { reads: 0, isGone: false, isDeaf: false };
  const events: EventLog = {
    bounds: log.bounds,
    async read(tenantId, query) {
      reach.reads += 1;
      if (reach.isGone) throw new StoreError('gone');
      return await log.read(tenantId, query);
    },
    listen: (listener) => log.listen((tenantId) => reach.isDeaf || listener(tenantId)),
  };
  const feed = createEventFeed({ events, clock });
  let written = 0;
  const write = (count: number, tenantId = acme) => {
    for (let left = count; left > 0; left -= 1) {
      written += 1;
      const flowUuid = `LOS-${written}`;
      const kind = written % 2 === 0 ? 'GRANT_ISSUED' : 'FLOW_OPENED';
      log.change(tenantId, (append) => append({ kind, at: 1, flowUuid }));
    }
  };
  return { feed, write, clock, reach, log };
}

/** A message in short: the number of its event, or what is lost. */
const toShort = (message: FeedMessage) =>
  message.event === null ? `lost, oldest ${message.oldest}` : message.event.number;

async function take(reader: AsyncIterator<FeedMessage>, count: number) {
  const taken: (string | number)[] = [];
  while (taken.length < count) {
    const { done, value } = await reader.next();
    if (done) break;
    taken.push(toShort(value));
  }
  return taken;
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, place) => from + place);

test('a reader without a cursor is told what happens from then on', async () => {
  const { feed, write } = openFeed();
  write(3);
  const reader = feed.read(acme);
  const first = take(reader, 2);
  await settle();
  write(2);
  assert.deepEqual(await first, [4, 5]);
});

test('a reader with a cursor is told all behind it, then what is new, without a gap', async () => {
  const { feed, write } = openFeed();
  write(950);
  const reader = feed.read(acme, { after: 10 });
  assert.deepEqual(await take(reader, 500), numbers(11, 510));
  write(2_500);
  assert.deepEqual(await take(reader, 2_940), numbers(511, 3_450));
});

test('a reader of some kinds is told those alone', async () => {
  const { feed, write } = openFeed();
  write(2_001);
  const reader = feed.read(acme, { after: 1, kinds: ['FLOW_OPENED'] });
  const taken = await take(reader, 1_000);
  assert.deepEqual([taken[0], taken.at(-1)], [3, 2_001]);
  const next = take(reader, 1);
  await settle();
  write(2);
  assert.deepEqual(await next, [2_003]);
});

test('many readers of a tenant share one reader of its log', async () => {
  const { feed, write, reach } = openFeed();
  write(5);
  const readers = Array.from({ length: 50 }, () => feed.read(acme));
  const first = Promise.all(readers.map((reader) => take(reader, 10)));
  await settle();
  const readsBefore = reach.reads;
  for (let time = 0; time < 10; time += 1) {
    write(1);
    await settle();
  }
  for (const taken of await first) assert.deepEqual(taken, numbers(6, 15));
  assert.ok(reach.reads - readsBefore <= 25, `${reach.reads - readsBefore} reads`);
  assert.equal(feed.countTails(), 1);
});

test('a log that does not reach back is told of first, and reading goes on at its oldest event', async () => {
  const { feed, write } = openFeed(5);
  write(20);
  const reader = feed.read(acme, { after: 3 });
  assert.deepEqual(await take(reader, 6), ['lost, oldest 16', ...numbers(16, 20)]);
  const ahead = feed.read(acme, { after: 99 });
  assert.deepEqual(await take(ahead, 2), ['lost, oldest 16', 16]);
  const close = feed.read(acme, { after: 15 });
  assert.deepEqual(await take(close, 1), [16]);
});

test('a reader that is too slow for the log is told that it lost events', async () => {
  const { feed, write } = openFeed(2_000);
  const reader = feed.read(acme, { after: 0 });
  const first = take(reader, 1);
  write(10);
  assert.deepEqual(await first, [1]);
  write(6_000);
  const [next, ...rest] = await take(reader, 210);
  // A page that it had read before is told whole.
  const taken = [next, ...rest];
  const lostAt = taken.indexOf('lost, oldest 4011');
  assert.ok(lostAt >= 0, taken.slice(0, 30).join());
  assert.equal(taken[lostAt + 1], 4_011);
});

test('a hint that is lost costs a moment, and no event', async () => {
  const { feed, write, clock, reach } = openFeed();
  const reader = feed.read(acme);
  const first = take(reader, 1);
  await settle();
  reach.isDeaf = true;
  write(1);
  await clock.advance(2_000);
  assert.deepEqual(await first, [1]);
});

test('a store that can not be reached is read again, and nothing is lost for it', async () => {
  const { feed, write, clock, reach } = openFeed();
  write(3);
  reach.isGone = true;
  const reader = feed.read(acme, { after: 1 });
  const taken = take(reader, 3);
  await settle();
  write(1);
  reach.isGone = false;
  await clock.advance(4_000);
  assert.deepEqual(await taken, [2, 3, 4]);
});

test('a reader that leaves while it waits is done, and the last one ends the reading of the log', async () => {
  const { feed, write, clock } = openFeed();
  const [one, other] = [feed.read(acme), feed.read(acme)];
  const waiting = [one.next(), other.next()];
  await settle();
  await one.return?.();
  assert.deepEqual(await waiting[0], { done: true, value: undefined });
  assert.equal(feed.countTails(), 1);
  write(1);
  assert.equal((await waiting[1])?.done, false);
  await other.return?.();
  assert.equal(feed.countTails(), 0);
  await settle();
  assert.equal(clock.countTimers(), 0);
});

test('a log that begins while it is read loses nothing, whatever its first number is', async () => {
  const { feed, log } = openFeed();
  const taken = take(feed.read(acme), 1);
  await settle();
  const at = numberEpochMs + 7_000;
  log.change(acme, (append) => append({ kind: 'FLOW_OPENED', at, flowUuid: 'LOS-1' }));
  assert.deepEqual(await taken, [7_001]);
});

test('a feed that closes ends every reader', async () => {
  const { feed } = openFeed();
  const waiting = feed.read(acme).next();
  await settle();
  feed.close();
  assert.equal((await waiting).done, true);
});

test('no reader is told of an event of another tenant', async () => {
  const { feed, write } = openFeed();
  const ours = take(feed.read(acme, { after: 0 }), 2);
  const theirs = take(feed.read(bolt, { after: 0 }), 1);
  await settle();
  write(1, acme);
  write(1, bolt);
  write(1, acme);
  assert.deepEqual(await ours, [1, 2]);
  assert.deepEqual(await theirs, [1]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConflatingQueue } from '../../../src/live/conflating-queue.ts';
import {
  createSharedOperations,
  type Results,
  type SharedOperations,
  type SharedReader,
  type SharedResult,
  type SharedSource,
} from '../../../src/server/streaming/shared-operations.ts';
import { createFakeClock, settle } from '../../support/live/fake-clock.ts';

/** The messages of a reader: the texts of results, then `complete`. */
interface Reading extends SharedReader {
  readonly told: string[];
}

function createReading(): Reading {
  const told: string[] = [];
  return {
    told,
    next: ({ text }) => void told.push(text),
    complete: () => void told.push('complete'),
  };
}

/** A source that a test feeds, and how often it was begun and left. */
function createSource() {
  const counts = { started: 0, left: 0 };
  let latest = createConflatingQueue<unknown>(() => {});
  return {
    counts,
    start: async (): Promise<Results> => {
      counts.started += 1;
      latest = createConflatingQueue<unknown>(() => {
        counts.left += 1;
      });
      return latest.iterator;
    },
    /** Feeds what was begun last. */
    async emit(value: unknown): Promise<void> {
      latest.push(value);
      await settle();
    },
    async end(): Promise<void> {
      latest.end();
      await settle();
    },
  };
}

function openShared() {
  const clock = createFakeClock();
  return { clock, shared: createSharedOperations(clock, 30_000), source: createSource() };
}

/** A source of results that show nothing personal. */
function toSource(start: () => Promise<Results>): SharedSource {
  return {
    start,
    write: JSON.stringify,
    takeReads: () => [],
    versionOf: () => null,
    usedRights: () => new Set(),
    abandon: () => {},
  };
}

function neverStarted(): never {
  throw new Error('it was started twice');
}

async function joined(
  shared: SharedOperations,
  key: string,
  start: () => Promise<Results>,
): Promise<Reading & { leave: () => void }> {
  const reading = createReading();
  const { leave } = shared.join(key, toSource(start), reading);
  await settle();
  return { ...reading, leave };
}

test('an operation is executed once for all who read the same', async () => {
  const { shared, source } = openShared();
  const readings = [
    await joined(shared, 'key', source.start),
    await joined(shared, 'key', neverStarted),
    await joined(shared, 'key', neverStarted),
  ];
  await source.emit({ data: 1 });
  assert.equal(source.counts.started, 1);
  assert.equal(shared.countRunning(), 1);
  for (const { told } of readings) assert.deepEqual(told, ['{"data":1}']);
});

test('a result that shows what the one before it showed is no event', async () => {
  const { shared, source } = openShared();
  const { told } = await joined(shared, 'key', source.start);
  const results = [
    { data: 1, extensions: { cost: 1 } },
    { data: 1, extensions: { cost: 2 } },
    { data: 2, extensions: { cost: 2 } },
    { data: 2, errors: ['x'], extensions: { cost: 2 } },
    { data: 2, errors: ['x'], extensions: { cost: 3 } },
    { data: 1, extensions: { cost: 1 } },
  ];
  for (const result of results) await source.emit(result);
  assert.deepEqual(
    told,
    [0, 2, 3, 5].map((place) => JSON.stringify(results[place])),
  );
});

test('a result is made into bytes once for all who read it', async () => {
  const { shared, source } = openShared();
  for (let count = 0; count < 50; count += 1) await joined(shared, 'key', source.start);
  let written = 0;
  await source.emit({
    toJSON: () => {
      written += 1;
      return { data: written };
    },
  });
  assert.equal(written, 1);
});

test('operations with different keys share nothing', async () => {
  const { shared } = openShared();
  const [one, other] = [createSource(), createSource()];
  const acme = await joined(shared, '["acme","subscription"]', one.start);
  const bolt = await joined(shared, '["bolt","subscription"]', other.start);
  await one.emit({ data: 'of acme' });
  assert.deepEqual(acme.told, ['{"data":"of acme"}']);
  assert.deepEqual(bolt.told, []);
  assert.equal(shared.countRunning(), 2);
});

test('a late reader gets the last result at once, and then the following ones', async () => {
  const { shared, source } = openShared();
  await joined(shared, 'key', source.start);
  await source.emit({ data: 1 });
  await source.emit({ data: 2 });
  const late = createReading();
  shared.join('key', toSource(neverStarted), late);
  assert.deepEqual(late.told, ['{"data":2}']);
  await source.emit({ data: 3 });
  assert.deepEqual(late.told, ['{"data":2}', '{"data":3}']);
});

test('each result comes with the reads that were taken for it, at the join too', async () => {
  const { shared, source } = openShared();
  const seen: [text: string, reads: readonly string[]][] = [];
  const reader = {
    next: ({ text, reads }: SharedResult) => void seen.push([text, reads]),
    complete: () => {},
  };
  let count = 0;
  const takeReads = () => {
    count += 1;
    return [`line ${count}`];
  };
  shared.join('key', { ...toSource(source.start), takeReads }, reader);
  await settle();
  await source.emit(1);
  await source.emit(2);
  shared.join('key', toSource(neverStarted), reader);
  assert.deepEqual(seen, [
    ['1', ['line 1']],
    ['2', ['line 2']],
    ['2', ['line 2']],
  ]);
});

test('the end reaches every reader once', async () => {
  const { shared, source } = openShared();
  const readings = [
    await joined(shared, 'key', source.start),
    await joined(shared, 'key', neverStarted),
  ];
  await source.emit({ data: 1 });
  await source.end();
  for (const { told } of readings) assert.deepEqual(told, ['{"data":1}', 'complete']);
  assert.equal(shared.countRunning(), 0);
  assert.equal(shared.has('key'), false);
});

test('an operation that has ended is begun anew for the next reader', async () => {
  const { shared, source } = openShared();
  await joined(shared, 'key', source.start);
  await source.emit({ data: 'old' });
  await source.end();
  const later = await joined(shared, 'key', source.start);
  assert.equal(source.counts.started, 2);
  assert.deepEqual(later.told, []);
  await source.emit({ data: 'new' });
  assert.deepEqual(later.told, ['{"data":"new"}']);
});

test('the execution stops when the last reader leaves, and not before', async () => {
  const { shared, source } = openShared();
  const first = await joined(shared, 'key', source.start);
  const second = await joined(shared, 'key', neverStarted);
  first.leave();
  await source.emit({ data: 1 });
  assert.equal(source.counts.left, 0);
  assert.deepEqual(second.told, ['{"data":1}']);
  second.leave();
  await settle();
  assert.equal(source.counts.left, 1);
  assert.equal(shared.countRunning(), 0);
});

test('leaving twice leaves once', async () => {
  const { shared, source } = openShared();
  const first = await joined(shared, 'key', source.start);
  const second = await joined(shared, 'key', neverStarted);
  first.leave();
  first.leave();
  await source.emit({ data: 1 });
  assert.equal(source.counts.left, 0);
  assert.deepEqual(second.told, ['{"data":1}']);
});

test('an operation that everybody left while it began is stopped once it has', async () => {
  const { shared, source } = openShared();
  const beginning = Promise.withResolvers<void>();
  const reading = createReading();
  const { leave } = shared.join(
    'key',
    toSource(async () => {
      await beginning.promise;
      return source.start();
    }),
    reading,
  );
  await settle();
  leave();
  beginning.resolve();
  await settle();
  assert.equal(source.counts.left, 1);
  assert.equal(shared.countRunning(), 0);
  assert.deepEqual(reading.told, []);
});

test('a reader that comes while an abandoned operation begins gets a running one', async () => {
  const { shared, source } = openShared();
  const abandoned = Promise.withResolvers<Results>();
  const first = shared.join(
    'key',
    toSource(() => abandoned.promise),
    createReading(),
  );
  first.leave();
  const reading = await joined(shared, 'key', source.start);
  abandoned.resolve({ data: 'of the abandoned' });
  await settle();
  await source.emit({ data: 1 });
  assert.deepEqual(reading.told, ['{"data":1}']);
  assert.equal(shared.has('key'), true);
});

test('nothing reaches a reader after it left', async () => {
  const { shared, source } = openShared();
  const left = await joined(shared, 'key', source.start);
  await joined(shared, 'key', neverStarted);
  left.leave();
  await source.emit({ data: 1 });
  await source.end();
  assert.deepEqual(left.told, []);
});

test('a reader that leaves in the middle of a result keeps nobody from it', async () => {
  const { shared, source } = openShared();
  let leave = () => {};
  const told: string[] = [];
  ({ leave } = shared.join('key', toSource(source.start), {
    next: ({ text }) => {
      told.push(text);
      leave();
    },
    complete: () => {},
  }));
  const other = await joined(shared, 'key', neverStarted);
  await source.emit({ data: 1 });
  await source.emit({ data: 2 });
  assert.deepEqual(told, ['{"data":1}']);
  assert.deepEqual(other.told, ['{"data":1}', '{"data":2}']);
});

test('an operation that can not begin tells its one result to all, and ends', async () => {
  const { shared } = openShared();
  const refused = async () => ({ errors: [{ message: 'There is no such flow.' }] });
  const readings = [createReading(), createReading()];
  for (const reading of readings) shared.join('key', toSource(refused), reading);
  await settle();
  const text = '{"errors":[{"message":"There is no such flow."}]}';
  for (const { told } of readings) assert.deepEqual(told, [text, 'complete']);
  assert.equal(shared.countRunning(), 0);
});

test('the last result is forgotten after 30 seconds, and who comes then begins anew', async () => {
  const { clock, shared } = openShared();
  const [one, other] = [createSource(), createSource()];
  const early = await joined(shared, 'key', one.start);
  await one.emit({ data: 'early' });
  await clock.advance(29_999);
  assert.equal(shared.has('key'), true);
  await clock.advance(1);
  assert.equal(shared.has('key'), false);

  const late = await joined(shared, 'key', other.start);
  assert.deepEqual(late.told, []);
  await one.emit({ data: 'news' });
  await other.emit({ data: 'news' });
  assert.deepEqual(early.told, ['{"data":"early"}', '{"data":"news"}']);
  assert.deepEqual(late.told, ['{"data":"news"}']);
});

test('each result is kept for 30 seconds of its own', async () => {
  const { clock, shared, source } = openShared();
  await joined(shared, 'key', source.start);
  await source.emit({ data: 1 });
  await clock.advance(20_000);
  await source.emit({ data: 2 });
  await clock.advance(20_000);
  const late = await joined(shared, 'key', neverStarted);
  assert.deepEqual(late.told, ['{"data":2}']);
});

test('an operation that is over leaves no timer behind', async () => {
  const { clock, shared, source } = openShared();
  const { leave } = await joined(shared, 'key', source.start);
  await source.emit({ data: 1 });
  assert.equal(clock.countTimers(), 1);
  leave();
  await settle();
  assert.equal(clock.countTimers(), 0);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConflatingQueue } from '../../src/live/conflating-queue.ts';

test('the newest value takes the place of those nobody read', async () => {
  const { iterator, push } = createConflatingQueue<number>(() => {});
  for (let value = 1; value <= 1_000; value += 1) push(value);
  assert.deepEqual(await iterator.next(), { value: 1_000, done: false });
});

test('a value that was read does not come again', async () => {
  const { iterator, push } = createConflatingQueue<number>(() => {});
  push(1);
  await iterator.next();
  const next = iterator.next();
  push(2);
  assert.deepEqual(await next, { value: 2, done: false });
});

test('a reader that waits is handed the value at once', async () => {
  const { iterator, push } = createConflatingQueue<string>(() => {});
  const next = iterator.next();
  push('news');
  assert.deepEqual(await next, { value: 'news', done: false });
});

test('the end comes behind the last value', async () => {
  const { iterator, push, end } = createConflatingQueue<number>(() => {});
  push(1);
  push(2);
  end();
  assert.deepEqual(await iterator.next(), { value: 2, done: false });
  assert.deepEqual(await iterator.next(), { value: undefined, done: true });
  assert.deepEqual(await iterator.next(), { value: undefined, done: true });
});

test('a failure comes behind the last value, once', async () => {
  const { iterator, push, end } = createConflatingQueue<number>(() => {});
  push(1);
  end(new Error('out of reach'));
  assert.deepEqual(await iterator.next(), { value: 1, done: false });
  await assert.rejects(iterator.next(), { message: 'out of reach' });
  assert.deepEqual(await iterator.next(), { value: undefined, done: true });
});

test('nothing is taken after the end, and the first end stands', async () => {
  const { iterator, push, end } = createConflatingQueue<number>(() => {});
  end();
  push(1);
  end(new Error('too late'));
  assert.deepEqual(await iterator.next(), { value: undefined, done: true });
});

test('a reader that leaves is told of once, however often it leaves', async () => {
  let left = 0;
  const { iterator } = createConflatingQueue<number>(() => {
    left += 1;
  });
  assert.deepEqual(await iterator.return?.(), { value: undefined, done: true });
  await iterator.return?.();
  assert.equal(left, 1);
});

test('a reader that read to the end has left', async () => {
  let left = 0;
  const { iterator, end } = createConflatingQueue<number>(() => {
    left += 1;
  });
  end();
  assert.equal(left, 0);
  await iterator.next();
  await iterator.next();
  await iterator.return?.();
  assert.equal(left, 1);
});

test('leaving ends the wait, and what came or comes is not read', async () => {
  const { iterator, push } = createConflatingQueue<number>(() => {});
  const next = iterator.next();
  await iterator.return?.();
  push(1);
  assert.deepEqual(await next, { value: undefined, done: true });
  assert.deepEqual(await iterator.next(), { value: undefined, done: true });
});

test('a reader that left gets no later failure', async () => {
  const { iterator, push, end } = createConflatingQueue<number>(() => {});
  push(1);
  end(new Error('out of reach'));
  await iterator.return?.();
  assert.deepEqual(await iterator.next(), { value: undefined, done: true });
});

test('two questions at once share one answer, and the next gets the next', async () => {
  const { iterator, push } = createConflatingQueue<number>(() => {});
  const [one, other] = [iterator.next(), iterator.next()];
  push(1);
  push(2);
  assert.deepEqual(await Promise.all([one, other]), [
    { value: 1, done: false },
    { value: 1, done: false },
  ]);
  assert.deepEqual(await iterator.next(), { value: 2, done: false });
});

test('a writer is never held up, and never fails, by a reader that never reads', async () => {
  const { iterator, push, end } = createConflatingQueue<number>(() => {});
  for (let value = 1; value <= 100_000; value += 1) assert.equal(push(value), undefined);
  assert.equal(end(new Error('out of reach')), undefined);
  assert.deepEqual(await iterator.next(), { value: 100_000, done: false });
});

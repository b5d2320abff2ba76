import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOutlet } from '../../../src/server/streaming/outlet.ts';

/** An outlet to a peer that takes a text when the test says so. */
function openOutlet() {
  const sent: string[] = [];
  const untaken: (() => void)[] = [];
  const outlet = createOutlet((text, onSent) => {
    sent.push(text);
    untaken.push(onSent);
  });
  return { outlet, sent, take: () => untaken.shift()?.() };
}

test('a text leaves at once when nothing is on its way', () => {
  const { outlet, sent } = openOutlet();
  outlet.offer('one');
  assert.deepEqual(sent, ['one']);
});

test('a peer that takes every text misses none', () => {
  const { outlet, sent, take } = openOutlet();
  for (const text of ['one', 'two', 'three']) {
    outlet.offer(text);
    take();
  }
  assert.deepEqual(sent, ['one', 'two', 'three']);
});

test('of what comes while a text is on its way, only the newest is sent', () => {
  const { outlet, sent, take } = openOutlet();
  outlet.offer('one');
  for (let count = 0; count < 10_000; count += 1) outlet.offer(`text ${count}`);
  assert.deepEqual(sent, ['one']);
  take();
  assert.deepEqual(sent, ['one', 'text 9999']);
  take();
  assert.deepEqual(sent, ['one', 'text 9999']);
});

test('the last text goes behind what waits, and takes the place of nothing', () => {
  const { outlet, sent, take } = openOutlet();
  let isDone = false;
  outlet.offer('one');
  outlet.offer('two');
  outlet.end('end', () => {
    isDone = true;
  });
  take();
  take();
  assert.deepEqual(sent, ['one', 'two', 'end']);
  assert.equal(isDone, false);
  take();
  assert.equal(isDone, true);
});

test('the last text leaves at once when nothing waits', () => {
  const { outlet, sent } = openOutlet();
  outlet.end('end');
  assert.deepEqual(sent, ['end']);
});

test('a peer that takes nothing is sent one text and no more', () => {
  const { outlet, sent } = openOutlet();
  for (const text of ['one', 'two', 'three']) outlet.offer(text);
  outlet.end('end');
  assert.deepEqual(sent, ['one']);
});

test('a waiting message is never sent after the sender is cancelled', () => {
  const { outlet, sent, take } = openOutlet();
  let isDone = false;
  outlet.offer('one');
  outlet.offer('two');
  outlet.end('end', () => {
    isDone = true;
  });
  outlet.drop();
  take();
  assert.deepEqual(sent, ['one']);
  assert.equal(isDone, false);
});

test('a dropped outlet takes nothing more', () => {
  const { outlet, sent } = openOutlet();
  outlet.drop();
  outlet.offer('one');
  outlet.end('end');
  assert.deepEqual(sent, []);
});

test('a peer that takes a text while it is sent gets the next ones in order', () => {
  const sent: string[] = [];
  const outlet = createOutlet((text, onSent) => {
    sent.push(text);
    onSent();
  });
  outlet.offer('one');
  outlet.offer('two');
  outlet.end('end');
  assert.deepEqual(sent, ['one', 'two', 'end']);
});

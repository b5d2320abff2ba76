import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startLanding } from '../../src/sandbox/landing.ts';
import { createSchedule } from '../../src/sandbox/schedule.ts';
import { createHandClock, type HandClock } from '../support/sandbox/hand-clock.ts';

function startWith(clock: HandClock, things: readonly number[]) {
  const events: (number | string)[] = [];
  const schedule = createSchedule(clock);
  startLanding({
    clock,
    schedule,
    items: things,
    overMs: 1000,
    land: (thing) => events.push(thing),
    finished: () => events.push('finished'),
  });
  return { events, schedule };
}

test('things land evenly and in order, and the end follows the last', () => {
  const clock = createHandClock();
  const { events } = startWith(clock, [1, 2, 3]);
  clock.advance(333);
  assert.deepEqual(events, []);
  clock.advance(1);
  assert.deepEqual(events, [1]);
  clock.advance(333);
  assert.deepEqual(events, [1, 2]);
  clock.advance(333);
  assert.deepEqual(events, [1, 2, 3, 'finished']);
});

test('nothing to land is the end at once', () => {
  assert.deepEqual(startWith(createHandClock(), []).events, ['finished']);
});

test('more things than milliseconds land in the same time', () => {
  const clock = createHandClock();
  const { events } = startWith(
    clock,
    Array.from({ length: 5000 }, (_, place) => place),
  );
  clock.advance(500);
  assert.equal(events.length, 2500);
  clock.advance(500);
  assert.equal(events.length, 5001);
});

test('a cancelled landing does not happen', () => {
  const clock = createHandClock();
  const { events, schedule } = startWith(clock, [1, 2]);
  clock.advance(500);
  schedule.cancelAll();
  clock.advance(5000);
  assert.deepEqual(events, [1]);
});

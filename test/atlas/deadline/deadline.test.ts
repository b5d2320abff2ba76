import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancellation } from '../../../src/atlas/deadline/cancellation.ts';
import { createDeadlines, type Waiter } from '../../../src/atlas/deadline/deadline.ts';
import { createFakeClock } from '../../support/live/fake-clock.ts';

/** Deadlines of a second, on a clock turned by hand. */
function openDeadlines() {
  const clock = createFakeClock();
  const startDeadline = createDeadlines({
    timeoutMs: 1_000,
    now: clock.monotonicMs,
    after: clock.after,
  });
  const told: string[] = [];
  /** One who waits, and notes what it is told. */
  const toWaiter = (name = ''): Waiter => ({ end: (over) => void told.push(`${name}${over}`) });
  return { clock, startDeadline, told, toWaiter };
}

test('a deadline costs no timer until something waits, and one for all that do', () => {
  const { clock, startDeadline, toWaiter } = openDeadlines();
  const deadline = startDeadline();
  assert.equal(clock.countTimers(), 0);
  const waiters = [toWaiter(), toWaiter()];
  for (const waiter of waiters) deadline.onOver(waiter);
  assert.equal(clock.countTimers(), 1);
  for (const waiter of waiters) deadline.offOver(waiter);
  assert.equal(clock.countTimers(), 0);
});

test('what waits later in an operation ends when the operation does', async () => {
  const { clock, startDeadline, told, toWaiter } = openDeadlines();
  const deadline = startDeadline();
  const waiter = toWaiter();
  deadline.onOver(waiter);
  deadline.offOver(waiter);
  await clock.advance(600);
  assert.equal(deadline.leftMs(), 400);
  deadline.onOver(waiter);
  await clock.advance(399);
  assert.deepEqual(told, []);
  await clock.advance(1);
  assert.deepEqual(told, ['late']);
  assert.deepEqual([deadline.leftMs(), deadline.over()], [0, 'late']);
});

test('who has gone is told of once, and no lateness after it', async () => {
  const { clock, startDeadline, told, toWaiter } = openDeadlines();
  const caller = new Cancellation();
  const deadline = startDeadline({ gone: caller });
  deadline.onOver(toWaiter());
  caller.cancel();
  await clock.advance(1_000);
  assert.deepEqual([told, deadline.over(), deadline.leftMs()], [['gone'], 'gone', 0]);
  assert.equal(clock.countTimers(), 0);
});

test('who waits when it is over is told at once', async () => {
  const { clock, startDeadline, told, toWaiter } = openDeadlines();
  const deadline = startDeadline();
  await clock.advance(1_000);
  deadline.onOver(toWaiter());
  startDeadline({ gone: toCancelled() }).onOver(toWaiter());
  assert.deepEqual(told, ['late', 'gone']);
  assert.equal(clock.countTimers(), 0);
});

test('who takes it back while the others are told is not told', () => {
  const { startDeadline, told, toWaiter } = openDeadlines();
  const caller = new Cancellation();
  const deadline = startDeadline({ gone: caller });
  const [first, second] = [toWaiter('first '), toWaiter('second ')];
  deadline.onOver({
    end(over) {
      first.end(over);
      deadline.offOver(second);
    },
  });
  deadline.onOver(second);
  caller.cancel();
  assert.deepEqual(told, ['first gone']);
});

function toCancelled(): Cancellation {
  const cancelled = new Cancellation();
  cancelled.cancel();
  return cancelled;
}

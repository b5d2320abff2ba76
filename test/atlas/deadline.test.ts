import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancellation } from '../../src/atlas/cancellation.ts';
import { createDeadlines } from '../../src/atlas/deadline.ts';
import { createFakeClock } from '../live/fake-clock.ts';

/** Deadlines of a second, on a clock turned by hand. */
function openDeadlines() {
  const clock = createFakeClock();
  const startDeadline = createDeadlines({ timeoutMs: 1_000, now: clock.now, after: clock.after });
  const told: string[] = [];
  return { clock, startDeadline, told, tell: (over: string) => void told.push(over) };
}

test('a deadline costs no timer until something waits, and one for all that do', () => {
  const { clock, startDeadline, tell } = openDeadlines();
  const deadline = startDeadline();
  assert.equal(clock.countTimers(), 0);
  const forgets = [deadline.onOver(tell), deadline.onOver((over) => tell(over))];
  assert.equal(clock.countTimers(), 1);
  for (const forget of forgets) forget();
  assert.equal(clock.countTimers(), 0);
});

test('what waits later in an operation ends when the operation does', async () => {
  const { clock, startDeadline, told, tell } = openDeadlines();
  const deadline = startDeadline();
  deadline.onOver(tell)();
  await clock.advance(600);
  assert.equal(deadline.leftMs(), 400);
  deadline.onOver(tell);
  await clock.advance(399);
  assert.deepEqual(told, []);
  await clock.advance(1);
  assert.deepEqual(told, ['late']);
  assert.deepEqual([deadline.leftMs(), deadline.over()], [0, 'late']);
});

test('who has gone is told of once, and no lateness after it', async () => {
  const { clock, startDeadline, told, tell } = openDeadlines();
  const caller = new Cancellation();
  const deadline = startDeadline({ gone: caller });
  deadline.onOver(tell);
  caller.cancel();
  await clock.advance(1_000);
  assert.deepEqual([told, deadline.over(), deadline.leftMs()], [['gone'], 'gone', 0]);
  assert.equal(clock.countTimers(), 0);
});

test('who waits when it is over is told at once', async () => {
  const { clock, startDeadline, told, tell } = openDeadlines();
  const deadline = startDeadline();
  await clock.advance(1_000);
  deadline.onOver(tell)();
  startDeadline({ gone: toCancelled() }).onOver(tell);
  assert.deepEqual(told, ['late', 'gone']);
  assert.equal(clock.countTimers(), 0);
});

test('who takes it back while the others are told is not told', () => {
  const { startDeadline, told, tell } = openDeadlines();
  const caller = new Cancellation();
  const deadline = startDeadline({ gone: caller });
  let forget = () => {};
  deadline.onOver((over) => {
    tell(`first ${over}`);
    forget();
  });
  forget = deadline.onOver((over) => tell(`second ${over}`));
  caller.cancel();
  assert.deepEqual(told, ['first gone']);
});

function toCancelled(): Cancellation {
  const cancelled = new Cancellation();
  cancelled.cancel();
  return cancelled;
}

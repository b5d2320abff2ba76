import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type BreakerState,
  type CallOutcome,
  createBreaker,
} from '../../../src/atlas/resilience/breaker.ts';

/** A breaker on a clock turned by hand. */
function openBreaker() {
  const clock = { now: 1_000_000 };
  const turns: string[] = [];
  const breaker = createBreaker({
    now: () => clock.now,
    wallNow: () => clock.now,
    onChange: (from, to) => turns.push(`${from} ${to}`),
  });
  /** Lets so many calls pass that end so. */
  function pass(count: number, verdict: CallOutcome): void {
    for (let call = 0; call < count; call += 1) {
      const admitted = breaker.admit();
      assert.ok(admitted, 'a call was not let through');
      breaker.settle(admitted, verdict);
    }
  }
  return { clock, breaker, turns, pass };
}

/** One that has just opened. */
function openOpen() {
  const open = openBreaker();
  open.pass(10, 'failure');
  assert.equal(open.breaker.state(), 'OPEN');
  return open;
}

const rows: readonly {
  says: string;
  calls: readonly [number, CallOutcome][];
  state: BreakerState;
}[] = [
  { says: 'ten bad calls open it', calls: [[10, 'failure']], state: 'OPEN' },
  { says: 'nine say too little', calls: [[9, 'failure']], state: 'CLOSED' },
  {
    says: 'five bad among ten open it',
    calls: [
      [5, 'success'],
      [5, 'failure'],
    ],
    state: 'OPEN',
  },
  {
    says: 'four bad among ten do not',
    calls: [
      [6, 'success'],
      [4, 'failure'],
    ],
    state: 'CLOSED',
  },
  {
    says: 'what says nothing is not counted',
    calls: [
      [100, 'ignored'],
      [9, 'failure'],
    ],
    state: 'CLOSED',
  },
];
for (const { says, calls, state } of rows) {
  test(`${says}`, () => {
    const { breaker, pass } = openBreaker();
    for (const [count, verdict] of calls) pass(count, verdict);
    assert.equal(breaker.state(), state);
  });
}

test('bad calls of long ago are forgotten', () => {
  const { breaker, clock, pass } = openBreaker();
  pass(9, 'failure');
  clock.now += 20_000;
  pass(9, 'failure');
  assert.equal(breaker.state(), 'CLOSED');
});

test('nothing passes while it is open, and it says for how long', () => {
  const { breaker, clock } = openOpen();
  assert.equal(breaker.admit(), null);
  assert.equal(breaker.waitMs(), 5_000);
  clock.now += 4_999;
  assert.equal(breaker.admit(), null);
  assert.equal(breaker.waitMs(), 1);
});

test('one call passes to see whether Atlas is back, and no second beside it', () => {
  const { breaker, clock } = openOpen();
  clock.now += 5_000;
  assert.equal(breaker.admit(), 'probe');
  assert.equal(breaker.state(), 'HALF_OPEN');
  assert.equal(breaker.admit(), null);
  assert.ok(breaker.waitMs() > 0);
});

test('a probe that ends well closes it, and what was bad is forgotten', () => {
  const { breaker, clock, pass, turns } = openOpen();
  clock.now += 5_000;
  pass(1, 'success');
  assert.equal(breaker.state(), 'CLOSED');
  assert.equal(breaker.since(), clock.now);
  pass(9, 'failure');
  assert.equal(breaker.state(), 'CLOSED');
  assert.deepEqual(turns, ['CLOSED OPEN', 'OPEN HALF_OPEN', 'HALF_OPEN CLOSED']);
});

test('each probe that fails doubles the wait, up to half a minute', () => {
  const { breaker, clock, pass } = openOpen();
  const waits: number[] = [];
  for (let probe = 0; probe < 5; probe += 1) {
    waits.push(breaker.waitMs());
    clock.now += breaker.waitMs();
    pass(1, 'failure');
  }
  assert.deepEqual(waits, [5_000, 10_000, 20_000, 30_000, 30_000]);
});

test('after it was closed the first wait is short again', () => {
  const { breaker, clock, pass } = openOpen();
  clock.now += 5_000;
  pass(1, 'failure');
  clock.now += 10_000;
  pass(1, 'success');
  pass(10, 'failure');
  assert.equal(breaker.waitMs(), 5_000);
});

test('a probe that was broken off is followed by another at once', () => {
  const { breaker, clock, pass } = openOpen();
  clock.now += 5_000;
  pass(1, 'ignored');
  assert.equal(breaker.state(), 'OPEN');
  assert.equal(breaker.admit(), 'probe');
});

test('a call that passed before the breaker opened neither closes it nor keeps it open', () => {
  const { breaker, clock, pass } = openBreaker();
  const [late, later] = [breaker.admit(), breaker.admit()];
  pass(10, 'failure');
  assert.ok(late && later);
  breaker.settle(late, 'success');
  assert.equal(breaker.state(), 'OPEN');
  clock.now += 5_000;
  breaker.settle(later, 'failure');
  assert.equal(breaker.waitMs(), 0);
});

test('a readiness check that is answered closes it, and one that fails lengthens nothing', () => {
  const { breaker, clock } = openOpen();
  for (let check = 0; check < 20; check += 1) breaker.settle('check', 'failure');
  assert.deepEqual([breaker.state(), breaker.waitMs()], ['OPEN', 5_000]);
  clock.now += 5_000;
  assert.equal(breaker.admit(), 'probe');
  breaker.settle('check', 'failure');
  assert.equal(breaker.state(), 'HALF_OPEN');
  breaker.settle('check', 'success');
  // The probe ends after the check, and says what is known better.
  breaker.settle('probe', 'failure');
  assert.equal(breaker.state(), 'CLOSED');
});

test('readiness checks are not among the calls that are counted', () => {
  const { breaker, pass } = openBreaker();
  for (let check = 0; check < 100; check += 1) breaker.settle('check', 'failure');
  assert.equal(breaker.state(), 'CLOSED');
  for (let check = 0; check < 100; check += 1) breaker.settle('check', 'success');
  pass(9, 'failure');
  assert.equal(breaker.state(), 'CLOSED');
  pass(1, 'failure');
  assert.equal(breaker.state(), 'OPEN');
});

test('after any history a call passes once the open time is over', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          passesMs: fc.nat({ max: 10_000 }),
          verdict: fc.constantFrom<CallOutcome>('success', 'failure', 'failure', 'ignored'),
        }),
        { maxLength: 200 },
      ),
      (calls) => {
        const { breaker, clock } = openBreaker();
        for (const { passesMs, verdict } of calls) {
          clock.now += passesMs;
          const waitMs = breaker.waitMs();
          const pass = breaker.admit();
          assert.equal(pass === null, waitMs > 0);
          if (pass !== null) breaker.settle(pass, verdict);
          assert.notEqual(breaker.state(), 'HALF_OPEN');
        }
        clock.now += breaker.waitMs();
        assert.notEqual(breaker.admit(), null);
      },
    ),
  );
});

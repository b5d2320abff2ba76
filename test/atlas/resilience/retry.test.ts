import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AtlasError } from '../../../src/atlas/api/errors.ts';
import {
  type FailedAttempt,
  leastUsefulMs,
  type RetryReason,
  toAttemptTimeoutMs,
  toRetryDelayMs,
  toRetryReason,
} from '../../../src/atlas/resilience/retry.ts';
import { createRetryBudget } from '../../../src/atlas/resilience/retry-budget.ts';
import { TransportError } from '../../../src/atlas/transport/http-exchange.ts';
import { tenantNamed } from '../../support/atlas/open-client.ts';

const read: FailedAttempt = {
  reason: '503',
  isRepeatable: true,
  tries: 1,
  leftMs: 15_000,
  retryAfterMs: undefined,
  random: 0.5,
};
const write: FailedAttempt = { ...read, isRepeatable: false };

const decisions: readonly { says: string; given: FailedAttempt; delayMs: number | null }[] = [
  ...(['connect', 'reset', 'silence', '429', '500', '502', '503', '504'] as const).map(
    (reason) => ({
      says: `a read that met ${reason} is made again`,
      given: { ...read, reason },
      delayMs: 50,
    }),
  ),
  ...(['connect', '429'] as const).map((reason) => ({
    says: `a write that met ${reason} was not done, and is made again`,
    given: { ...write, reason },
    delayMs: 50,
  })),
  ...(['reset', 'silence', '500', '502', '503', '504'] as const).map((reason) => ({
    says: `a write that met ${reason} is never made again`,
    given: { ...write, reason },
    delayMs: null,
  })),
  { says: 'no chance is no pause', given: { ...read, random: 0 }, delayMs: 0 },
  { says: 'the second pause may be twice as long', given: { ...read, tries: 2 }, delayMs: 100 },
  { says: 'a third failure is the last', given: { ...read, tries: 3 }, delayMs: null },
  {
    says: 'what Atlas asks for is waited for, and the jitter behind it',
    given: { ...read, retryAfterMs: 2_000 },
    delayMs: 2_050,
  },
  {
    says: 'a write that was one too many waits as long as Atlas asks',
    given: { ...write, reason: '429', retryAfterMs: 2_000 },
    delayMs: 2_050,
  },
  {
    says: 'what Atlas asks for is not cut to what is left',
    given: { ...read, retryAfterMs: 15_000 },
    delayMs: null,
  },
  {
    says: 'a try that just has the least useful time is begun',
    given: { ...read, leftMs: 50 + leastUsefulMs },
    delayMs: 50,
  },
  {
    says: 'a try that would have less is not',
    given: { ...read, leftMs: 49 + leastUsefulMs },
    delayMs: null,
  },
  { says: 'nothing follows the deadline', given: { ...read, leftMs: 0, random: 0 }, delayMs: null },
];
for (const { says, given, delayMs } of decisions) {
  test(`${says}`, () => {
    assert.equal(toRetryDelayMs(given), delayMs);
  });
}

test('no pause outlasts the deadline, cuts what Atlas asked for, or follows a third try', () => {
  fc.assert(
    fc.property(
      fc.record({
        reason: fc.constantFrom<RetryReason>('connect', 'reset', 'silence', '429', '500', '503'),
        isRepeatable: fc.boolean(),
        tries: fc.integer({ min: 1, max: 10 }),
        leftMs: fc.integer({ min: -100, max: 60_000 }),
        retryAfterMs: fc.option(fc.integer({ min: 0, max: 120_000 }), { nil: undefined }),
        random: fc.double({ min: 0, max: 0.999, noNaN: true }),
      }),
      (failed) => {
        const delayMs = toRetryDelayMs(failed);
        if (delayMs === null) return;
        assert.ok(delayMs + leastUsefulMs <= failed.leftMs);
        assert.ok(delayMs >= (failed.retryAfterMs ?? 0));
        assert.ok(failed.tries < 3);
      },
    ),
  );
});

const lost = (neverSent: boolean, isTimeout: boolean) => ({
  cause: new TransportError(neverSent, isTimeout, undefined),
});
const ends: readonly [string, { status?: number; cause?: unknown }, RetryReason | null][] = [
  ['a 429', { status: 429 }, '429'],
  ['a 500', { status: 500 }, '500'],
  ['a 502', { status: 502 }, '502'],
  ['a 503', { status: 503 }, '503'],
  ['a 504', { status: 504 }, '504'],
  ['no connection', lost(true, false), 'connect'],
  ['a broken connection', lost(false, false), 'reset'],
  ['no answer in time', lost(false, true), 'silence'],
  ['a 400', { status: 400 }, null],
  ['a 401', { status: 401 }, null],
  ['a 422', { status: 422 }, null],
  ['a 501', { status: 501 }, null],
  ['a 200 that can not be read', { status: 200 }, null],
  ['a fault of our own', { cause: new Error('below') }, null],
];
for (const [what, details, reason] of ends) {
  test(`${what} is ${reason === null ? 'no reason' : 'a reason'} to ask again`, () => {
    const error = new AtlasError({ endpoint: 'flowStatus', failure: 'unavailable', ...details });
    assert.equal(toRetryReason(error), reason);
  });
}

const patience: readonly [string, Parameters<typeof toAttemptTimeoutMs>[0], number | null][] = [
  ['the first try of a read has half the time', { isQuick: true, tries: 1, leftMs: 8_000 }, 4_000],
  ['a later try has all the time', { isQuick: true, tries: 2, leftMs: 8_000 }, null],
  ['what is work for Atlas has all the time', { isQuick: false, tries: 1, leftMs: 8_000 }, null],
  [
    'a try that just leaves room for another is given up',
    { isQuick: true, tries: 1, leftMs: 1_000 },
    500,
  ],
  ['a try that leaves room for none is not', { isQuick: true, tries: 1, leftMs: 999 }, null],
];
for (const [says, given, patienceMs] of patience) {
  test(says, () => {
    assert.equal(toAttemptTimeoutMs(given), patienceMs);
  });
}

const acme = tenantNamed('acme');
const bolt = tenantNamed('bolt');
const origin = 'http://atlas.example';

/** A budget of `calls` calls, and how many tries more it gives leave for until it is spent. */
function openBudget(calls: number) {
  const clock = { now: 1_000_000 };
  const budget = createRetryBudget(() => clock.now);
  for (let call = 0; call < calls; call += 1) budget.recordCall(acme, origin);
  const countLeft = (tenant = acme, at = origin) => {
    let left = 0;
    while (left < 10_000 && budget.tryTake(tenant, at)) left += 1;
    return left;
  };
  return { clock, budget, countLeft };
}

test('a tenth of many calls may be made again', () => {
  assert.equal(openBudget(1_000).countLeft(), 100);
});

test('ten may be made again however few calls there are', () => {
  assert.equal(openBudget(1).countLeft(), 10);
});

test('the budget of ten seconds comes back when they are over', () => {
  const { clock, countLeft } = openBudget(1_000);
  countLeft();
  clock.now += 8_000;
  assert.equal(countLeft(), 0);
  clock.now += 3_000;
  assert.equal(countLeft(), 10);
});

test('a tenant that has spent its budget leaves that of others, and of other origins, alone', () => {
  const { countLeft } = openBudget(1_000);
  countLeft();
  assert.equal(countLeft(bolt), 10);
  assert.equal(countLeft(acme, 'http://docstream.example'), 10);
});

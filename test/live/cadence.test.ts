import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CadenceInput, safetyNetMs, toNextDelayMs } from '../../src/live/cadence.ts';
import { createDurations } from '../../src/live/durations.ts';
import { toTenantId } from '../support/tenant-id.ts';

const acme = toTenantId('acme');
const globex = toTenantId('globex');

/** A flow nobody calls back for, that runs, of which nothing else is known; chance is in the middle. */
const running: CadenceInput = {
  intervalMs: 5_000,
  callbacks: 'none',
  isDetailed: false,
  quietMs: 0,
  sinceUploadMs: null,
  usualMs: null,
  failures: 0,
  random: 0.5,
};

interface Row {
  readonly says: string;
  readonly given: Partial<CadenceInput>;
  readonly delayMs: number;
}

const table: readonly Row[] = [
  { says: 'without callbacks: the interval', given: {}, delayMs: 5_000 },
  {
    says: 'callbacks only promised: the interval',
    given: { callbacks: 'promised' },
    delayMs: 5_000,
  },
  { says: 'callbacks proven: a minute', given: { callbacks: 'proven' }, delayMs: 60_000 },
  {
    says: 'callbacks proven, and an interval longer than a minute: the interval',
    given: { callbacks: 'proven', intervalMs: 90_000 },
    delayMs: 90_000,
  },
  {
    says: 'callbacks proven, however long nothing changed: a minute',
    given: { callbacks: 'proven', quietMs: 3_600_000 },
    delayMs: 60_000,
  },

  { says: 'just uploaded: half', given: { sinceUploadMs: 0 }, delayMs: 2_500 },
  { says: 'six intervals less a blink: half', given: { sinceUploadMs: 29_999 }, delayMs: 2_500 },
  { says: 'six intervals after: whole', given: { sinceUploadMs: 30_000 }, delayMs: 5_000 },
  {
    says: 'just uploaded, callbacks proven: half, as no callback tells of the stages',
    given: { sinceUploadMs: 0, callbacks: 'proven' },
    delayMs: 2_500,
  },
  {
    says: 'uploaded long ago, callbacks proven: a minute',
    given: { sinceUploadMs: 30_000, callbacks: 'proven' },
    delayMs: 60_000,
  },
  {
    says: 'more uploaded to a flow that was quiet: half',
    given: { sinceUploadMs: 1_000, quietMs: 3_600_000 },
    delayMs: 2_500,
  },

  {
    says: 'long before the usual end: whole',
    given: { sinceUploadMs: 40_000, usualMs: 60_000 },
    delayMs: 5_000,
  },
  {
    says: 'two intervals before the usual end: whole',
    given: { sinceUploadMs: 50_000, usualMs: 60_000 },
    delayMs: 5_000,
  },
  {
    says: 'nearer to the usual end: half',
    given: { sinceUploadMs: 50_001, usualMs: 60_000 },
    delayMs: 2_500,
  },
  {
    says: 'a little later than usual: half',
    given: { sinceUploadMs: 69_999, usualMs: 60_000 },
    delayMs: 2_500,
  },
  {
    says: 'much later than usual: whole',
    given: { sinceUploadMs: 70_000, usualMs: 60_000 },
    delayMs: 5_000,
  },
  {
    says: 'near the usual end with callbacks proven: half, as a callback may be lost',
    given: { sinceUploadMs: 60_000, usualMs: 60_000, callbacks: 'proven' },
    delayMs: 2_500,
  },
  {
    says: 'a usual end, but no known upload: whole',
    given: { sinceUploadMs: null, usualMs: 60_000 },
    delayMs: 5_000,
  },

  { says: 'twenty quiet intervals: whole', given: { quietMs: 100_000 }, delayMs: 5_000 },
  { says: 'more than twenty: twice', given: { quietMs: 100_001 }, delayMs: 10_000 },
  { says: 'a hundred: twice', given: { quietMs: 500_000 }, delayMs: 10_000 },
  { says: 'more than a hundred: four times', given: { quietMs: 500_001 }, delayMs: 20_000 },
  { says: 'a day: four times', given: { quietMs: 86_400_000 }, delayMs: 20_000 },

  { says: 'documents wanted: the interval', given: { isDetailed: true }, delayMs: 5_000 },
  {
    says: 'documents wanted, callbacks proven: the interval, as none tells of documents',
    given: { isDetailed: true, callbacks: 'proven' },
    delayMs: 5_000,
  },
  {
    says: 'documents wanted of a quiet flow: slower with age all the same',
    given: { isDetailed: true, quietMs: 500_001 },
    delayMs: 20_000,
  },
  {
    says: 'documents wanted, just uploaded: half',
    given: { isDetailed: true, sinceUploadMs: 1 },
    delayMs: 2_500,
  },

  { says: 'one failure: twice the interval', given: { failures: 1 }, delayMs: 10_000 },
  { says: 'two: four times', given: { failures: 2 }, delayMs: 20_000 },
  { says: 'three: eight times', given: { failures: 3 }, delayMs: 40_000 },
  { says: 'four: a minute, and no more', given: { failures: 4 }, delayMs: 60_000 },
  { says: 'ever so many: a minute', given: { failures: 5_000 }, delayMs: 60_000 },
  {
    says: 'failures with an interval longer than a minute: never more often than it',
    given: { failures: 1, intervalMs: 90_000 },
    delayMs: 90_000,
  },
  {
    says: 'failures right after an upload: back off all the same',
    given: { failures: 1, sinceUploadMs: 0, isDetailed: true },
    delayMs: 10_000,
  },
  {
    says: 'failures with callbacks proven: back off, which is sooner than the safety net',
    given: { failures: 1, callbacks: 'proven' },
    delayMs: 10_000,
  },
  {
    says: 'Atlas names a later time: then, and a little after',
    given: { failures: 1, retryAfterMs: 100_000 },
    delayMs: 105_000,
  },
  {
    says: 'Atlas names a sooner time: the back-off',
    given: { failures: 2, retryAfterMs: 1_000 },
    delayMs: 20_000,
  },
  {
    says: 'Atlas names ten minutes: ten minutes, not a minute',
    given: { failures: 9, retryAfterMs: 600_000 },
    delayMs: 630_000,
  },
];

for (const { says, given, delayMs } of table) {
  test(`${says} (${delayMs} ms)`, () => {
    assert.equal(toNextDelayMs({ ...running, ...given }), delayMs);
  });
}

test('watchers are spread by a tenth to either side', () => {
  assert.equal(toNextDelayMs({ ...running, random: 0 }), 4_500);
  assert.equal(Math.round(toNextDelayMs({ ...running, random: 0.999999 })), 5_500);
  assert.equal(toNextDelayMs({ ...running, callbacks: 'proven', random: 0 }), 0.9 * safetyNetMs);
});

test('whom Atlas sent away come back spread, and none before the time it named', () => {
  const sentAway = { ...running, failures: 1, retryAfterMs: 100_000 };
  assert.equal(toNextDelayMs({ ...sentAway, random: 0 }), 100_000);
  assert.ok(toNextDelayMs({ ...sentAway, random: 0.999 }) > 109_000);
});

test('no delay is ever zero, negative or endless', () => {
  for (const callbacks of ['none', 'promised', 'proven'] as const) {
    for (const failures of [0, 1, 10, 1_000_000]) {
      for (const sinceUploadMs of [null, -60_000, 0, 1e12]) {
        for (const random of [0, 0.5, 0.999999]) {
          const usualMs = sinceUploadMs;
          const given = { callbacks, failures, sinceUploadMs, usualMs, quietMs: 1e12, random };
          const delayMs = toNextDelayMs({ ...running, ...given });
          assert.ok(delayMs >= 2_250 && delayMs <= 66_000, `${JSON.stringify(given)}: ${delayMs}`);
        }
      }
    }
  }
});

test('how long flows usually take is not known before the third', () => {
  const durations = createDurations();
  durations.record(acme, 1_000);
  durations.record(acme, 2_000);
  assert.equal(durations.usualMs(acme), null);
  durations.record(acme, 3_000);
  assert.equal(durations.usualMs(acme), 2_000);
});

test('the usual duration is the median, which one hanging flow does not move', () => {
  const durations = createDurations();
  for (const ms of [9_000, 86_400_000, 8_000, 10_000, 11_000]) durations.record(acme, ms);
  assert.equal(durations.usualMs(acme), 10_000);
});

test('only the last 32 flows tell how long flows usually take', () => {
  const durations = createDurations();
  for (let count = 0; count < 100; count += 1) durations.record(acme, 60_000);
  for (let count = 0; count < 32; count += 1) durations.record(acme, 5_000);
  assert.equal(durations.usualMs(acme), 5_000);
});

test('how long the flows of one tenant take says nothing of another', () => {
  const durations = createDurations();
  for (let count = 0; count < 3; count += 1) durations.record(acme, 1_000);
  assert.equal(durations.usualMs(globex), null);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  explain,
  type Failure,
  operationTimeoutMs,
  type PlayedEpisode,
  toEpisode,
} from '../../bench/soak/faults.ts';
import { createRandom } from '../../bench/soak/random.ts';
import { toSlope } from '../../bench/soak/slope.ts';

const episode: PlayedEpisode = {
  what: 'a 500',
  target: { tenant: 'acme', endpoint: 'flowStatus' },
  fault: { status: 500 },
  lastsMs: 1_000,
  calmMs: 1_000,
  beganAt: 10_000,
  endedAt: 11_000,
};
const failure: Failure = {
  tenant: 'acme',
  operation: 'flow',
  endpoints: ['verificationToken', 'flowStatus', 'flowExtracts'],
  code: 'ATLAS_UNAVAILABLE',
  beganAt: 10_500,
  endedAt: 10_600,
};
const isExplained = (given: Partial<Failure>, played = episode) =>
  explain({ ...failure, ...given }, [played]) !== undefined;

test('a fault explains what it may come to', () => {
  assert.ok(isExplained({}));
});

test('a fault of one tenant explains nothing of another', () => {
  assert.equal(isExplained({ tenant: 'bolt' }), false);
  const everybody: PlayedEpisode = { ...episode, what: 'no connection', target: null, fault: null };
  assert.ok(isExplained({ tenant: 'bolt' }, everybody));
});

test('a fault explains no other code, and not one of another service or kind of call', () => {
  assert.equal(isExplained({ code: 'ATLAS_CONTRACT_BROKEN' }), false);
  assert.equal(isExplained({ code: 'INTERNAL' }), false);
  assert.equal(isExplained({ code: 'OUTCOME_UNKNOWN' }), false);
  assert.equal(isExplained({ endpoints: ['bulkToken', 'bulkExtracts'] }), false);
  assert.equal(isExplained({ endpoints: ['verificationToken', 'initFlow'] }), false);
});

test('a fault explains what is shut off for half a minute after it, and nothing before it', () => {
  assert.ok(isExplained({ beganAt: 40_000, endedAt: 40_001 }));
  assert.equal(isExplained({ beganAt: 60_000, endedAt: 60_001 }), false);
  assert.equal(isExplained({ beganAt: 9_000, endedAt: 9_999 }), false);
});

test('a silent call explains only the callers that waited for the same answer', () => {
  const silent: PlayedEpisode = { ...episode, what: 'no answer', fault: { hang: true } };
  const late = { code: 'DEADLINE_EXCEEDED' };
  const beganAt = silent.endedAt + operationTimeoutMs;
  assert.ok(isExplained({ ...late, beganAt, endedAt: beganAt + 1 }, silent));
  const after = silent.endedAt + 3 * operationTimeoutMs;
  assert.equal(isExplained({ ...late, beganAt: after, endedAt: after + 1 }, silent), false);
});

test('an end that is late is explained by a fault of what is watched, and of nothing else', () => {
  assert.ok(isExplained({ code: 'NO_END', beganAt: 40_000, endedAt: 60_000 }));
  const batch = { code: 'NO_END', endpoints: ['bulkToken', 'bulkExtracts'] } as const;
  assert.equal(isExplained(batch), false);
});

test('one seed makes one series of faults', () => {
  const play = (seed: number) => {
    const random = createRandom(seed);
    return Array.from({ length: 50 }, () => toEpisode(random, ['acme', 'bolt']));
  };
  assert.deepEqual(play(1), play(1));
  assert.notDeepEqual(play(1), play(2));
  assert.ok(new Set(play(1).map(({ what }) => what)).size > 15);
});

test('the slope of what grows steadily is known without error, that of noise with one', () => {
  const points = [0, 1, 2, 3, 4, 5].map((at) => ({ at, value: 100 + 7 * at }));
  const steady = toSlope(points);
  assert.equal(steady.slope.toFixed(6), '7.000000');
  assert.ok(steady.error < 1e-6);
  const noise = toSlope(points.map(({ at }) => ({ at, value: at % 2 })));
  assert.ok(Math.abs(noise.slope) < 2 * noise.error);
});

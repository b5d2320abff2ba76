import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toAddressMatches } from '../../src/atlas/address-matches.ts';
import type { Drift } from '../../src/atlas/drift.ts';

/** Reads results for a number of targets and counts what was not expected of them. */
function read(targets: number, ...match_data: unknown[]) {
  const drift: Drift[] = [];
  const matches = toAddressMatches({ match_data }, targets, (kind) => drift.push(kind));
  return { matches, drift, scores: matches.map(({ similarityScore }) => similarityScore) };
}

const noResult = {
  similarityScore: null,
  samePersonScore: null,
  failure: { code: 'NO_RESULT', message: 'Atlas gave no readable result for this target.' },
};

test('results find their targets by index, whatever their order', () => {
  const results = [2, 0, 1].map((index) => ({ index, similarity_score: index * 10 }));
  assert.deepEqual(read(3, ...results).scores, [0, 10, 20]);
});

test('without an index results find their targets by position', () => {
  assert.deepEqual(read(2, { similarity_score: 1 }, { similarity_score: 2 }).scores, [1, 2]);
});

test('where only some results have an index, position counts', () => {
  const results = [{ index: 1, similarity_score: 1 }, { similarity_score: 2 }];
  assert.deepEqual(read(2, ...results).scores, [1, 2]);
});

test('a target without a result fails alone and is counted', () => {
  const { matches, drift } = read(2, { index: 1, similarity_score: 84, same_person_score: 7 });
  assert.deepEqual(matches, [noResult, { similarityScore: 84, samePersonScore: 7, failure: null }]);
  assert.deepEqual(drift, ['address-match-missing']);
});

test('a result that cannot be read costs its target only', () => {
  const { matches, drift, scores } = read(3, { similarity_score: 1 }, null, {
    similarity_score: 3,
  });
  assert.deepEqual(scores, [1, null, 3]);
  assert.deepEqual(matches[1], noResult);
  assert.deepEqual(drift, ['address-match-unreadable']);
});

test('a result that cannot be read among indexed ones costs the target that is left', () => {
  const { scores, drift } = read(2, { index: 1, similarity_score: 2 }, 'broken');
  assert.deepEqual(scores, [null, 2]);
  assert.deepEqual(drift, ['address-match-missing']);
});

test('results for targets that were not sent are left out', () => {
  const results = [0, 1, 7].map((index) => ({ index, similarity_score: index }));
  assert.deepEqual(read(2, ...results).scores, [0, 1]);
});

for (const error_code of ['', ' ', null, undefined, 0]) {
  test(`error_code ${JSON.stringify(error_code)} beside a score is no failure`, () => {
    const { matches } = read(1, { similarity_score: 91.4, same_person_score: 8, error_code });
    assert.deepEqual(matches, [{ similarityScore: 91.4, samePersonScore: 8, failure: null }]);
  });
}

const notNormalised = { code: '422', message: 'This target could not be normalised.' };
const notCompared = 'Atlas could not compare this target.';
for (const [given, failure] of [
  [{ error_code: '422', error_message: 'no 1 SAMPLE ROAD' }, notNormalised],
  [{ error_code: 422, error_reason: 'no 1 SAMPLE ROAD' }, notNormalised],
  [{ error_code: '422' }, notNormalised],
  [
    { error_code: 'E_17', error_message: 'no 1 SAMPLE ROAD' },
    { code: 'E_17', message: notCompared },
  ],
  [{ error_code: 'no 1 SAMPLE ROAD' }, { code: 'OTHER', message: notCompared }],
  [{ error_code: 'ABCDE1234F' }, { code: 'OTHER', message: notCompared }],
] as const) {
  test(`${JSON.stringify(given)} is told by its code, in words of our own`, () => {
    const { matches } = read(1, { similarity_score: null, same_person_score: null, ...given });
    assert.deepEqual(matches[0]?.failure, failure);
  });
}

const noScore = { code: 'NO_SCORE', message: 'Atlas gave no score for this target.' };
for (const similarity_score of [null, undefined, 101, -1, 'high']) {
  test(`a score of ${JSON.stringify(similarity_score)} is a failure even without a code`, () => {
    const { matches } = read(1, { similarity_score, same_person_score: 3, error_code: '' });
    assert.deepEqual(matches, [{ similarityScore: null, samePersonScore: 3, failure: noScore }]);
  });
}

test('a same-person score is a whole number from 0 to 10, or null', () => {
  for (const [same_person_score, expected] of [
    [0, 0],
    [10, 10],
    [7.6, 8],
    [11, null],
    ['8', null],
  ] as const) {
    const { matches } = read(1, { similarity_score: 50, same_person_score });
    assert.equal(matches[0]?.samePersonScore, expected);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toAddressMatches } from '../../../src/atlas/answers/address-matches.ts';
import type { Drift } from '../../../src/atlas/api/drift.ts';
import { checkDigitOf } from '../../support/atlas/aadhaar-texts.ts';

const addresses = ['1 SAME ROAD', '9 OTHER STREET', '4 THIRD LANE'] as const;
const [first, second, third] = addresses;

/** Reads results for targets, or for so many of three, and counts what was not expected of them. */
function read(targets: number | readonly string[], ...match_data: unknown[]) {
  const drift: Drift[] = [];
  const sent = typeof targets === 'number' ? addresses.slice(0, targets) : targets;
  const matches = toAddressMatches({ match_data }, sent, (kind) => drift.push(kind));
  const scores = matches.map(({ similarityScore }) => similarityScore);
  return { matches, drift, scores };
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

for (const toIndex of [
  (index: number) => String(index),
  (index: number) => ` ${index} `,
  (index: number) => `${index}.0`,
]) {
  test(`an index such as ${JSON.stringify(toIndex(1))} is the number it stands for`, () => {
    const results = [1, 0].map((index) => ({
      index: toIndex(index),
      similarity_score: index * 10,
    }));
    const { scores, drift } = read(2, ...results);
    assert.deepEqual(scores, [0, 10]);
    assert.deepEqual(drift, []);
  });
}

for (const index of [null, undefined, '', 'second', 1.5, true, {}]) {
  test(`index ${JSON.stringify(index)} is none, and the echoed address decides`, () => {
    const { scores, drift } = read(
      2,
      { index, target_address: second, similarity_score: 2 },
      { index, target_address: first, similarity_score: 1 },
    );
    assert.deepEqual(scores, [1, 2]);
    assert.deepEqual(drift, []);
  });
}

test('an index for some results and an echoed address for the others decide together', () => {
  const { scores } = read(
    3,
    { index: null, target_address: third, similarity_score: 3 },
    { index: '1', similarity_score: 2 },
    { target_address: first, similarity_score: 1 },
  );
  assert.deepEqual(scores, [1, 2, 3]);
});

test('an echoed address is found in spite of blanks, case and encoding', () => {
  const targets = ['12 Caf\u00e9 Road,  Testpur', '12 CAFE ROAD, TESTPUR'];
  const results = [
    { target_address: '12 CAFE ROAD, TESTPUR ', similarity_score: 2 },
    { target_address: '12 cafe\u0301 road, testpur', similarity_score: 1 },
  ];
  assert.deepEqual(read(targets, ...results).scores, [1, 2]);
});

test('a target that looks like an Aadhaar number is found by its masked echo', () => {
  const digits = `23412341234${checkDigitOf('23412341234')}`;
  const targets = [`1 ROAD ${digits}`, '2 ROAD'];
  const results = [
    { target_address: '2 ROAD', similarity_score: 2 },
    { target_address: `1 ROAD XXXX XXXX ${digits.slice(-4)}`, similarity_score: 1 },
  ];
  assert.deepEqual(read(targets, ...results).scores, [1, 2]);
});

test('targets of one text share the result that echoes it', () => {
  const result = { target_address: first, similarity_score: 1 };
  assert.deepEqual(read([first, second, first], result).scores, [1, null, 1]);
});

test('an echo in a form of its own leaves the index to decide', () => {
  const results = [1, 0].map((index) => ({
    index,
    target_address: `NORMALISED ${index}`,
    similarity_score: index,
  }));
  assert.deepEqual(read(2, ...results).scores, [0, 1]);
});

test('where index and echoed address disagree, both targets fail and are counted', () => {
  const { matches, drift } = read(
    3,
    { index: 0, target_address: second, similarity_score: 2 },
    { index: 2, target_address: third, similarity_score: 3 },
  );
  assert.deepEqual(matches.slice(0, 2), [noResult, noResult]);
  assert.equal(matches[2]?.similarityScore, 3);
  assert.deepEqual(drift, ['address-match-disputed', 'address-match-disputed']);
});

test('indexes that count from 1 bring no score to a wrong address', () => {
  const results = addresses.map((target_address, place) => ({
    index: place + 1,
    target_address,
    similarity_score: place,
  }));
  assert.deepEqual(read(3, ...results).scores, [null, null, null]);
});

test('an index that no target has leaves the echoed address to decide', () => {
  for (const index of [-1, 3, '7', 1e9]) {
    const results = addresses.map((target_address, place) => ({
      index,
      target_address,
      similarity_score: place,
    }));
    assert.deepEqual(read(3, ...results.reverse()).scores, [0, 1, 2], String(index));
  }
  const only = { index: 1, target_address: first, similarity_score: 7 };
  assert.deepEqual(read(1, only).scores, [7]);
  assert.deepEqual(read(1, { ...only, target_address: second }).scores, [null]);
});

test('a disputed target has the score that both its index and its address name', () => {
  const { scores } = read(
    2,
    { index: 0, target_address: first, similarity_score: 1 },
    { index: 0, target_address: second, similarity_score: 2 },
  );
  assert.deepEqual(scores, [1, null]);
});

test('a target whose address another index claims does not trust its own index', () => {
  const { scores } = read(
    2,
    { index: 0, similarity_score: 1 },
    { index: 1, target_address: first, similarity_score: 2 },
  );
  assert.deepEqual(scores, [null, null]);
});

test('two results for one target decide only where they are the same', () => {
  const one = { index: 0, similarity_score: 1 };
  assert.deepEqual(read(1, one, { index: '0', similarity_score: 1 }).scores, [1]);
  const { scores, drift } = read(1, one, { index: 0, similarity_score: 2 });
  assert.deepEqual(scores, [null]);
  assert.deepEqual(drift, ['address-match-disputed']);
});

test('position decides nothing where there are several targets or results', () => {
  const bare = [{ similarity_score: 1 }, { similarity_score: 2 }];
  const { matches, drift } = read(2, ...bare);
  assert.deepEqual(matches, [noResult, noResult]);
  assert.deepEqual(drift, ['address-match-missing', 'address-match-missing']);
  assert.deepEqual(read(1, ...bare).matches, [noResult]);
  assert.deepEqual(read(2, { similarity_score: 1 }).matches, [noResult, noResult]);
});

test('the one result for the one target belongs to it', () => {
  assert.deepEqual(read(1, { similarity_score: 1 }).scores, [1]);
});

test('a target without a result fails alone and is counted', () => {
  const { matches, drift } = read(2, { index: 1, similarity_score: 84, same_person_score: 7 });
  assert.deepEqual(matches, [noResult, { similarityScore: 84, samePersonScore: 7, failure: null }]);
  assert.deepEqual(drift, ['address-match-missing']);
});

test('a result that cannot be read costs its target only', () => {
  const { matches, drift, scores } = read(3, { index: 0, similarity_score: 1 }, null, {
    index: 2,
    similarity_score: 3,
  });
  assert.deepEqual(scores, [1, null, 3]);
  assert.deepEqual(matches[1], noResult);
  assert.deepEqual(drift, ['address-match-unreadable', 'address-match-missing']);
});

test('results for targets that were not sent are left out', () => {
  const results = [0, 1, 7, -1].map((index) => ({ index, similarity_score: index }));
  const strange = { target_address: '8 FOURTH LANE', similarity_score: 8 };
  const { scores, drift } = read(2, ...results, strange);
  assert.deepEqual(scores, [0, 1]);
  assert.deepEqual(drift, []);
});

test('no score stands at an address that another echo names, whatever the answer', () => {
  const target = fc.constantFrom(...addresses);
  const index = fc.oneof(fc.integer({ min: -1, max: 3 }), fc.constantFrom('0', '1', '2', null));
  // The score of a result tells which address it is of.
  const result = fc.record({ index, target_address: target }).map((entry) => ({
    ...entry,
    similarity_score: addresses.indexOf(entry.target_address),
  }));
  fc.assert(
    fc.property(fc.array(result, { maxLength: 6 }), (results) => {
      read(3, ...results).scores.forEach((score, place) => {
        assert.ok(score === null || score === place);
      });
    }),
  );
});

for (const error_code of ['', ' ', null, undefined, 0, '0']) {
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
for (const similarity_score of [null, undefined, 101, -1, 'high', '101', '-1', '0x10', true]) {
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
    ['8', 8],
    [' 7.6 ', 8],
    ['8/10', null],
    ['', null],
    ['NaN', null],
  ] as const) {
    const { matches } = read(1, { similarity_score: 50, same_person_score });
    assert.equal(matches[0]?.samePersonScore, expected);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type CrossCheckNames,
  createToCrossChecks,
  crossCheckNames,
  defaultCrossCheckNames,
} from '../../../src/atlas/answers/cross-checks.ts';
import type { Drift } from '../../../src/atlas/api/drift.ts';
import { doAtOnce } from '../../../src/atlas/json/work.ts';

/** Reads entries by a table and counts what was not expected of them. */
function read(entries: readonly unknown[], names: CrossCheckNames = defaultCrossCheckNames) {
  const drift: Drift[] = [];
  const crossChecks = doAtOnce(createToCrossChecks(names)(entries, (kind) => drift.push(kind)));
  return { crossChecks, drift };
}

const whole = {
  field: 'customer_name',
  left: { documentType: 'DELIVERY_ORDER', documentId: 'doc-1', value: 'TEST PERSON ONE' },
  right: { documentType: 'INVOICE', documentId: 'doc-2', value: 'TEST K PERSON ONE' },
  similarityScore: 88,
};

/** The parts of `whole` under the names of one of the shapes that Atlas may use. */
function sides(
  left: string,
  right: string,
  member = (side: string, name: string) => `${side}_${name}`,
) {
  return {
    [member(left, 'document_type')]: 'DELIVERY_ORDER',
    [member(right, 'document_type')]: 'INVOICE',
    [member(left, 'document_id')]: 'doc-1',
    [member(right, 'document_id')]: 'doc-2',
    [member(left, 'value')]: 'TEST PERSON ONE',
    [member(right, 'value')]: 'TEST K PERSON ONE',
  };
}
const leftObject = {
  document_type: 'DELIVERY_ORDER',
  document_id: 'doc-1',
  value: 'TEST PERSON ONE',
};
const rightObject = { document_type: 'INVOICE', document_id: 'doc-2', value: 'TEST K PERSON ONE' };

const shapes: Readonly<Record<string, object>> = {
  numbered: { field: 'customer_name', ...sides('1', '2', (side, name) => `${name}_${side}`) },
  'left and right': { field_name: 'customer_name', ...sides('left', 'right') },
  'source and target': { key: 'customer_name', ...sides('source', 'target') },
  'numbered objects': { name: 'customer_name', document_1: leftObject, document_2: rightObject },
  'left and right objects': { attribute: 'customer_name', left: leftObject, right: rightObject },
  'source and target objects': {
    check_name: 'customer_name',
    source: leftObject,
    target: rightObject,
  },
  'a list': { parameter: 'customer_name', documents: [leftObject, rightObject] },
};
for (const [what, shape] of Object.entries(shapes)) {
  test(`a cross-check in the shape of ${what} is read whole`, () => {
    const { crossChecks, drift } = read([{ ...shape, similarity_score: 88 }]);
    assert.deepEqual(crossChecks, [whole]);
    assert.deepEqual(drift, []);
  });
}

test('types in a list and values in another are read', () => {
  const entry = {
    field: 'customer_name',
    documents: ['DELIVERY_ORDER', 'INVOICE'],
    values: ['TEST PERSON ONE', 'TEST K PERSON ONE'],
    similarity_score: 88,
  };
  const { crossChecks, drift } = read([entry]);
  assert.deepEqual(crossChecks, [
    {
      ...whole,
      left: { ...whole.left, documentId: null },
      right: { ...whole.right, documentId: null },
    },
  ]);
  assert.deepEqual(drift, []);
});

test('the sides keep their places', () => {
  const { crossChecks } = read([{ value_2: 'right', value_1: 'left', similarity_score: 1 }]);
  assert.equal(crossChecks[0]?.left.value, 'left');
  assert.equal(crossChecks[0]?.right.value, 'right');
});

test('members that map nowhere are dropped, and each is counted', () => {
  const entry = { ...shapes.numbered, similarity_score: 88, is_match: true, id: 7 };
  const { crossChecks, drift } = read([entry]);
  assert.deepEqual(crossChecks, [whole]);
  assert.deepEqual(drift, ['cross-check-member-unknown', 'cross-check-member-unknown']);
});

for (const broken of [null, 'customer_name', 88, {}, [], { similarity_score: 'high' }]) {
  test(`an entry that is ${JSON.stringify(broken)} costs itself and is counted`, () => {
    const { crossChecks, drift } = read([{ field: 'one' }, broken, { field: 'three' }]);
    assert.deepEqual(
      crossChecks.map(({ field }) => field),
      ['one', 'three'],
    );
    assert.deepEqual(drift, ['cross-check-unreadable']);
  });
}

for (const [similarity_score, expected] of [
  [0, 0],
  [100, 100],
  [87.6, 88],
  ['88', 88],
  ['87.6', 88],
  [101, null],
  [-1, null],
  ['', null],
  ['88%', null],
  [null, null],
  [true, null],
] as const) {
  test(`a score of ${JSON.stringify(similarity_score)} is ${expected}`, () => {
    const { crossChecks } = read([{ field: 'customer_name', similarity_score }]);
    assert.equal(crossChecks[0]?.similarityScore, expected);
  });
}

test('a table of our own takes the place of the one that is built in', () => {
  const names = crossCheckNames.parse({
    field: ['what'],
    documentType: [['a.kind', 'b.kind']],
    documentId: [],
    value: [['a.text', 'b.text']],
  });
  const entry = {
    what: 'customer_name',
    a: { kind: 'DELIVERY_ORDER', text: 'TEST PERSON ONE' },
    b: { kind: 'INVOICE', text: 'TEST K PERSON ONE' },
    similarity_score: 88,
    field: 'not asked for',
  };
  const { crossChecks, drift } = read([entry], names);
  assert.equal(crossChecks[0]?.field, 'customer_name');
  assert.equal(crossChecks[0]?.left.value, 'TEST PERSON ONE');
  assert.equal(crossChecks[0]?.right.documentType, 'INVOICE');
  assert.deepEqual(drift, ['cross-check-member-unknown']);
});

test('the first name of the table that is there counts', () => {
  const names = { ...defaultCrossCheckNames, field: ['second', 'first'] };
  assert.equal(read([{ first: 'one', second: 'two' }], names).crossChecks[0]?.field, 'two');
  assert.equal(read([{ first: 'one' }], names).crossChecks[0]?.field, 'one');
});

for (const wrong of [
  { field: 'name' },
  { field: ['a b'] },
  { field: ['a..b'] },
  { value: [['a']] },
  { value: [['a', 'b', 'c']] },
  { score: ['a'] },
]) {
  test(`${JSON.stringify(wrong)} is no table`, () => {
    assert.equal(crossCheckNames.partial().safeParse(wrong).success, false);
  });
}

test('compared Aadhaar numbers are masked whatever their digits', () => {
  const entry = { field: 'aadhaar_number', value_1: '123412341230', value_2: '1234 1234 1239' };
  const [crossCheck] = read([{ ...entry, similarity_score: 92 }]).crossChecks;
  assert.equal(crossCheck?.left.value, 'XXXX XXXX 1230');
  assert.equal(crossCheck?.right.value, 'XXXX XXXX 1239');
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { parse } from 'graphql';
import { longestList, measureDocument, nestingOf } from '../../src/schema/query-limits.ts';

const cases: readonly [
  what: string,
  query: string,
  figures: Partial<ReturnType<typeof measureDocument>>,
][] = [
  ['one field', '{ a }', { tokens: 3, depth: 1, aliases: 0, directives: 0, unfolded: 1 }],
  ['fields below each other', '{ a { b { c } } d { e } }', { depth: 3, aliases: 0 }],
  ['a field under another name', '{ x: a }', { aliases: 1 }],
  ['__typename under other names', '{ x: __typename y: __typename }', { aliases: 2 }],
  ['a field that stands twice', '{ a a b }', { aliases: 1 }],
  ['__typename that stands twice', '{ __typename __typename }', { aliases: 1 }],
  ['the same field in two places', '{ a { b } c { b } }', { aliases: 0 }],
  [
    'an inline fragment',
    '{ a { ... on A { b } ... @skip(if: true) { x: c } } }',
    {
      depth: 2,
      aliases: 1,
      directives: 1,
    },
  ],
  [
    'a fragment, at each place',
    '{ a { ...f } b { c { ...f } } } fragment f on A { x: d { e } }',
    {
      depth: 4,
      aliases: 2,
    },
  ],
  [
    'directives everywhere',
    'query ($v: Int @v) @q { a @f ...f @s } fragment f on A @d { b @f }',
    {
      directives: 6,
    },
  ],
  [
    'the larger of two operations',
    'query a { x: a } query b { a { b } }',
    { depth: 2, aliases: 1 },
  ],
  ['what nobody spreads', '{ a } fragment f on A { x: a { b } }', { depth: 1, aliases: 0 }],
  ['a fragment that is not there', '{ a { ...gone } }', { depth: 1 }],
  [
    'what lies below the schema',
    '{ __schema { types { x: name { ...f } } } } fragment f on A { b }',
    {
      depth: 1,
      aliases: 1,
    },
  ],
  [
    'what fragments hold, at each place',
    '{ a { ...f } b { ...f } } fragment f on A { c d }',
    {
      unfolded: 8,
    },
  ],
  ['a list', '{ a(l: [1, 2, 3], o: { m: [[1], [1, 2, 3, 4]] }) @d(l: [1]) }', { listEntries: 4 }],
  ['a list by default', 'query ($l: [Int] = [1, 2]) { a(l: $l) }', { listEntries: 2 }],
];

for (const [what, query, expected] of cases) {
  test(`${what} is measured`, () => {
    const figures = measureDocument(parse(query));
    assert.deepEqual({ ...figures, ...expected }, figures);
  });
}

test('a circle of fragments has an end', () => {
  const document = parse(
    '{ ...f } fragment f on A { a { ...g } } fragment g on A { x: b { ...f } }',
  );
  const { depth, aliases } = measureDocument(document);
  assert.deepEqual([depth, aliases], [2, 1]);
});

test('fragments that double each other are counted in full, and at once', () => {
  const doubling = Array.from(
    { length: 60 },
    (_, place) => `fragment f${place} on A { ...f${place + 1} ...f${place + 1} }`,
  );
  const document = parse(`{ ...f0 } ${doubling.join(' ')} fragment f60 on A { x: a }`);
  assert.equal(measureDocument(document).aliases, 2 ** 60);
});

test('the longest list among the variables is found, however deep it lies', () => {
  assert.equal(longestList(undefined), 0);
  assert.equal(longestList({ a: 1, b: 'text', c: null }), 0);
  assert.equal(longestList({ a: [1], b: { c: [{ d: [1, 2, 3] }] } }), 3);
  const endless = JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`);
  assert.equal(longestList({ endless }), 1);
});

test('how deep values nest is told no further than it matters', () => {
  assert.equal(nestingOf(undefined, 3), 0);
  assert.equal(nestingOf({}, 3), 1);
  assert.equal(nestingOf({ a: 1, b: [{ c: null }], d: 'text' }, 3), 3);
  assert.equal(nestingOf({ a: [[[[[]]]]] }, 3), 4);
  const endless = JSON.parse(`${'{"1":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
  assert.equal(nestingOf(endless, 64), 65);
});

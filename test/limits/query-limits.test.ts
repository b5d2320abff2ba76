import assert from 'node:assert/strict';
import test from 'node:test';
import { parse } from 'graphql';
import { measureDocument } from '../../src/schema/cost/query-limits.ts';
import { measureValue } from '../../src/schema/cost/value-figures.ts';

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
  [
    'an object',
    '{ a(l: [{ m: 1 }, { m: { x: 1, y: 2, z: 3 } }]) { b(o: { x: 1 }) } c @d(o: { x: 1, y: 2 }) }',
    { members: 3 },
  ],
  ['an object by default', 'query ($o: O = { a: 1, b: [{}] }) { a(o: $o) }', { members: 2 }],
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

const most = { nesting: 64, members: 1_000 };

test('the longest list and the largest object of a value are found at any depth', () => {
  const nothing = { nesting: 0, members: 0, listEntries: 0 };
  assert.deepEqual(measureValue(undefined, most), nothing);
  assert.deepEqual(measureValue('text', most), nothing);
  assert.deepEqual(measureValue({ a: 1, b: 'text', c: null }, most), {
    nesting: 1,
    members: 3,
    listEntries: 0,
  });
  assert.deepEqual(measureValue({ a: [1], b: { c: [{ d: [1, 2, 3] }] } }, most), {
    nesting: 5,
    members: 2,
    listEntries: 3,
  });
});

test('a value is measured no further than to the first bound that it exceeds', () => {
  const lists = JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`);
  assert.equal(measureValue({ lists }, most).nesting, 65);
  const objects = JSON.parse(`${'{"1":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
  assert.equal(measureValue(objects, most).nesting, 65);
  const wide = Object.fromEntries(Array.from({ length: 5 }, (_, place) => [`m${place}`, lists]));
  assert.deepEqual(measureValue({ wide }, { nesting: 64, members: 4 }), {
    nesting: 2,
    members: 5,
    listEntries: 0,
  });
});

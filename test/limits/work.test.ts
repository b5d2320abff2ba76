import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getOperationAST, isInputType, isIntrospectionType, parse } from 'graphql';
import { createSchema } from '../../src/schema/index.ts';
import { toPublicError } from '../../src/schema/operation/errors.ts';
import { createVariablesReader } from '../../src/server/execution/read-variables.ts';
import { createDocuments } from '../../src/server/operation/documents.ts';
import { createLimits, refuseOversize } from '../../src/server/operation/limits.ts';

const schema = createSchema();
const inputTypes = Object.values(schema.getTypeMap())
  .filter((type) => isInputType(type) && !isIntrospectionType(type))
  .map(({ name }) => name);

/** Processor time in milliseconds: the least of several runs, which nothing else has a part in. */
function cost(act: () => void, runs = 4): number {
  const costs = Array.from({ length: runs }, () => {
    const before = process.cpuUsage();
    act();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  return Math.min(...costs);
}

const marker = 'Q7secret';

/** Values that are wrong in as many ways as there is room for, with `size` characters in each part. */
const hostile: Readonly<Record<string, (size: number) => unknown>> = {
  'a long text': (size) => marker.repeat(size),
  'a list of long texts': (size) => Array.from({ length: 900 }, () => marker.repeat(size / 10)),
  'unknown members': (size) =>
    Object.fromEntries(
      Array.from({ length: 900 }, (_, place) => [`odd${place}`, [marker.repeat(size / 10)]]),
    ),
  'members with long names': (size) =>
    Object.fromEntries(
      Array.from({ length: 900 }, (_, place) => [`${marker.repeat(size / 10)}${place}`, place]),
    ),
  'objects in a list': (size) =>
    Array.from({ length: 900 }, (_, place) => ({
      [`odd${place}`]: marker.repeat(size / 10),
      files: marker,
    })),
  'known members of the wrong kind': (size) => {
    const wrong = Array.from({ length: 90 }, () => ({ [marker]: [marker.repeat(size)] }));
    const names = ['files', 'url', 'documentId', 'createdAfter', 'ttlSeconds', 'flowParams', 'a'];
    return Object.fromEntries(names.map((name) => [name, wrong]));
  },
};

test('the work for a variable of any input type grows with its size, and no fault quotes it', () => {
  assert.ok(inputTypes.length > 15, inputTypes.join());
  for (const name of inputTypes) {
    for (const type of [name, `[${name}!]!`]) {
      const document = parse(`query ($v: ${type}) { viewer { tenantId } }`);
      const operation = getOperationAST(document);
      assert.ok(operation);
      const read = createVariablesReader(schema)(document, operation);
      for (const [what, toValue] of Object.entries(hostile)) {
        const costOf = (size: number) => {
          const variables = { v: toValue(size) };
          return cost(() => {
            assert.equal(refuseOversize(variables), null);
            const result = read(variables);
            const errors =
              'errors' in result ? result.errors.map((each) => toPublicError(each)) : [];
            assert.ok(errors.length <= 5);
            const told = JSON.stringify(errors);
            assert.ok(told.length < 2_000, `${what} as ${type}: ${told.length} characters`);
            assert.ok(!told.includes(marker.repeat(8)), `${what} as ${type}: ${told}`);
          });
        };
        const [small, large] = [costOf(10), costOf(160)];
        // Sixteen times as much; the constant is what a clock and a collector may add.
        assert.ok(large <= 32 * small + 20, `${what} as ${type}: ${small} ms, ${large} ms`);
      }
    }
  }
});

const limits = createLimits({
  schema,
  limits: {
    isEnforced: true,
    tokens: 2_000,
    depth: 12,
    aliases: 100,
    directives: 50,
    atlasCalls: () => 200,
    values: 200_000,
    answerBytes: 2 ** 24,
  },
  log: { error() {}, warn() {}, info() {}, debug() {} },
});

const fields = (count: number, toField: (place: number) => string) =>
  Array.from({ length: count }, (_, place) => toField(place)).join(' ');

/** Texts of about as many characters that are full of faults, or of what faults are measured by. */
const texts: Readonly<Record<string, (size: number) => string>> = {
  'line breaks': (size) => `${'\n'.repeat(size)}{ ${fields(300, (place) => `a${place}`)} }`,
  comments: (size) => `${'#\n'.repeat(size / 2)}{ ${fields(300, (place) => `a${place}`)} }`,
  blanks: (size) => `${' '.repeat(size)}{ ${fields(300, (place) => `a${place}`)} }`,
  'long names': (size) => `{ ${fields(90, (place) => `a${place}${'x'.repeat(size / 90)}`)} }`,
  'long arguments': (size) =>
    `{ flow(${fields(90, (place) => `a${place}${'x'.repeat(size / 90)}: 1`)}) { uuid } }`,
  'long literals': (size) =>
    `{ ${fields(90, (place) => `a${place}: flow(uuid: ["${'x'.repeat(size / 90)}"]) { uuid }`)} }`,
  'unknown members in literals': (size) =>
    `mutation { createFlow(input: { ${fields(400, (place) => `a${place}: "${'x'.repeat(size / 400)}"`)} }) { flow { uuid } } }`,
  'values of an enum': (size) =>
    `{ waitForFlow(uuid: "x", until: [${fields(900, (place) => `SUCCES${place}${'S'.repeat(size / 900)}`)}]) { uuid } }`,
  'one field in many fragments': (size) =>
    `{ ${fields(90, (place) => `...F${place}`)} } ${fields(90, (place) => `fragment F${place} on Query { flow(uuid: "${'\\n'.repeat(size / 180)}") { uuid } }`)}`,
  'fields that conflict under long names': (size) =>
    `{ ${fields(90, (place) => `...F${place}`)} } ${fields(90, (place) => `fragment F${place} on Query { a${'x'.repeat(size / 90)}: ${place % 2 ? 'viewer { tenantId }' : 'flow(uuid: "x") { uuid }'} }`)}`,
  'a fault at the end': (size) => `${'\n'.repeat(size)}{ ) }`,
};

test('the work for a text is that of reading it, however many faults are in it', () => {
  for (const [what, toText] of Object.entries(texts)) {
    const costOf = (size: number) => {
      const text = toText(size);
      return cost(() => {
        const documents = createDocuments({ schema, parse: limits.parse });
        let faults: readonly unknown[];
        try {
          faults = documents.validate(documents.parse(text), []);
        } catch (error) {
          faults = [error];
        }
        assert.ok(faults.length <= 11, what);
        const told = faults.map((fault) => toPublicError(toPublicError(fault), 'request-1'));
        assert.ok(JSON.stringify(told).length < 2 * text.length + 5_000, what);
      }, 3);
    };
    const [small, large] = [costOf(50_000), costOf(800_000)];
    assert.ok(large <= 32 * small + 60, `${what}: ${small} ms, ${large} ms`);
    // Line breaks took eight seconds once, where each fault counted the lines before it.
    assert.ok(large <= 600, `${what}: ${large} ms`);
  }
});

test('the errors of a short text tell where they are', () => {
  const documents = createDocuments({ schema, parse: limits.parse });
  const [fault] = documents.validate(documents.parse('{\n  flo { uuid }\n}'), []);
  assert.deepEqual(toPublicError(fault).locations, [{ line: 2, column: 3 }]);
  const [far] = documents.validate(documents.parse(`${'\n'.repeat(1_001)}{ flo { uuid } }`), []);
  assert.equal(toPublicError(far).locations, undefined);
});

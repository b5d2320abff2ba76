import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema, extendSchema, getArgumentValues, getVariableValues, parse } from 'graphql';
import { createSchema } from '../../../src/schema/index.ts';
import { createReadArguments } from '../../../src/server/execution/read-arguments.ts';
import {
  createVariablesReader,
  type ReadVariables,
} from '../../../src/server/execution/read-variables.ts';
import { createOddSchema } from '../../support/server/odd-schema.ts';

const schema = extendSchema(
  createOddSchema([]),
  parse(`
    extend type Query { more(float: Float, id: ID, either: Either_, deep: Deep): Int }
    input Either_ @oneOf { text: String, number: Int }
    input Deep { more: Deep, list: [Deep!], must: Int!, id: ID = "by default" }
  `),
);
const types = [
  ...['String', 'Int', 'Float', 'Boolean', 'ID', 'Colour', 'Odd', 'Input', 'Either_', 'Deep'],
].flatMap((type) => [type, `${type}!`, `[${type}]`, `[${type}!]!`, `[[${type}!]]`]);
const values = [
  ...[undefined, null, 'a text', '', 'GREEN', 'BLUE', 'bad', true, 0, 7, -1.5, 2 ** 31, -(2 ** 31)],
  ...[{}, { text: 'x' }, { more: 1 }, [], [null], ['RED'], [[1]], [['a'], []], [1, 'a'], [1, 2]],
  ...[[undefined], [{ odd: 1 }], { text: null }, { number: 1 }, { text: 'x', number: 1 }],
  ...[{ must: 1 }, { must: null }, { must: 1, more: { must: 2, id: 3 } }, { list: [{}] }],
  ...[
    { must: 1, list: [{ must: 1 }, { must: 2, list: { must: 3 } }] },
    { must: 1, list: [null] },
  ],
  ...[{ must: 1, other: 2 }, JSON.parse('{ "must": 1, "__proto__": 2 }'), { id: 2 ** 53 }],
];

function operationOf(text: string) {
  const document = parse(text);
  const [operation] = document.definitions;
  assert.ok(operation?.kind === 'OperationDefinition');
  const [field] = operation.selectionSet.selections;
  assert.ok(field?.kind === 'Field');
  return { document, operation, field };
}

function readerOf(text: string, of = schema): ReadVariables {
  const { document, operation } = operationOf(text);
  return createVariablesReader(of)(document, operation);
}

function coercedBy(read: ReadVariables, sent: Record<string, unknown>) {
  const result = read(sent);
  return 'coerced' in result ? { ...result.coerced } : undefined;
}

function messagesOf(read: ReadVariables, sent: Record<string, unknown>): string[] {
  const result = read(sent);
  return 'errors' in result ? result.errors.map(({ message }) => message) : [];
}

test('variables are coerced to what graphql-js makes of them, and refused where it refuses', () => {
  for (const type of types) {
    for (const byDefault of ['', ' = null']) {
      if (byDefault !== '' && type.endsWith('!')) continue;
      const text = `query ($v: ${type}${byDefault}) { must }`;
      const read = readerOf(text);
      const definitions = operationOf(text).operation.variableDefinitions ?? [];
      for (const sent of [{}, ...values.map((v) => ({ v })), Object.create({ v: 'inherited' })]) {
        const { coerced } = getVariableValues(schema, definitions, sent);
        const expected = coerced && { ...coerced };
        assert.deepEqual(coercedBy(read, sent), expected, `${type} ${JSON.stringify(sent)}`);
      }
    }
  }
});

test('a list that was sent is not the one that resolvers get', () => {
  const v = ['one', 'two'];
  const read = coercedBy(readerOf('query ($v: [String!]!) { must }'), { v });
  assert.deepEqual(read?.v, v);
  assert.notEqual(read?.v, v);
});

test('a variable may have any name', () => {
  const read = readerOf('query ($__proto__: String, $constructor: String) { must }');
  const result = read(JSON.parse('{ "__proto__": "one" }'));
  assert.ok('coerced' in result);
  assert.deepEqual(Object.entries(result.coerced), [['__proto__', 'one']]);
  assert.deepEqual(Object.entries(result.declared), [['__proto__', 'one']]);
});

test('a variable that is not declared is dropped', () => {
  const read = readerOf('query ($v: String) { must }');
  const result = read({ v: 'one', note: 'n'.repeat(1_000), other: { more: [1] } });
  assert.ok('declared' in result);
  assert.deepEqual([{ ...result.declared }, { ...result.coerced }], [{ v: 'one' }, { v: 'one' }]);
});

test('a fault is told with its path and its reason, and reading ends at the fifth', () => {
  const read = readerOf('query ($d: [Deep!]!, $more: Int!) { must }');
  assert.deepEqual(messagesOf(read, { d: [{ must: 1, list: [{ must: 'x' }] }], more: 1 }), [
    'Variable "$d[0].list[0].must": Int cannot represent non-integer value.',
  ]);
  assert.deepEqual(messagesOf(read, { d: { must: 1, mor: 2 }, more: 2 ** 40 }), [
    'Variable "$d": Field "mor" is not defined by type "Deep". Did you mean "more"?',
    'Variable "$more": Int cannot represent non 32-bit signed integer value.',
  ]);
  let lookedAt = 0;
  const many = Array.from({ length: 100 }, () => ({
    get must() {
      lookedAt += 1;
      return 'x';
    },
  }));
  assert.equal(messagesOf(read, { d: many }).length, 5);
  assert.equal(lookedAt, 5);
});

test('a null for a variable in a value that must not hold one is a fault of the variable', () => {
  const deep = buildSchema(`
    type Query { f(o: O, l: [Int!], i: Int! = 1): Int }
    input O { n: Int! = 1, list: [Int!] }
  `);
  for (const argument of ['o: { n: $v }', 'o: { list: [1, $v] }', 'l: [$v]']) {
    const read = readerOf(`query ($v: Int = 1) { f(${argument}) }`, deep);
    const messages = messagesOf(read, { v: null });
    assert.deepEqual(messages, ['Variable "$v" must not be null where it is used.'], argument);
    assert.deepEqual(coercedBy(read, {}), { v: 1 });
    assert.deepEqual(coercedBy(read, { v: 2 }), { v: 2 });
  }
  // By itself it is an argument, and graphql-js tells of its name alone.
  assert.deepEqual(messagesOf(readerOf('query ($v: Int = 1) { f(i: $v) }', deep), { v: null }), []);
});

test('arguments are read as graphql-js reads them', () => {
  const echo = schema.getQueryType()?.getFields().echo;
  assert.ok(echo);
  const texts = [
    'echo',
    'echo(text: "a", list: [1])',
    'echo(text: $v)',
    'echo(list: $w, text: $v)',
    'echo(text: $v, list: [1, 2])',
    'echo(input: { text: $v, odd: 1 }, text: $v)',
    'echo(input: $none)',
  ];
  for (const text of texts) {
    const { field } = operationOf(`{ ${text} }`);
    const read = createReadArguments(echo, field);
    for (const variables of [{}, { v: null }, { v: 'given', w: [3] }, { w: null }]) {
      const expected = getArgumentValues(echo, field, variables);
      assert.equal(JSON.stringify(read(variables)), JSON.stringify(expected), text);
    }
  }
});

test('an argument that must have a value is refused without one', () => {
  const flow = createSchema().getQueryType()?.getFields().flow;
  assert.ok(flow);
  const { field } = operationOf('query ($v: String) { flow(uuid: $v) { uuid } }');
  const read = createReadArguments(flow, field);
  assert.deepEqual(read({ v: 'one' }), { uuid: 'one' });
  for (const variables of [{}, { v: null }]) assert.throws(() => read(variables));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extendSchema, getArgumentValues, getVariableValues, parse } from 'graphql';
import { createSchema } from '../../src/schema/index.ts';
import { createReadArguments } from '../../src/server/read-arguments.ts';
import { createReadVariables } from '../../src/server/read-variables.ts';
import { createOddSchema } from './odd-schema.ts';

const schema = extendSchema(
  createOddSchema([]),
  parse('extend type Query { more(float: Float, id: ID): Int }'),
);
const types = ['String', 'Int', 'Float', 'Boolean', 'ID', 'Colour', 'Odd', 'Input'].flatMap(
  (type) => [type, `${type}!`, `[${type}]`, `[${type}!]!`, `[[${type}!]]`],
);
const values = [
  ...[undefined, null, 'a text', '', 'GREEN', 'BLUE', 'bad', true, 0, 7, -1.5, 2 ** 31, NaN],
  ...[{}, { text: 'x' }, { more: 1 }, [], [null], ['RED'], [[1]], [['a'], []], [1, 'a'], [1, 2]],
  ...[[undefined], new Set(['a']), [{ odd: 1 }]],
];

function operationOf(text: string) {
  const [operation] = parse(text).definitions;
  assert.ok(operation?.kind === 'OperationDefinition');
  const [field] = operation.selectionSet.selections;
  assert.ok(field?.kind === 'Field');
  return { operation, field };
}

test('what is given for variables is read as graphql-js reads it', () => {
  for (const type of types) {
    for (const byDefault of ['', ' = null']) {
      if (byDefault !== '' && type.endsWith('!')) continue;
      const { operation } = operationOf(`query ($v: ${type}${byDefault}) { must }`);
      const read = createReadVariables(schema, operation);
      const definitions = operation.variableDefinitions ?? [];
      for (const given of [{}, ...values.map((v) => ({ v })), Object.create({ v: 'inherited' })]) {
        const { coerced } = getVariableValues(schema, definitions, given);
        const toPlain = (members: object | undefined) => members && { ...members };
        assert.deepEqual(
          toPlain(read(given)),
          toPlain(coerced),
          `${type} ${JSON.stringify(given)}`,
        );
      }
    }
  }
});

test('a list that was given is not the one that resolvers get', () => {
  const { operation } = operationOf('query ($v: [String!]!) { must }');
  const v = ['one', 'two'];
  const read = createReadVariables(schema, operation)({ v });
  assert.deepEqual(read?.v, v);
  assert.notEqual(read?.v, v);
});

test('a variable may have any name', () => {
  const { operation } = operationOf('query ($__proto__: String, $constructor: String) { must }');
  const given = JSON.parse('{ "__proto__": "one" }');
  const read = createReadVariables(schema, operation)(given);
  assert.deepEqual(Object.entries(read ?? {}), [['__proto__', 'one']]);
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

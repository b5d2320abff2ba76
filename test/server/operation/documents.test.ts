import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema, GraphQLError, parse, type ValidationRule } from 'graphql';
import { createDocuments } from '../../../src/server/operation/documents.ts';

const schema = buildSchema('type Query { name: String }');
const mostTexts = 1_024;

function openDocuments() {
  let parsed = 0;
  const documents = createDocuments({
    schema,
    parse: (text) => {
      parsed += 1;
      return parse(text);
    },
  });
  return { documents, countParsed: () => parsed };
}

test('a text is parsed once, and so is one that cannot be', () => {
  const { documents, countParsed } = openDocuments();
  assert.equal(documents.parse('{ name }'), documents.parse('{ name }'));
  const faults = [1, 2].map(() => {
    try {
      return documents.parse('{');
    } catch (error) {
      return error;
    }
  });
  assert.ok(faults[0] instanceof Error);
  assert.equal(faults[0], faults[1]);
  assert.equal(countParsed(), 2);
});

test('ten thousand different texts take no more room than a thousand', () => {
  const { documents } = openDocuments();
  for (let count = 0; count < 10_000; count += 1) {
    documents.parse(`{ name${count}: name }`);
    assert.throws(() => documents.parse(`{ name${count}`));
    assert.ok(documents.count() <= mostTexts);
  }
  assert.equal(documents.count(), mostTexts);
});

test('a few long texts make room for each other too', () => {
  const { documents } = openDocuments();
  for (let count = 0; count < 50; count += 1) {
    documents.parse(`{ name } #${count}${'x'.repeat(100_000)}`);
  }
  assert.ok(documents.count() <= 10);
});

test('what is wrong by the rules of one caller is not told to another', () => {
  const { documents } = openDocuments();
  const refuseNames: ValidationRule = (context) => ({
    Field: (node) => context.reportError(new GraphQLError(node.name.value)),
  });
  const document = documents.parse('{ name }');
  for (let time = 0; time < 2; time += 1) {
    assert.equal(documents.validate(document, []).length, 0);
    assert.equal(documents.validate(document, [refuseNames]).length, 1);
  }
});

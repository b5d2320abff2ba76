import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import {
  astFromValue,
  buildSchema,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
  print,
} from 'graphql';
import { generateFiles } from '../../clients/web/generate.ts';
import { createSchema } from '../../src/schema/index.ts';
import { printGraph } from '../../src/schema/print.ts';
import { promisedExtractions, promisedGraph } from '../support/schema/promised-graph.ts';

test('schema.graphql is what the code prints', async () => {
  const written = await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8');
  assert.equal(written, printGraph(), 'run `npm run schema`');
});

test("the client kit's cache facts and scalars are those of the schema", async () => {
  for (const [name, text] of Object.entries(generateFiles(printGraph()))) {
    const file = new URL(`../../clients/web/src/generated/${name}`, import.meta.url);
    assert.equal(await readFile(file, 'utf8'), text, 'run `npm run schema`');
  }
});

test('every name and type that was promised is there, and nothing else', () => {
  const promised = [...signaturesOf(buildSchema(promisedGraph)).keys()];
  for (const [type, fields] of Object.entries(promisedExtractions)) {
    const isIdentity = 'dateOfBirth' in fields;
    const kind = `type ${type} implements Extraction${isIdentity ? ' & IdentityExtraction' : ''}`;
    const common = [
      'documentType: String!',
      'fields(names: [String!]): [ExtractedField!]!',
      'lowestConfidence: Float',
    ];
    const own = Object.entries(fields).map(([name, fieldType]) => `${name}: ${fieldType}`);
    promised.push(kind, ...[...common, ...own].map((field) => `${type}.${field}`));
  }
  assert.deepEqual([...signaturesOf(createSchema()).keys()].toSorted(), promised.toSorted());
});

test('every type, field, argument, input field and enum value is described in a sentence', () => {
  const wanting = [...signaturesOf(createSchema(), { withArguments: true })]
    .filter(([, description]) => !/^[A-Z\p{P}].*[.]$/su.test(description ?? ''))
    .map(([signature]) => signature);
  assert.deepEqual(wanting, []);
});

/** A line for each thing of a graph, with its description. */
function signaturesOf(schema: GraphQLSchema, { withArguments = false } = {}) {
  const lines = new Map<string, string | null | undefined>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__') || isSpecifiedScalarType(type)) continue;
    const isComposite = isObjectType(type) || isInterfaceType(type);
    const kind = isInterfaceType(type) ? 'interface' : isObjectType(type) ? 'type' : 'other';
    const interfaces = isComposite ? type.getInterfaces().map(({ name }) => name) : [];
    const implemented =
      interfaces.length > 0 ? ` implements ${interfaces.toSorted().join(' & ')}` : '';
    lines.set(`${kind} ${type.name}${implemented}`, type.description);
    if (isEnumType(type)) {
      for (const value of type.getValues()) {
        lines.set(`${type.name}.${value.name}`, value.description);
      }
    }
    if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) {
        lines.set(`${type.name}.${toInput(field)}`, field.description);
      }
    }
    if (!isComposite) continue;
    for (const field of Object.values(type.getFields())) {
      const args = field.args.map(toInput).toSorted().join(', ');
      const place = `${type.name}.${field.name}`;
      lines.set(`${place}${args && `(${args})`}: ${field.type}`, field.description);
      for (const arg of withArguments ? field.args : []) {
        lines.set(`${place}(${arg.name})`, arg.description);
      }
    }
  }
  return lines;
}

function toInput({ name, type, defaultValue }: GraphQLArgument | GraphQLInputField): string {
  const node = defaultValue === undefined ? undefined : astFromValue(defaultValue, type);
  return `${name}: ${type}${node ? ` = ${print(node)}` : ''}`;
}

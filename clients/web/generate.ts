import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  buildSchema,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isInterfaceType,
  isListType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
} from 'graphql';

/** TypeScript types of the scalars as they are in a response. A scalar that is missing here is an error. */
const scalarTypes: Readonly<Record<string, string>> = {
  Date: 'string',
  DateTime: 'string',
  JSONObject: 'Record<string, unknown>',
  URL: 'string',
};

const pageArguments = ['first', 'after', 'last', 'before'];
const head = '// Made from schema.graphql by `npm run schema`. Do not edit.\n\n';

/** The files that the schema decides, by their names in `src/generated`. */
export function generateFiles(schemaText: string): Readonly<Record<string, string>> {
  const schema = buildSchema(schemaText);
  const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
  const scalars = Object.fromEntries(
    types
      .filter((type) => isScalarType(type) && !isSpecifiedScalarType(type))
      .map(({ name }) => [name, toScalarType(name)]),
  );
  const objects = types.filter((type) => isObjectType(type)).filter(isNotRoot(schema));
  const withoutId = objects.filter((type) => !type.getFields().id);
  const embedded = new Set(withoutId.filter(isEmbedded).map(({ name }) => name));
  const parents = types.filter((type) => isObjectType(type));

  return {
    'cache-facts.ts':
      head +
      constant(
        'possibleTypes',
        'Object types by the interface or union that they belong to.',
        possible(schema, types),
      ) +
      constant(
        'typesWithoutId',
        'Object types without an id, which a cache keeps within their parents.',
        withoutId.map(({ name }) => name),
      ) +
      constant('mergedTypes', 'Of those, the types of which two selections are one object.', [
        ...embedded,
      ]) +
      constant(
        'replacedLists',
        'Fields that are lists of such objects, by type. A newer list replaces the older.',
        fieldsBy(parents, (field) => isListOf(schema, field, embedded)),
      ) +
      constant(
        'connections',
        'Fields that are connections, by type, with the arguments that make two lists different.',
        connectionsBy(parents),
      ),
    'scalars.ts':
      head +
      constant('codegenScalars', 'The `scalars` of GraphQL Code Generator.', scalars) +
      '/** The `scalars` of gql.tada. */\nexport interface AtlasScalars {\n' +
      Object.entries(scalars)
        .map(([name, type]) => `  ${name}: ${type};\n`)
        .join('') +
      '}\n',
    'relay.json': `${JSON.stringify({ customScalarTypes: scalars }, null, 2)}\n`,
  };
}

function toScalarType(name: string): string {
  const type = scalarTypes[name];
  if (type === undefined) throw new Error(`The scalar ${name} has no TypeScript type yet`);
  return type;
}

function isNotRoot(schema: GraphQLSchema): (type: GraphQLObjectType) => boolean {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return (type) => !roots.includes(type);
}

/** Pages are joined by the policy of their connection, and payloads are read once. */
function isEmbedded({ name }: GraphQLNamedType): boolean {
  return !/(Connection|Edge|Payload|^PageInfo)$/.test(name);
}

function possible(schema: GraphQLSchema, types: readonly GraphQLNamedType[]) {
  return Object.fromEntries(
    types
      .filter((type) => isAbstractType(type))
      .map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]),
  );
}

function isListOf(
  schema: GraphQLSchema,
  { type }: GraphQLField<unknown, unknown>,
  names: ReadonlySet<string>,
): boolean {
  if (!isListType(getNullableType(type))) return false;
  const item = getNamedType(type);
  const members = isInterfaceType(item) ? schema.getPossibleTypes(item) : [item];
  return members.some(({ name }) => names.has(name));
}

function fieldsBy(
  parents: readonly GraphQLObjectType[],
  isWanted: (field: GraphQLField<unknown, unknown>) => boolean,
) {
  return Object.fromEntries(
    parents
      .map(
        (parent) =>
          [
            parent.name,
            Object.values(parent.getFields())
              .filter(isWanted)
              .map(({ name }) => name),
          ] as const,
      )
      .filter(([name, fields]) => fields.length > 0 && !/(Connection|Payload)$/.test(name)),
  );
}

function connectionsBy(parents: readonly GraphQLObjectType[]) {
  return Object.fromEntries(
    parents.flatMap((parent) => {
      const fields = Object.values(parent.getFields())
        .filter(({ type }) => getNamedType(type).name.endsWith('Connection'))
        .map(({ name, args }) => [
          name,
          args.map((argument) => argument.name).filter((each) => !pageArguments.includes(each)),
        ]);
      return fields.length > 0 ? [[parent.name, Object.fromEntries(fields)]] : [];
    }),
  );
}

function constant(name: string, description: string, value: object): string {
  const type = Array.isArray(value) ? ': readonly string[]' : '';
  return `/** ${description} */\nexport const ${name}${type} = ${JSON.stringify(value, null, 2)};\n\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const schema = await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8');
  for (const [name, text] of Object.entries(generateFiles(schema))) {
    await writeFile(new URL(`src/generated/${name}`, import.meta.url), text);
  }
}

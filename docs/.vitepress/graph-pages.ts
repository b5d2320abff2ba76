import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const schema = buildSchema(read('schema.graphql'));

/** An operation of the examples, with the answer that was given. */
interface Example {
  readonly title: string;
  readonly query: string;
  readonly answer: string;
  readonly types: ReadonlySet<string>;
}

const examples = readExamples(read('docs/reference/examples.md'));

/** The names of all types that have a page, in the order of the alphabet. */
function describedTypes(): string[] {
  return Object.values(schema.getTypeMap())
    .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
    .map(({ name }) => name)
    .toSorted();
}

/** The pages of the types: the parameters of the route, and the page as Markdown. */
export function graphPages(): { params: { type: string }; content: string }[] {
  const pages = describedTypes().map((name) => ({
    params: { type: name },
    content: toPage(name),
  }));
  return [{ params: { type: 'index' }, content: toIndex() }, ...pages];
}

/** The page that lists all types by their kind. */
function toIndex(): string {
  const kinds = new Map<string, string[]>();
  for (const name of describedTypes()) {
    const type = schema.getType(name);
    if (type === undefined) continue;
    const [first = ''] = toText(type.description).split(/(?<=\.)\s/);
    const lines = kinds.get(kindOf(type)) ?? [];
    kinds.set(kindOf(type), [...lines, `- ${toLink(type)}: ${first}`]);
  }
  const groups = [...kinds].map(([kind, lines]) => `## ${kind}s\n\n${lines.join('\n')}`);
  return [
    '# Types',
    'Begin with [Query](./Query), [Mutation](./Mutation) and [Subscription](./Subscription).',
    ...groups,
  ].join('\n\n');
}

function toPage(name: string): string {
  const type = schema.getType(name);
  if (type === undefined) throw new Error(`no type ${name}`);
  const parts = [`# ${name}`, `*${kindOf(type)}*`, toText(type.description), ...toRelations(type)];
  if (isObjectType(type) || isInterfaceType(type)) {
    parts.push('## Fields', ...Object.values(type.getFields()).map(toField));
  }
  if (isInputObjectType(type)) {
    parts.push('## Fields', ...Object.values(type.getFields()).map(toInput));
  }
  if (isEnumType(type)) {
    const values = type.getValues();
    parts.push('## Values', ...values.map((each) => `### ${each.name}\n\n${toNote(each)}`));
  }
  return [...parts, ...toUses(type), ...toExample(name)].filter(Boolean).join('\n\n');
}

function kindOf(type: GraphQLNamedType): string {
  if (isObjectType(type)) return 'object type';
  if (isInterfaceType(type)) return 'interface';
  if (isUnionType(type)) return 'union';
  if (isEnumType(type)) return 'enum';
  return isScalarType(type) ? 'scalar' : 'input type';
}

function toRelations(type: GraphQLNamedType): string[] {
  if (isObjectType(type) || isInterfaceType(type)) {
    const implemented = type.getInterfaces();
    const lines =
      implemented.length > 0 ? [`Implements ${implemented.map(toLink).join(', ')}.`] : [];
    return isInterfaceType(type)
      ? [...lines, `Types: ${schema.getPossibleTypes(type).map(toLink).join(', ')}.`]
      : lines;
  }
  return isUnionType(type) ? [`One of ${type.getTypes().map(toLink).join(', ')}.`] : [];
}

function toField(field: GraphQLField<unknown, unknown>): string {
  const args = field.args.map((arg) => `- ${toArgument(arg)}`);
  const given = args.length > 0 ? `Arguments:\n\n${args.join('\n')}` : '';
  const head = `### ${field.name}\n\n${toTypeLink(field.type)}`;
  return [head, toNote(field), given].filter(Boolean).join('\n\n');
}

function toInput(field: GraphQLInputField): string {
  const fallback =
    field.defaultValue === undefined ? '' : `, default \`${JSON.stringify(field.defaultValue)}\``;
  return `### ${field.name}\n\n${toTypeLink(field.type)}${fallback}\n\n${toNote(field)}`;
}

function toArgument(arg: GraphQLArgument): string {
  const fallback =
    arg.defaultValue === undefined ? '' : `, default \`${JSON.stringify(arg.defaultValue)}\``;
  return `\`${arg.name}\`: ${toTypeLink(arg.type)}${fallback}. ${toText(arg.description).replaceAll('\n', ' ')}`;
}

function toNote(of: {
  readonly description?: string | null | undefined;
  readonly deprecationReason?: string | null | undefined;
}): string {
  const text = toText(of.description);
  return of.deprecationReason ? `**Deprecated**: ${toText(of.deprecationReason)}\n\n${text}` : text;
}

/** A description as Markdown in which nothing is taken for a tag or an expression of a template. */
function toText(description: string | null | undefined): string {
  return (description ?? '').replaceAll('<', '&lt;').replaceAll('{', '&#123;');
}

function toLink(type: GraphQLNamedType): string {
  return isSpecifiedScalarType(type) ? `\`${type.name}\`` : `[${type.name}](./${type.name})`;
}

function toTypeLink(type: GraphQLType): string {
  const named = getNamedType(type);
  const [before = '', after = ''] = String(type).split(named.name);
  const mark = (text: string) => (text === '' ? '' : `<code>${text}</code>`);
  return `${mark(before)}${toLink(named)}${mark(after)}`;
}

/** The fields that return a type, and the arguments and input fields that take it. */
function toUses(type: GraphQLNamedType): string[] {
  const uses: string[] = [];
  for (const name of describedTypes()) {
    const of = schema.getType(name);
    if (of === undefined || !(isObjectType(of) || isInterfaceType(of) || isInputObjectType(of)))
      continue;
    for (const field of Object.values(of.getFields())) {
      const args: readonly GraphQLArgument[] = 'args' in field ? field.args : [];
      const types: GraphQLType[] = [field.type, ...args.map((arg) => arg.type)];
      const isUse = types.some((each) => getNamedType(each).name === type.name);
      if (isUse) uses.push(`[${name}.${field.name}](./${name}#${field.name.toLowerCase()})`);
    }
  }
  return uses.length > 0 ? ['## Where it is used', uses.join(', ')] : [];
}

/** The shortest example that selects a field of a type or names it. */
function toExample(name: string): string[] {
  const [example] = examples
    .filter(({ types }) => types.has(name))
    .toSorted((a, b) => a.query.length - b.query.length);
  if (example === undefined) return [];
  const heading = `## Example: ${example.title.charAt(0).toLowerCase()}${example.title.slice(1)}`;
  return [
    heading,
    `\`\`\`graphql\n${example.query}\`\`\``,
    'answers',
    `\`\`\`json\n${example.answer}\`\`\``,
  ];
}

function readExamples(text: string): Example[] {
  const block = '```(?:graphql|json)\\n([\\s\\S]*?)```\\s*';
  const each = new RegExp(`^## (.*)\\n\\s*${block}${block}${block}`, 'gm');
  return [...text.matchAll(each)].map(([, title = '', query = '', , answer = '']) => ({
    title,
    query,
    answer,
    types: typesOf(query),
  }));
}

function typesOf(query: string): Set<string> {
  const types = new Set<string>();
  const info = new TypeInfo(schema);
  const add = (type: GraphQLType | null | undefined) => {
    if (type) types.add(getNamedType(type).name);
  };
  const visitor = visitWithTypeInfo(info, {
    Field() {
      add(info.getParentType());
      add(info.getType());
    },
    Variable() {
      add(info.getInputType());
    },
  });
  visit(parse(query), visitor);
  return types;
}

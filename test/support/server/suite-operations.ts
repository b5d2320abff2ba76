import { globSync, readFileSync } from 'node:fs';
import { type DocumentNode, type GraphQLSchema, parse, validate } from 'graphql';

const root = new URL('../../../', import.meta.url).pathname;
const places = [
  'test/**/*.ts',
  'bench/**/*.ts',
  'playground/src/*.ts',
  'README.md',
  'docs/**/*.md',
];

/** A text between quotes or backticks, or in a block of a document. */
const quoted = /`((?:[^`\\]|\\.)*)`|'((?:[^'\\\n]|\\.)*)'|```graphql\n([\s\S]*?)```/g;
const named = /const (\w+) =\s*(?:`((?:[^`\\]|\\.)*)`|'((?:[^'\\\n]|\\.)*)')/g;

export interface SuiteOperation {
  readonly text: string;
  readonly document: DocumentNode;
}

/** Every operation that stands in a test, the benchmark, the playground or a document, and is valid. */
export function findSuiteOperations(schema: GraphQLSchema): SuiteOperation[] {
  const texts = new Set(globSync(places, { cwd: root }).flatMap(textsOf));
  return [...texts].flatMap((text) => {
    const document = tryParse(text);
    return document && validate(schema, document).length === 0 ? [{ text, document }] : [];
  });
}

function textsOf(path: string): string[] {
  const source = readFileSync(`${root}${path}`, 'utf8');
  const constants = new Map(
    [...source.matchAll(named)].map(([, name = '', one, other]) => [name, one ?? other ?? '']),
  );
  return [...source.matchAll(quoted)]
    .map(([, one, other, third]) => fill(one ?? other ?? third ?? '', constants))
    .filter((text) => text.includes('{'));
}

/** Puts the texts of constants where they are called for, and those of theirs. */
function fill(text: string, constants: ReadonlyMap<string, string>, depth = 0): string {
  if (depth > 5) return text;
  return text.replace(/\$\{(\w+)\}/g, (whole, name) => {
    const known = constants.get(name);
    return known === undefined ? whole : fill(known, constants, depth + 1);
  });
}

function tryParse(text: string): DocumentNode | null {
  try {
    return parse(text);
  } catch {
    return null;
  }
}

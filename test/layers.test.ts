import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { floors, rooms } from './support/allowed-imports.ts';
import {
  findCycles,
  findForbiddenFloors,
  findForbiddenRooms,
  floorOf,
  importsIn,
  roomOf,
} from './support/source-imports.ts';

const root = new URL('../', import.meta.url).pathname;

const sources = globSync('src/**/*.{js,ts}', { cwd: root }).toSorted();
const tests = globSync('test/**/*.ts', { cwd: root }).toSorted();
/** The client kit without the files that a program writes. */
const kit = globSync('clients/**/*.ts', {
  cwd: root,
  exclude: ['**/dist/**', '**/generated/**'],
}).toSorted();
/** The page of the playground, and the programs that build it. */
const page = globSync('playground/**/*.{ts,tsx}', { cwd: root }).toSorted();
const imports = sources.flatMap((file) => importsIn(file, read(file)));

test('the imports of every source file are found', () => {
  assert.ok(sources.length > 50 && imports.length > sources.length);
  for (const { from, to } of imports) {
    assert.ok(sources.includes(to) || to.endsWith('.json'), `${from} imports ${to}`);
  }
});

test('a floor imports the floors below it and no other', () => {
  assert.deepEqual(findForbiddenFloors(imports, floors), []);
});

test('a room imports the rooms that its floor allows and no other', () => {
  assert.deepEqual(findForbiddenRooms(imports, rooms), []);
});

test('every floor and every room has its line in the tables', () => {
  assert.deepEqual(
    sources.filter((file) => floors[floorOf(file)] === undefined),
    [],
  );
  assert.deepEqual(
    sources.filter((file) => roomOf(file) !== 'top' && !rooms[floorOf(file)]?.[roomOf(file)]),
    [],
  );
});

test('no import leads back to the file where it begins, types included', () => {
  assert.deepEqual(findCycles(imports), []);
});

/** Imports that the tables forbid, each planted in a file that exists. */
const violations: readonly [kind: string, file: string, line: string][] = [
  ['a higher floor', 'src/atlas/client/client.ts', "import { a } from '../../schema/refs.ts';"],
  ['a higher floor, by type', 'src/store/store.ts', "import type { A } from '../atlas/atlas.ts';"],
  ['a higher floor, dynamically', 'src/live/watch.ts', "await import('../schema/index.ts');"],
  ['a floor without an arrow', 'src/sandbox/main.ts', "import { a } from '../store/store.ts';"],
  [
    'values where only types are allowed',
    'src/observe/metrics.ts',
    "import { a } from '../server/http/http.ts';",
  ],
  [
    'values of a file that is not named',
    'src/sandbox/main.ts',
    "import { a } from '../atlas/atlas.ts';",
  ],
  [
    'a room without an arrow',
    'src/server/http/http.ts',
    "import { a } from '../streaming/sse.ts';",
  ],
  [
    'a room without an arrow, by type',
    'src/server/execution/execution.ts',
    "import type { A } from '../operation/graph.ts';",
  ],
  [
    'a room without an arrow, dynamically',
    'src/atlas/api/wire.ts',
    "const a = await import('../client/client.ts');",
  ],
  [
    'a value where a room allows types',
    'src/server/graphql-http/graphql-route.ts',
    "import { a } from '../streaming/sse.ts';",
  ],
  ['one adapter by another', 'src/store/redis/store.ts', "import { a } from '../sqlite/store.ts';"],
  [
    'a re-export of a higher floor',
    'src/identity/scopes.ts',
    "export * from '../server/http/http.ts';",
  ],
];

for (const [kind, file, line] of violations) {
  test(`the tables forbid ${kind}`, () => {
    const planted = importsIn(file, line);
    assert.equal(planted.length, 1);
    const found = [...findForbiddenFloors(planted, floors), ...findForbiddenRooms(planted, rooms)];
    assert.equal(found.length, 1);
  });
}

test('a planted cycle is found, also one by type and one by a dynamic import', () => {
  const file = 'src/live/watch.ts';
  const back = 'src/live/watcher.ts';
  for (const line of [
    "import { a } from './watcher.ts';",
    "import type { A } from './watcher.ts';",
    "await import('./watcher.ts');",
  ]) {
    const planted = [...importsIn(file, line), ...importsIn(back, "import './watch.ts';")];
    assert.deepEqual(findCycles(planted), [`${file} > ${back} > ${file}`]);
  }
});

test('the client kit imports nothing of the gateway', () => {
  assert.ok(kit.length > 10);
  const foreign = kit
    .flatMap((file) => importsIn(file, read(file)))
    .filter(({ to }) => !to.startsWith('clients/'));
  assert.deepEqual(foreign, []);
});

test('the page of the playground imports the types of its settings and nothing else of the gateway', () => {
  assert.ok(page.length > 30);
  const foreign = page
    .flatMap((file) => importsIn(file, read(file)))
    .filter(({ to }) => !to.startsWith('playground/'));
  assert.deepEqual(
    [...new Set(foreign.map(({ to }) => to))],
    ['src/server/http/playground-settings.ts'],
  );
  assert.deepEqual(findCycles(page.flatMap((file) => importsIn(file, read(file)))), []);
});

test('a source file has at most 300 lines, and a test at most 400', () => {
  const long = [...sources, ...kit, ...page, ...tests].filter(
    (file) => linesOf(file).length > (file.startsWith('test/') ? 400 : 300),
  );
  assert.deepEqual(long, []);
});

/** Patterns that no file may contain. */
const forbidden: readonly [what: string, pattern: RegExp][] = [
  ['the type any', /[:<,|&(]\s*any\b(?!')|\bas any\b/],
  ['a word to the compiler to look away', /@ts-(ignore|expect-error|nocheck)|biome-ignore/],
  ['a line to the console', /\bconsole\.\w+\(/],
  ['a default export', /^export default\b/],
  ['an export of what another file has', /^export (\*|(type )?\{[^}]*\} from)/],
];

for (const [what, pattern] of forbidden) {
  test(`no file holds ${what}`, () => {
    const found = [...sources, ...kit, ...page, ...tests]
      .filter((file) => file !== 'test/layers.test.ts')
      // Code that readers copy writes its result to their console.
      .filter((file) => !(what.includes('console') && file.startsWith('playground/src/copy-as/')))
      .flatMap((file) =>
        linesOf(file).flatMap((line, place) =>
          pattern.test(withoutComment(line)) ? [`${file}:${place + 1}: ${line.trim()}`] : [],
        ),
      );
    assert.deepEqual(found, []);
  });
}

/** Comments may speak of what code may not hold; those to tools are code. */
function withoutComment(line: string): string {
  return /@ts-|biome-/.test(line) ? line : line.replace(/^\s*(\/?\*|\/\/).*$/, '');
}

function linesOf(file: string): string[] {
  const lines = read(file).split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import {
  type Arrows,
  findCycles,
  findForbiddenFloors,
  findForbiddenRooms,
  floorOf,
  importsIn,
  roomOf,
} from './support/source-imports.ts';

const root = new URL('../', import.meta.url).pathname;

/** The imports between floors that are allowed; the floors stand in order, the lowest first. */
const floors: Arrows = {
  'tenant-id.ts': {},
  'tenant-key.ts': { 'tenant-id.ts': 'type' },
  atlas: { 'tenant-id.ts': 'type' },
  store: { 'tenant-id.ts': 'type', 'tenant-key.ts': '*' },
  live: { atlas: '*', store: '*', 'tenant-id.ts': 'type', 'tenant-key.ts': '*' },
  // A principal names its tenant, and a tenant is what Atlas is asked for.
  identity: { store: '*', atlas: 'type', 'tenant-id.ts': 'type' },
  privacy: {
    identity: '*',
    store: '*',
    logging: ['line-times.ts'],
    'tenant-id.ts': 'type',
  },
  // Live hands up values only because a resolver asked; its pure files are but functions.
  schema: {
    atlas: '*',
    store: '*',
    identity: '*',
    privacy: '*',
    live: ['batch-progress.ts', 'flow-progress.ts'],
  },
  server: {
    atlas: '*',
    store: '*',
    live: '*',
    identity: '*',
    privacy: '*',
    schema: '*',
    logging: '*',
    'tenant-id.ts': 'type',
  },
  // Told by callbacks of the floors below, whose shapes it knows; none of them knows it.
  observe: {
    'listening.ts': '*',
    atlas: 'type',
    live: 'type',
    server: 'type',
    logging: '*',
    'tenant-id.ts': 'type',
  },
  // The sandbox is another Atlas: it shares the shapes, and nothing that reads them for us.
  sandbox: { atlas: ['endpoints.ts', 'wire.ts', 'document-types.ts'] },
  // The names of cross-check members are configuration, and their table stands with their reader.
  // So are the tenants and whom they trust; the words for that stand with those who recognise them.
  config: {
    atlas: ['cross-checks.ts'],
    identity: ['api-keys.ts', 'jwt.ts', 'scopes.ts'],
    logging: '*',
    'tenant-id.ts': 'type',
  },
  logging: {},
  'listening.ts': {},
  compose: {
    atlas: '*',
    store: '*',
    live: '*',
    identity: '*',
    privacy: '*',
    schema: '*',
    server: '*',
    observe: '*',
    config: '*',
    'listening.ts': '*',
    logging: '*',
    'tenant-id.ts': 'type',
  },
  'app.ts': {
    compose: '*',
    atlas: '*',
    store: '*',
    live: '*',
    identity: '*',
    privacy: '*',
    schema: '*',
    server: '*',
    observe: '*',
    config: '*',
    'listening.ts': '*',
    logging: '*',
  },
  // A program of its own: calls Atlas and tells the shapes of its answers.
  contact: { atlas: '*', config: '*', 'tenant-id.ts': 'type' },
  // Makes a key, by itself.
  'make-key.ts': { config: '*', identity: '*' },
  'main.js': { 'program.ts': '*' },
  'program.ts': {
    store: ['store.ts'],
    server: ['reachable-host.ts'],
    compose: ['primary.ts', 'shutdown.ts'],
    'listening.ts': '*',
    privacy: ['audit-file.ts'],
    'app.ts': '*',
    config: '*',
    logging: '*',
    sandbox: '*',
  },
};

/** The imports between rooms of one floor that are allowed; `top` is the floor's own folder. */
const rooms: Readonly<Record<string, Arrows>> = {
  atlas: {
    top: { client: 'type', answers: '*', api: '*' },
    client: { resilience: '*', transport: '*', answers: '*', deadline: '*', api: '*' },
    resilience: { transport: '*', api: '*' },
    answers: { transport: '*', masking: '*', json: '*', api: '*' },
    transport: { deadline: '*', api: 'type' },
    deadline: { api: '*' },
    masking: { json: '*', api: '*' },
    api: { json: '*' },
    json: {},
  },
  store: {
    // The ports. Adapters and services know them, and none knows another.
    top: {},
    services: { top: '*' },
    memory: { top: '*' },
    redis: { top: '*' },
    relay: { top: '*' },
    sqlite: { top: '*' },
  },
  schema: {
    top: { graph: '*', mutations: '*', operation: '*' },
    mutations: { graph: '*', operation: '*', top: '*' },
    graph: { operation: '*', top: '*' },
    cost: { operation: '*' },
    operation: {},
  },
  server: {
    'graphql-http': { streaming: 'type', http: '*', operation: '*', execution: 'type' },
    streaming: { http: '*', operation: '*' },
    callbacks: { http: '*', operation: 'type' },
    http: { operation: '*' },
    operation: { execution: '*' },
    execution: {},
  },
};

const sources = globSync('src/**/*.{js,ts}', { cwd: root }).toSorted();
const tests = globSync('test/**/*.ts', { cwd: root }).toSorted();
/** The client kit without the files that a program writes. */
const kit = globSync('clients/**/*.ts', {
  cwd: root,
  exclude: ['**/dist/**', '**/generated/**'],
}).toSorted();
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

test('a source file has at most 300 lines, and a test at most 400', () => {
  const long = [...sources, ...kit, ...tests].filter(
    (file) => linesOf(file).length > (file.startsWith('test/') ? 400 : 300),
  );
  assert.deepEqual(long, []);
});

/** What no file of ours holds, and how to tell it. */
const forbidden: readonly [what: string, pattern: RegExp][] = [
  ['the type any', /[:<,|&(]\s*any\b(?!')|\bas any\b/],
  ['a word to the compiler to look away', /@ts-(ignore|expect-error|nocheck)|biome-ignore/],
  ['a line to the console', /\bconsole\.\w+\(/],
  ['a default export', /^export default\b/],
  ['an export of what another file has', /^export (\*|(type )?\{[^}]*\} from)/],
];

for (const [what, pattern] of forbidden) {
  test(`no file holds ${what}`, () => {
    const found = [...sources, ...kit, ...tests]
      .filter((file) => file !== 'test/layers.test.ts')
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

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import test from 'node:test';

const root = new URL('../', import.meta.url).pathname;

/**
 * What a floor may import from other floors: everything, `type` for types only, or the named files
 * for values and the rest for types. What is not named here is forbidden.
 */
type Allowed = '*' | 'type' | readonly string[];
const arrows: Readonly<Record<string, Readonly<Record<string, Allowed>>>> = {
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
    'line-times.ts': '*',
    'output.ts': 'type',
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
    'log.ts': '*',
    'tenant-id.ts': 'type',
  },
  // Told by callbacks of the floors below, whose shapes it knows; none of them knows it.
  observe: {
    'listening.ts': '*',
    atlas: 'type',
    live: 'type',
    server: 'type',
    'log.ts': '*',
    'tenant-id.ts': 'type',
  },
  // The sandbox is another Atlas: it shares the shapes, and nothing that reads them for us.
  sandbox: { atlas: ['endpoints.ts', 'wire.ts', 'document-types.ts'] },
  // The names of cross-check members are configuration, and their table stands with their reader.
  // So are the tenants and whom they trust; the words for that stand with those who recognise them.
  config: {
    atlas: ['cross-checks.ts'],
    identity: ['api-keys.ts', 'jwt.ts', 'scopes.ts'],
    'log.ts': '*',
    'tenant-id.ts': 'type',
  },
  'log.ts': { 'line-times.ts': '*' },
  'line-times.ts': {},
  'output.ts': {},
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
    'log.ts': '*',
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
    'log.ts': '*',
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
    'log.ts': '*',
    'output.ts': '*',
    sandbox: '*',
  },
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isTypeOnly: boolean;
}

const sources = globSync('src/**/*.{js,ts}', { cwd: root }).toSorted();
const tests = globSync('test/**/*.ts', { cwd: root }).toSorted();
const imports = sources.flatMap(importsOf);

test('the imports of every source file are seen', () => {
  assert.ok(sources.length > 50 && imports.length > sources.length);
  for (const { from, to } of imports) {
    assert.ok(sources.includes(to) || to.endsWith('.json'), `${from} imports ${to}`);
  }
});

test('a floor knows the floors below it and no other', () => {
  const wrong = imports.filter(({ from, to, isTypeOnly }) => {
    const [here, there] = [floorOf(from), floorOf(to)];
    if (here === there) return false;
    const allowed = arrows[here]?.[there];
    if (allowed === undefined) return true;
    if (allowed === '*' || isTypeOnly) return false;
    return allowed === 'type' || !allowed.includes(basename(to));
  });
  assert.deepEqual(
    wrong.map(({ from, to }) => `${from} imports ${to}`),
    [],
  );
});

test('every floor has its line in the table of arrows', () => {
  const floors = new Set(sources.map(floorOf));
  assert.deepEqual(
    [...floors].filter((floor) => arrows[floor] === undefined),
    [],
  );
});

test('no import leads back to where it began, not even by type', () => {
  const targets = Map.groupBy(imports, ({ from }) => from);
  const done = new Set<string>();
  const cycles: string[] = [];

  function visit(file: string, trail: readonly string[]): void {
    const start = trail.indexOf(file);
    if (start >= 0) cycles.push([...trail.slice(start), file].join(' > '));
    if (start >= 0 || done.has(file)) return;
    for (const { to } of targets.get(file) ?? []) visit(to, [...trail, file]);
    done.add(file);
  }

  for (const file of sources) visit(file, []);
  assert.deepEqual(cycles, []);
});

test('a source file has at most 300 lines, and a test at most 400', () => {
  const long = [...sources, ...tests].filter(
    (file) => linesOf(file).length > (file.startsWith('src/') ? 300 : 400),
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
    const found = [...sources, ...tests]
      .filter((file) => file !== 'test/layers.test.ts')
      .flatMap((file) =>
        linesOf(file).flatMap((line, place) =>
          pattern.test(withoutComment(line)) ? [`${file}:${place + 1}: ${line.trim()}`] : [],
        ),
      );
    assert.deepEqual(found, []);
  });
}

/** The folder of a file in `src`, or the file itself where it stands on the ground. */
function floorOf(file: string): string {
  return file.split('/')[1] ?? file;
}

function importsOf(from: string): Import[] {
  const pattern = /^(?:import|export)\s+(?:([^;'"]*?)\s*from\s*)?'(\.[^']+)'/gm;
  return [...read(from).matchAll(pattern)].map(([, names = '', path = '']) => ({
    from,
    to: join(dirname(from), path),
    isTypeOnly: isTypeOnly(names.trim()),
  }));
}

/** `type { A }` and `{ type A, type B }` load nothing. */
function isTypeOnly(names: string): boolean {
  if (/^type\b/.test(names)) return true;
  const named = /^\{([^}]*)\}$/s
    .exec(names)?.[1]
    ?.split(',')
    .filter((name) => name.trim() !== '');
  return named?.every((name) => /^\s*type\s/.test(name)) ?? false;
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

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

const root = new URL('../../', import.meta.url).pathname;
const guide = read('CONTRIBUTING.md');

test('every file and folder that the guide names exists', () => {
  const paths = /`((?:\.ci|src|test|docs|ops)\/[\w./-]*|[\w-]+\.(?:md|graphql|json))`/g;
  const named = [...guide.matchAll(paths)].map(([, path = '']) => path);
  assert.ok(named.length > 30);
  assert.deepEqual(
    named.filter((path) => !existsSync(join(root, path))),
    [],
  );
});

test('every script that the guide names exists', () => {
  const { scripts } = JSON.parse(read('package.json'));
  const named = [...guide.matchAll(/`npm (?:run )?(test|start|[\w:]+)(?= |`)/g)]
    .map(([, script = '']) => script)
    .filter((script) => script !== 'ci');
  assert.ok(named.length > 6);
  assert.deepEqual(
    named.filter((script) => !(script in scripts)),
    [],
  );
});

test('every recipe has its steps and the checks that hold it', () => {
  const [, recipes = ''] = guide.split('\n## Recipes\n');
  const each = (recipes.split('\n## ')[0] ?? '').split('\n### ').slice(1);
  assert.deepEqual(
    each.map((recipe) => recipe.split('\n')[0]),
    [
      'Add a document type or an extracted field',
      'Add a field to the schema',
      'Add a call to Atlas',
      'Add a mutation',
      'Add an error code',
      'Add a metric',
      'Add a variable',
      'Add a transport',
    ],
  );
  for (const recipe of each) {
    assert.match(recipe, /\n1\. /, recipe);
    assert.match(recipe, /\nChecks: .*`test\/[^`]+`/, recipe);
  }
});

test('the names that recipes call by are exported where they say', () => {
  const exported: readonly [file: string, name: string][] = [
    ['src/schema/user-error.ts', 'createInputCheck'],
    ['src/schema/operation/errors.ts', 'errorCodes'],
    ['src/server/operation/request-context.ts', 'Transport'],
  ];
  for (const [file, name] of exported) {
    assert.ok(guide.includes(`\`${name}\``), name);
    assert.match(read(file), new RegExp(`^export (?:const|function|type) ${name}\\b`, 'm'));
  }
});

test('the limits of lines in the guide are those that the layers are held to', () => {
  assert.match(guide, /at most 300 lines of source, 400 of tests/);
  assert.match(read('test/layers.test.ts'), /\? 400 : 300/);
});

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

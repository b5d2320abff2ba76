import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import {
  type BadWords,
  findBannedNames,
  findBareExports,
  findInMarkdown,
  findInSchema,
  findInSource,
  findInTest,
} from './support/words/find-words.ts';

const root = new URL('../', import.meta.url).pathname;

/** A rule on words: the files that it holds, and how it finds what breaks it. */
interface Rule {
  readonly name: 'sentences' | 'names' | 'exports';
  readonly files: readonly string[];
  readonly find: (text: string) => readonly BadWords[];
}

const rules: readonly Rule[] = [
  {
    name: 'sentences',
    files: filesOf('{src,bench,playground}/**/*.{js,ts,tsx}'),
    find: findInSource,
  },
  { name: 'sentences', files: filesOf('test/**/*.ts'), find: findInTest },
  {
    name: 'sentences',
    files: filesOf('{*,docs/**/*,bench/**/*,ops/**/*}.md'),
    find: findInMarkdown,
  },
  { name: 'sentences', files: ['schema.graphql'], find: findInSchema },
  { name: 'names', files: filesOf('src/**/*.{js,ts}'), find: findBannedNames },
  { name: 'exports', files: filesOf('src/**/*.ts'), find: findBareExports },
];

/** The files that are still to be rewritten, by the name of the rule that they break. */
const unfinished: Readonly<Record<Rule['name'], readonly string[]>> = JSON.parse(
  read('test/support/words/unfinished.json'),
);

const found = new Map<Rule['name'], Map<string, readonly BadWords[]>>();
for (const { name, files, find } of rules) {
  const byFile = found.get(name) ?? new Map();
  for (const file of files) byFile.set(file, find(read(file)));
  found.set(name, byFile);
}

for (const [name, byFile] of found) {
  test(`the ${name} of every file keep to the rules on words, but for the files that are listed`, () => {
    const listed = new Set(unfinished[name]);
    const lines = [...byFile]
      .filter(([file]) => !listed.has(file))
      .flatMap(([file, bad]) => bad.map(({ line, text }) => `${file}:${line}: ${text}`));
    assert.deepEqual(lines, []);
  });

  test(`the list of files with ${name} to rewrite holds no file that is clean or gone`, () => {
    const clean = unfinished[name].filter((file) => (byFile.get(file) ?? []).length === 0);
    assert.deepEqual(clean, [], 'remove these from test/support/words/unfinished.json');
    assert.deepEqual(unfinished[name], unfinished[name].toSorted());
  });
}

/** Texts that break a rule, and how often. */
const planted: readonly [kind: string, find: Rule['find'], text: string, count: number][] = [
  ['a doc comment', findInSource, '/** Who asks. */\nconst a = 1;', 1],
  [
    'a later sentence of a comment',
    findInSource,
    '/**\n * A key.\n * Whoever has it\n * reads. */',
    1,
  ],
  ['a line comment of two lines', findInSource, '// It ends.\n// Nobody waits.\nconst a = 1;', 1],
  ['a comment behind code', findInSource, 'const a = 1; // what it was', 1],
  ['a message', findInSource, "throw new Error('nobody waits for it');", 1],
  ['a message in a template', findInSource, `log(\`What \${name} sent.\`);`, 1],
  [
    'a description inside a call',
    findInSource,
    "t.int({ description: 'Its size. Whatever fits.' })",
    1,
  ],
  ['a comment inside a template', findInSource, `call(\`\${/* Somebody */ a}\`);`, 1],
  ['the name of a test', findInTest, "test('who reads slowly skips', () => {});", 1],
  [
    'the name of a test on its own line',
    findInTest,
    "test(\n  'what is kept',\n  () => {},\n);",
    1,
  ],
  ['a comment of a test', findInTest, '// Somebody else.\n', 1],
  ['a sentence of Markdown', findInMarkdown, 'It runs. **Whoever leaves** ends it.', 1],
  ['a heading and a cell', findInMarkdown, '## What is kept\n\n| what | for how long |\n', 2],
  ['an item of a list', findInMarkdown, 'Rules:\n- Nobody waits.\n1. Who asks?', 2],
  ['a description of a schema', findInSchema, '"""\nA list. What is in it.\n"""\ntype A', 1],
  ['a short description of a schema', findInSchema, 'type A { "Who asks." b: Int }', 1],
  ['a pronoun as a variable', findBannedNames, 'const who = 1;\nreturn told + held;', 3],
  ['an export without a comment', findBareExports, 'const a = 1;\n\nexport const b = a;', 1],
  ['an everyday word for a term', findBannedNames, 'class Lane implements Waiter {}', 2],
  ['a private word as a type', findBannedNames, 'export interface Asked { a: Means }', 2],
];

for (const [kind, find, text, count] of planted) {
  test(`the rules on words find ${kind}`, () => {
    assert.equal(find(text).length, count);
  });
}

/** Texts that break no rule, though they hold the words. */
const allowed: readonly [kind: string, find: Rule['find'], text: string][] = [
  ['a word within a sentence', findInSource, '/** Tells a caller what it may see. */'],
  ['a word that begins alike', findInSource, '/** Whole seconds. Whose key it is. */'],
  ['a string that is no message', findInSource, "const kinds = ['who', 'what'];"],
  ['an address in a string', findInSource, "const url = 'https://what.example/who';"],
  ['a regular expression', findInSource, "const a = /[/'] who is it/.test(b); const c = 1;"],
  ['a division', findInSource, "const a = b / c; const d = 'a' / 2;"],
  [
    'a value that a test sends',
    findInTest,
    "test('a fact', () => {\n\n  ask('Who asks here');\n});",
  ],
  ['a block of code in Markdown', findInMarkdown, '```\nWhat is it\n```\n'],
  ['an export with a comment', findBareExports, '/** One. */\nexport const a = 1;'],
  ['a banned name in a comment or string', findBannedNames, "// who asked\nconst a = 'told';"],
  ['a member that is read', findBannedNames, 'return a.held + b.askedAt;'],
];

for (const [kind, find, text] of allowed) {
  test(`the rules on words allow ${kind}`, () => {
    assert.deepEqual(find(text), []);
  });
}

function filesOf(pattern: string): string[] {
  const files = globSync(pattern, { cwd: root }).filter((file) => !file.includes('node_modules'));
  assert.ok(files.length > 0, pattern);
  return files.toSorted();
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readBuild, toBuildLine } from '../../src/build.ts';
import { makeDirectory } from '../support/store/adapters.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const [one, other] = ['1a'.repeat(20), '2b'.repeat(20)];

/** A directory with a manifest and the given files. */
function makeSource(t: TestContext, files: Readonly<Record<string, string>>): string {
  const directory = makeDirectory(t);
  for (const [name, text] of Object.entries({ 'package.json': '{"version":"1.2.3"}', ...files })) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

test('the build of this checkout is its manifest and its HEAD', () => {
  const head = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  assert.deepEqual(readBuild(), { version, commit: head });
});

/** Where a commit can stand, and the commit that is read there. */
const places: readonly [where: string, files: Readonly<Record<string, string>>, string | null][] = [
  ['the file of an image', { COMMIT: `${one}\n`, '.git/HEAD': `${other}\n` }, one],
  ['an image that was given none', { COMMIT: '\n' }, null],
  ['a detached HEAD', { '.git/HEAD': `${one}\n` }, one],
  ['a branch', { '.git/HEAD': 'ref: refs/heads/main\n', '.git/refs/heads/main': `${one}\n` }, one],
  [
    'a packed branch',
    {
      '.git/HEAD': 'ref: refs/heads/a/main\n',
      '.git/packed-refs': `# pack-refs with: peeled\n${other} refs/heads/main\n${one} refs/heads/a/main\n`,
    },
    one,
  ],
  [
    'a linked worktree',
    {
      '.git': 'gitdir: repository/worktrees/two\n',
      'repository/worktrees/two/HEAD': 'ref: refs/heads/two\n',
      'repository/worktrees/two/commondir': '../..\n',
      'repository/refs/heads/two': `${one}\n`,
    },
    one,
  ],
  ['a branch without a commit', { '.git/HEAD': 'ref: refs/heads/main\n' }, null],
  ['a HEAD that is no hash', { '.git/HEAD': 'password\n' }, null],
  ['a HEAD that leads elsewhere', { '.git/HEAD': 'ref: ../../etc/passwd\n' }, null],
  ['no checkout', {}, null],
];

for (const [where, files, commit] of places) {
  test(`the commit of ${where} is ${commit === null ? 'unknown' : 'read'}`, (t) => {
    assert.deepEqual(readBuild(makeSource(t, files)), { version: '1.2.3', commit });
  });
}

test('the line of a build shows the version, and twelve digits of the commit if it is known', () => {
  assert.equal(toBuildLine({ version: '1.2.3', commit: one }), '1.2.3 (1a1a1a1a1a1a)');
  assert.equal(toBuildLine({ version: '1.2.3', commit: null }), '1.2.3');
});

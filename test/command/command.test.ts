import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readBuild, toBuildLine } from '../../src/build.ts';
import { runCommand } from '../support/command/run-command.ts';
import { makeDirectory } from '../support/store/adapters.ts';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const { stdout: overview } = await runCommand(['--help']);
const names = [...overview.matchAll(/^ {2}([a-z]+)(?: [A-Z]+)? {2,}/gm)].map(
  ([, name = '']) => name,
);

test('the version is told with the commit', async () => {
  const { code, stdout } = await runCommand(['--version']);
  assert.deepEqual([code, stdout], [0, `${toBuildLine(readBuild())}\n`]);
});

test('every command has a help text with its exit codes, and is an npm script', async () => {
  assert.ok(names.includes('backup') && names.includes('key'));
  for (const name of names) {
    const { code, stdout } = await runCommand([name, '--help']);
    assert.equal(code, 0, name);
    assert.match(stdout, new RegExp(`^npx atlas-gateway ${name}\\b`));
    assert.match(stdout, /Exit codes: 0 /);
    assert.deepEqual(await runCommand(['help', name]), { code: 0, stdout, stderr: '' });
    assert.equal(manifest.scripts[name], `node bin/atlas-gateway.cjs ${name}`);
  }
});

test('a wrong use ends with 64 and the help, and quotes nothing that was given', async () => {
  const wrong = [
    [],
    ['nonsense'],
    ['backup'],
    ['backup', 'a', 'b'],
    ['restore', '--secret', 'agk_x'],
  ];
  for (const args of wrong) {
    const { code, stdout, stderr } = await runCommand(args);
    assert.deepEqual([code, stdout], [64, ''], args.join(' '));
    assert.match(stderr, /npx atlas-gateway /);
    assert.doesNotMatch(stderr, /nonsense|agk_x/);
  }
});

test('a fault of the configuration ends with 78, and names every one', async () => {
  const { code, stderr } = await runCommand(['backup', 'file'], { PORT: 'x', HOST: '?' });
  assert.equal(code, 78);
  assert.match(stderr, /has 2 fault\(s\)[\s\S]*HOST[\s\S]*PORT/);
});

test('below an older Node the one of the dependencies takes over', async (t) => {
  const old = join(makeDirectory(t), 'old.cjs');
  writeFileSync(
    old,
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.0.0' } });",
  );
  const { code, stdout } = await runCommand(['--version'], {}, ['--require', old]);
  assert.deepEqual([code, stdout], [0, `${toBuildLine(readBuild())}\n`]);
  const wrong = await runCommand(['nonsense'], {}, ['--require', old]);
  assert.equal(wrong.code, 64);
});

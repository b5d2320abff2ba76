import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadTenants } from '../../src/config/load-tenants.ts';
import { hashKey } from '../../src/identity/api-keys.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

const byNpm = ['npm', '--prefix', root, 'run', '--silent', 'key', '--'] as const;
const byNode = [process.execPath, join(root, 'bin/atlas-gateway.cjs'), 'key'] as const;

/** Runs the program with arguments, from a directory of its own. */
async function makeKey(
  t: TestContext,
  args: readonly string[],
  [command, ...before]: readonly [string, ...string[]] = byNode,
) {
  const cwd = await mkdtemp(join(tmpdir(), 'make-key-'));
  t.after(() => rm(cwd, { recursive: true }));
  const child = spawn(command, [...before, ...args], { cwd });
  const [output, faults, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { output, faults, code, left: await readdir(cwd) };
}

const asked = ['--tenant', 'acme', '--scopes', 'flows:read,pii:read'];

test('npm run key shows a key once, and what the file of tenants is to hold of it', async (t) => {
  const expires = '2126-01-01T00:00:00.000Z';
  const args = [...asked, '--name', 'backend', '--expires', '2126-01-01'];
  const { output, faults, code, left } = await makeKey(t, args, byNpm);
  assert.deepEqual([code, faults, left], [0, '', []]);
  const [key = '', ...more] = output.match(/agk_[\w-]{43}/g) ?? [];
  assert.deepEqual(more, []);
  const kept = JSON.parse(/^\{.*\}$/m.exec(output)?.[0] ?? '');
  assert.deepEqual(kept, {
    name: 'backend',
    sha256: hashKey(key),
    scopes: ['flows:read', 'pii:read'],
    expires,
  });

  const file = {
    tenants: [
      { id: 'acme', atlas: { clientId: 'acme-client', clientSecret: 'acme-secret' }, keys: [kept] },
    ],
  };
  const [tenant] = loadTenants({
    env: { ATLAS_BASE_URL: 'https://atlas.example', TENANTS_FILE: 'tenants.json' },
    readFile: () => JSON.stringify(file),
    now: Date.now,
  });
  assert.equal(tenant?.keys[0]?.sha256, hashKey(key));
  assert.equal(tenant?.keys[0]?.expiresAt, Date.parse(expires));
});

test('no two runs make the same key', async (t) => {
  const [one, other] = await Promise.all([makeKey(t, asked), makeKey(t, asked)]);
  assert.notEqual(one.output, other.output);
  assert.match(one.output, /"name":"main"/);
});

const refused: readonly (readonly string[])[] = [
  [],
  ['--tenant', 'acme'],
  ['--scopes', 'flows:read'],
  ['--tenant', 'acme', '--scopes', ''],
  ['--tenant', 'acme', '--scopes', 'flows:read,flows:all'],
  ['--tenant', 'two words', '--scopes', 'flows:read'],
  ['--tenant', '../acme', '--scopes', 'flows:read'],
  [...asked, '--name', 'grant 1'],
  [...asked, '--expires', '2001-01-01'],
  [...asked, '--expires', 'tomorrow'],
  [...asked, '--key', 'agk_mine'],
  [...asked, 'agk_mine'],
];
test('npm run key refuses what it does not understand, and makes no key', async (t) => {
  for (const args of refused) {
    const { output, faults, code } = await makeKey(t, args);
    assert.equal(code, 64, args.join(' '));
    assert.equal(output, '');
    assert.match(faults, /--/);
    assert.doesNotMatch(faults, /agk_/);
  }
});

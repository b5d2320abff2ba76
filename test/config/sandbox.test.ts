import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load-config.ts';
import { type Env, issuesOf, withAtlas } from '../support/config/issues-of.ts';

const missing = [
  'ATLAS_BASE_URL is missing: give it, or SANDBOX=1 for the sandbox with synthetic data.',
];
const production = { NODE_ENV: 'production' };

const rows: readonly [env: Env, issues: readonly string[]][] = [
  [{}, []],
  [{ NODE_ENV: 'development' }, []],
  [{ SANDBOX: '1' }, []],
  [{ SANDBOX: '0' }, missing],
  [production, missing],
  [{ ...production, SANDBOX: ' ' }, missing],
  [{ ...production, SANDBOX: '0' }, missing],
  [{ ...production, ATLAS_BASE_URL: ' ' }, missing],
  [{ ...production, SANDBOX: '1' }, []],
  [{ ...production, ...withAtlas }, []],
  [{ ...production, ...withAtlas, SANDBOX: '0' }, []],
  [{ ...withAtlas, SANDBOX: '1' }, ['SANDBOX is set beside ATLAS_BASE_URL: unset one of them.']],
];
for (const [env, issues] of rows) {
  const given = Object.entries(env).map((pair) => pair.join('='));
  test(`${given.join(' ') || 'nothing set'} ${issues.length > 0 ? 'is refused' : 'is taken'}`, () => {
    assert.deepEqual(issuesOf(env), issues);
    if (issues.length === 0) {
      assert.equal(loadConfig(env).atlas === null, !('ATLAS_BASE_URL' in env));
    }
  });
}

test('a flow of the sandbox takes 12 to 20 seconds by default, and as long as it is told to', () => {
  const demoMs = 3 * loadConfig({}).sandboxStageMs;
  assert.ok(demoMs >= 12_000 && demoMs <= 20_000);
  assert.equal(loadConfig({ SANDBOX_STAGE_MS: '10' }).sandboxStageMs, 10);
  for (const SANDBOX_STAGE_MS of ['9', '600001', 'fast']) {
    assert.match(issuesOf({ SANDBOX_STAGE_MS })[0] ?? '', /^SANDBOX_STAGE_MS /);
  }
});

test('SANDBOX is 0 or 1', () => {
  assert.deepEqual(
    issuesOf({ ...production, SANDBOX: 'true' })[0],
    'SANDBOX is unknown: give one of 0, 1.',
  );
});

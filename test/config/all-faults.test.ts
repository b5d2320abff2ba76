import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../../src/config/config-error.ts';
import { loadConfig } from '../../src/config/load-config.ts';

const broken = {
  PORT: 'abc',
  ATLAS_BASE_URL: 'nowhere',
  GATEWAY_API_KEY: 'two words',
  POLL_INTERVAL_MS: '1',
  LOG_LEVEL: 'verbose',
  CALLBACK_SECRET: 'short-secret',
};

test('all faults are told at once, and no secret with them', () => {
  assert.throws(
    () => loadConfig(broken),
    (error: unknown) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, /^The configuration has 8 fault\(s\):\n/);
      for (const name of [...Object.keys(broken), 'ATLAS_CLIENT_ID', 'ATLAS_CLIENT_SECRET']) {
        assert.equal(error.issues.filter((issue) => issue.startsWith(`${name} `)).length, 1, name);
        assert.ok(error.message.includes(`\n  - ${name} `));
      }
      assert.doesNotMatch(error.message, /two words|short-secret/);
      return true;
    },
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load-config.ts';
import { withAtlas } from '../support/config/issues-of.ts';

test('a poll interval below the bound of Atlas is taken, with one warning', () => {
  for (const POLL_INTERVAL_MS of ['50', '4999']) {
    const config = loadConfig({ ...withAtlas, POLL_INTERVAL_MS });
    assert.equal(config.pollIntervalMs, Number(POLL_INTERVAL_MS));
    assert.equal(config.warnings.length, 1);
    assert.match(config.warnings[0] ?? '', /^POLL_INTERVAL_MS is below 5000/);
  }
  assert.deepEqual(loadConfig({ ...withAtlas, POLL_INTERVAL_MS: '5000' }).warnings, []);
});

test('any port may be asked for, 0 too', () => {
  assert.equal(loadConfig({ PORT: '0' }).port, 0);
  assert.equal(loadConfig({ PORT: '0', METRICS_PORT: '0' }).metricsPort, 0);
  assert.equal(loadConfig({ PORT: '65535' }).port, 65_535);
});

test('a host may be a name or an address of either kind', () => {
  for (const HOST of ['localhost', 'gateway.example', '0.0.0.0', '::1', '::']) {
    assert.equal(loadConfig({ HOST }).host, HOST);
  }
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { runCommand } from '../support/command/run-command.ts';
import { openGateway } from '../support/open-gateway.ts';
import { redisIsMissing, startRedis } from '../support/start-redis.ts';
import { makeDirectory } from '../support/store/adapters.ts';

const credentials = { clientId: 'Kd83mXq1Rv7Zp5Lw', clientSecret: 'Jq4wXz81Jm6cRv2TpB5s' };

/** An Atlas with good credentials, and a configuration that names it. */
async function openDeployment(t: TestContext, env: Readonly<Record<string, string>> = {}) {
  const addressClient = { addressClientId: 'a', addressClientSecret: 'b' };
  const sandbox = await startSandbox({ credentials: [{ ...credentials, ...addressClient }] });
  t.after(() => sandbox.close());
  const directory = makeDirectory(t);
  const secret = join(directory, 'atlas-secret');
  writeFileSync(secret, credentials.clientSecret, { mode: 0o600 });
  const configuration: Record<string, string> = {
    ATLAS_BASE_URL: sandbox.url,
    ATLAS_CLIENT_ID: credentials.clientId,
    ATLAS_CLIENT_SECRET: `file:${secret}`,
    GATEWAY_API_KEY: 'Vb7nKs20Lq9dYw3MtH8f',
    DATA_DIR: join(directory, 'data'),
    ...env,
  };
  return { sandbox, secret, env: configuration };
}

/** An HTTP server that answers every request alike, by a clock that is so far behind. */
async function answerWith(t: TestContext, text: string, agoMs = 0) {
  const server = createServer((_request, response) => {
    response.setHeader('date', new Date(Date.now() - agoMs).toUTCString());
    response.end(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // listens on a port
}

test('a sound deployment is reported line by line, without any value', async (t) => {
  const { app } = await openGateway(t);
  const { env } = await openDeployment(t, { PUBLIC_URL: app.url });
  const { code, stdout, stderr } = await runCommand(['check'], env);
  assert.deepEqual([code, stderr], [0, ''], stdout);
  for (const line of stdout.trim().split('\n')) assert.match(line, /^(ok {3}|warn {1}) \w/, line);
  for (const family of ['verification', 'bulk', 'docstream']) {
    assert.match(
      stdout,
      new RegExp(`^ok {4}Atlas: the ${family} token of tenant default is issued$`, 'm'),
    );
  }
  assert.match(stdout, /^ok {4}clock: \d s (ahead|behind)/m);
  assert.match(stdout, /^ok {4}files: the file of ATLAS_CLIENT_SECRET is closed to others$/m);
  assert.match(stdout, /^ok {4}PUBLIC_URL: a gateway answers/m);
  for (const value of Object.values(env)) assert.ok(!stdout.includes(value));
});

test('a secret that others may read is a fault', async (t) => {
  const { env, secret } = await openDeployment(t);
  chmodSync(secret, 0o644);
  const { code, stdout } = await runCommand(['check'], env);
  assert.equal(code, 1);
  assert.match(stdout, /^fault files: every user may open the file of ATLAS_CLIENT_SECRET/m);
});

test('an Atlas that refuses or does not answer is a fault', async (t) => {
  const { env } = await openDeployment(t, { ATLAS_CLIENT_ID: 'Xp29dWq7Rb4Zm1Kc' });
  const refused = await runCommand(['check'], env);
  assert.equal(refused.code, 1);
  assert.match(
    refused.stdout,
    /^fault Atlas: the verification token .* is refused with status 4\d\d$/m,
  );
  const gone = await runCommand(['check'], { ...env, ATLAS_BASE_URL: 'http://127.0.0.1:1' });
  assert.match(gone.stdout, /^fault Atlas: the verification token .*: no answer$/m);
  assert.match(gone.stdout, /^warn {2}clock: nothing to compare/m);
});

test('a clock that is two minutes off, and an answer that is no token, are faults', async (t) => {
  const url = await answerWith(t, '{"token":"other"}', 120_000);
  const { env } = await openDeployment(t, { ATLAS_BASE_URL: url });
  const { code, stdout } = await runCommand(['check'], env);
  assert.equal(code, 1);
  assert.match(stdout, /^fault clock: 1[12]\d s ahead of that of Atlas$/m);
  assert.match(stdout, /^fault Atlas: .*none that the gateway can read$/m);
});

test('a probe decides whether PUBLIC_URL is reached from outside', async (t) => {
  const reached = await answerWith(t, 'probe_success 1\n');
  const failed = await answerWith(t, 'probe_success 0\n');
  const { env } = await openDeployment(t, { PUBLIC_URL: 'https://gateway.invalid' });
  const one = await runCommand(['check', '--probe', `${reached}/probe`], env);
  assert.match(one.stdout, /^ok {4}PUBLIC_URL: reached by the probe$/m);
  const other = await runCommand(['check', '--probe', `${failed}/probe`], env);
  assert.deepEqual([other.code, /^fault PUBLIC_URL/m.test(other.stdout)], [1, true]);
  assert.equal((await runCommand(['check', '--probe', 'outside'], env)).code, 64);
});

test('a Redis that would lose data is a warning, and one that is gone a fault', {
  skip: redisIsMissing,
}, async (t) => {
  const { url } = await startRedis(t);
  const { env } = await openDeployment(t, {
    REDIS_URL: url,
    CALLBACK_SECRET: 'Wd5xRm63Zk8vCj1QgN4p',
  });
  const { code, stdout } = await runCommand(['check'], env);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^ok {4}Redis: answers$/m);
  assert.match(stdout, /^warn {2}Redis has no append-only file/m);
  const gone = await runCommand(['check'], { ...env, REDIS_URL: 'redis://127.0.0.1:1' });
  assert.match(gone.stdout, /^fault Redis: no answer/m);
});

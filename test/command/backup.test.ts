import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { runCommand } from '../support/command/run-command.ts';
import { createFlow, startReplica } from '../support/fleet/fleet-processes.ts';
import { makeDirectory } from '../support/store/adapters.ts';

const timeout = 120_000;
const readFlow = 'query ($uuid: String!) { flow(uuid: $uuid) { applicationId } }';

/** The environment that a command shares with a gateway on a directory. */
function environmentOf(directory: string, atlasUrl: string): Record<string, string> {
  return {
    DATA_DIR: directory,
    ATLAS_BASE_URL: atlasUrl,
    ATLAS_CLIENT_ID: 'Kd83mXq1Rv7Zp5Lw',
    ATLAS_CLIENT_SECRET: 'Jq4wXz81Jm6cRv2TpB5s',
    GATEWAY_API_KEY: 'Vb7nKs20Lq9dYw3MtH8f',
  };
}

for (const workers of ['1', '2']) {
  test(`the drill with ${workers} worker(s): backed up while it runs, restored when it is ended`, {
    timeout,
  }, async (t) => {
    const sandbox = await startSandbox({ stageMs: 3_600_000 });
    t.after(() => sandbox.close());
    const [directory, elsewhere] = [makeDirectory(t), makeDirectory(t)];
    const env = environmentOf(directory, sandbox.url);
    const backup = join(elsewhere, 'backup.sqlite');
    const gateway = await startReplica(t, {
      ATLAS_BASE_URL: sandbox.url,
      DATA_DIR: directory,
      WORKERS: workers,
    });
    const open = async (applicationId: string): Promise<string> =>
      (await gateway.ask(createFlow, { input: { applicationId } })).data.createFlow.flow.uuid;
    const known = async (uuid: string): Promise<unknown> =>
      (await gateway.ask(readFlow, { uuid })).data.flow.applicationId;
    const before = await open('before');

    const copied = await runCommand(['backup', backup], env);
    assert.deepEqual([copied.code, copied.stderr], [0, ''], copied.stderr);
    assert.match(copied.stdout, /: 1 flows, \d+ bytes, tables of version \d+\n$/);
    // The gateway writes on.
    const after = await open('after');
    assert.equal(await known(after), 'after');

    const refused = await runCommand(['restore', backup], env);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /in use by another process/);
    assert.equal(await known(after), 'after');

    assert.equal(await gateway.stop(), 0);
    const restored = await runCommand(['restore', backup], env);
    assert.deepEqual([restored.code, restored.stdout.slice(0, 16)], [0, 'restored 1 flows']);
    await gateway.restart();
    assert.equal(await known(before), 'before');
    assert.equal(await known(after), null);
  });
}

test('a register that is elsewhere is not backed up here', async (t) => {
  const env = environmentOf(makeDirectory(t), 'http://127.0.0.1:9');
  const inRedis = await runCommand(['backup', 'f'], {
    ...env,
    REDIS_URL: 'redis://127.0.0.1:9',
    CALLBACK_SECRET: 'Wd5xRm63Zk8vCj1QgN4p',
  });
  assert.equal(inRedis.code, 1);
  assert.match(inRedis.stderr, /the register is in Redis/);
  const inMemory = await runCommand(['backup', 'f'], { ...env, DATA_DIR: ':memory:' });
  assert.match(inMemory.stderr, /in memory alone/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { createFlow, startReplica } from '../support/fleet/fleet-processes.ts';
import { limitFiles, whyNoFileLimit } from '../support/server/file-limit.ts';
import { makeDirectory } from '../support/store/adapters.ts';

const skip = whyNoFileLimit();

for (const workers of ['1', '2']) {
  test(`${workers} worker(s) answer what Atlas did while the register can't be written`, {
    skip,
    timeout: 120_000,
  }, async (t) => {
    const sandbox = await startSandbox({ stageMs: 3_600_000 });
    t.after(() => sandbox.close());
    const env = { ATLAS_BASE_URL: sandbox.url, DATA_DIR: makeDirectory(t), WORKERS: workers };
    const gateway = await startReplica(t, env);
    const open = (input: object) => gateway.ask(createFlow, { input });
    const readyDetail = async () => {
      const response = await fetch(`${gateway.url}/ready`);
      return { ...(await response.json()), status: response.status };
    };
    const before = (await open({ applicationId: 'before' })).data.createFlow.flow.uuid;
    assert.match((await readyDetail()).register, /^can be written$/);
    // Nothing of the flow is in memory then.
    assert.equal(await gateway.stop(), 0);
    await gateway.restart();

    limitFiles(gateway.pid(), 4_096);
    sandbox.clearCalls();
    const uuids: string[] = [];
    for (let count = 0; count < 20; count += 1) {
      const { data } = await open({ applicationId: `application-${count}` });
      uuids.push(data.createFlow.flow.uuid);
    }
    assert.equal(sandbox.countCalls('initFlow'), 20);
    const read = { query: 'query ($uuid: String!) { flow(uuid: $uuid) { applicationId } }' };
    const found = await gateway.ask(read.query, { uuid: uuids[7] ?? '' });
    assert.equal(found.data.flow.applicationId, 'application-7');
    const kept = await gateway.ask(read.query, { uuid: before });
    assert.equal(kept.data.flow.applicationId, 'before');
    const keyed = { applicationId: 'keyed', idempotencyKey: 'key-1' };
    const [refused] = (await open(keyed)).errors ?? [];
    const { code, retryable } = refused?.extensions ?? {};
    assert.deepEqual([code, retryable], ['STORE_UNAVAILABLE', true]);
    assert.equal(sandbox.countCalls('initFlow'), 20);
    const detail = await readyDetail();
    assert.equal(detail.status, 200);
    assert.match(detail.register, /^can't be written: the disk/);

    limitFiles(gateway.pid(), null);
    assert.ok((await open(keyed)).data.createFlow.flow.uuid);
    assert.equal((await readyDetail()).register, 'can be written');
    const listed = await gateway.ask('{ flows(first: 50) { edges { node { applicationId } } } }');
    assert.equal(listed.data.flows.edges.length, 22);
    assert.equal(await gateway.stop(), 0);
    assert.match(gateway.log(), /the register can't be written: the disk/);
  });
}

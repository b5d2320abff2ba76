import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { createFlow, type Replica, startReplica } from '../support/fleet/fleet-processes.ts';
import { openEvents } from '../support/server/event-reader.ts';
import { watchFlow } from '../support/server/transports.ts';
import { redisIsMissing, startRedis } from '../support/start-redis.ts';
import { makeDirectory } from '../support/store/adapters.ts';

/** Three processes that share a register: those that a request may come to. */
const fleets: Readonly<
  Record<string, (t: TestContext, env: Readonly<Record<string, string>>) => Promise<Replica[]>>
> = {
  'workers over a file': async (t, env) => {
    const replica = await startReplica(t, { ...env, WORKERS: '3', DATA_DIR: makeDirectory(t) });
    // Each connection may come to another worker.
    return [replica, replica, replica];
  },
  'replicas over Redis': async (t, env) => {
    const { url } = await startRedis(t);
    return await Promise.all(
      Array.from({ length: 3 }, () => startReplica(t, { ...env, REDIS_URL: url })),
    );
  },
};
for (const [name, start] of Object.entries(fleets)) {
  const skip = name.includes('Redis') && redisIsMissing;
  test(`${name}: a revoked grant is refused by all, and ends within half a minute what is open`, {
    timeout: 120_000,
    skip,
  }, async (t) => {
    const sandbox = await startSandbox({ stageMs: 3_600_000 });
    t.after(() => sandbox.close());
    const replicas = await start(t, { ATLAS_BASE_URL: sandbox.url });
    const [first] = replicas;
    assert.ok(first);
    const opened = await first.ask(createFlow, { input: { applicationId: 'application-1' } });
    const { uuid } = opened.data.createFlow.flow;
    const issued = await first.ask(
      `mutation { issueFlowGrant(input: { flowUuid: "${uuid}" }) { token } }`,
    );
    const headers = {
      authorization: `Bearer ${issued.data.issueFlowGrant.token}`,
      'content-type': 'application/json',
      accept: 'text/event-stream',
    };
    const body = { query: watchFlow, variables: { uuid } };
    const readers = await Promise.all(
      [...replicas, ...replicas].map(({ url }) =>
        openEvents(t, `${url}/graphql`, { method: 'POST', headers, body }),
      ),
    );
    for (const reader of readers) assert.ok((await reader.next()).data.data.flowUpdated);

    const startedAt = performance.now();
    await first.ask(
      `mutation { revokeFlowGrants(input: { flowUuid: "${uuid}" }) { revokedBefore } }`,
    );
    for (const { url } of [...replicas, ...replicas]) {
      const { status } = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { ...headers, accept: 'application/json', connection: 'close' },
        body: JSON.stringify({ query: '{ viewer { tenantId } }' }),
      });
      assert.equal(status, 401);
    }
    for (const reader of readers) {
      const { data } = await reader.next();
      assert.equal(data.errors[0].extensions.code, 'UNAUTHENTICATED');
      assert.equal(await reader.ended, 'ended');
    }
    assert.ok(performance.now() - startedAt < 30_000);
  });
}

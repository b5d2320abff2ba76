import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Expected } from '../support/faults/matrix.ts';
import { openFaultyWorld } from '../support/faults/open-faulty.ts';
import { toOutcome } from '../support/faults/outcome.ts';
import { type Reach, reaches } from '../support/faults/reaches.ts';

/** Calls without a connection: nothing was executed, and a write may say so. */
const expected: Readonly<Record<Reach['column'], Expected>> = {
  read: ['ATLAS_UNAVAILABLE', 0],
  known: ['stale data', 0],
  match: ['ATLAS_UNAVAILABLE', 0],
  write: ['ATLAS_UNAVAILABLE', 0],
  token: ['ATLAS_UNAVAILABLE', 0],
};

test('a client is told that Atlas takes no connection, and is answered as soon as it does', async (t) => {
  const names = Object.entries<Reach>(reaches);
  const world = await openFaultyWorld(t, names.length + 3);
  const rows = [];
  for (const [name, reach] of names) {
    const tenant = world.next();
    // A token is asked for first where there is none.
    const asked = reach.column === 'token' ? unreadOf(reach) : await reach.prepare(tenant);
    tenant.beginCounting();
    rows.push({ name, reach, tenant, asked });
  }
  await world.sandbox.refuseConnections();
  // The first call finds the pooled sockets closed.
  const first = await world.next().ask('{ flow(uuid: "LOS-1") { uuid } }');
  assert.equal(first.errors?.[0]?.extensions.code, 'ATLAS_UNAVAILABLE');
  await Promise.all(
    rows.map(async ({ name, reach, tenant, asked }) => {
      const answer = await tenant.ask(asked.query, asked.variables);
      const told = [toOutcome(answer, asked), tenant.countCalls(reach.endpoint)];
      assert.deepEqual(told, expected[reach.column], name);
    }),
  );
  await world.comeToRest();
  assert.equal(world.countSockets(), 0);

  await world.sandbox.acceptConnections();
  // A caller with many calls has opened the circuit breaker and stays away for a while.
  world.letPass(5_000);
  await world.readAsBystander();
  for (const { name, tenant, asked } of rows) {
    const answer = await tenant.ask(asked.query, asked.variables);
    assert.equal(toOutcome(answer, asked), 'data', name);
  }
  assert.deepEqual(world.faultsOfOurOwn(), []);
});

/** A read of what need not be there. */
function unreadOf({ endpoint }: Reach) {
  if (endpoint === 'verificationToken') {
    const query = '{ flow(uuid: "LOS-1") { uuid } }';
    return { query, variables: {}, honest: { flow: null } };
  }
  const service = endpoint === 'bulkToken' ? 'BULK' : 'SANDBOX';
  const query = `{ batch(batchId: "BATCH-1", service: ${service}) { batchId } }`;
  return { query, variables: {}, honest: { batch: null } };
}

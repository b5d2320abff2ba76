import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureOf, openClient, tenantNamed } from '../support/atlas/open-client.ts';

const always = Number.POSITIVE_INFINITY;
const other = tenantNamed('other');
const query = { flow_uuid: 'LOS-1' };

test('a tenant that is forgotten is not kept out for what its old credentials met, and no other is let in', async (t) => {
  const { client, sandbox, tenant } = await openClient(t);
  sandbox.fault('flowStatus', { status: 500 }, always);
  for (const each of [tenant, other]) {
    for (let count = 0; count < 10; count += 1) {
      await failureOf(client.call(each, 'flowStatus', query));
    }
  }
  sandbox.clearFaults();
  assert.equal((await failureOf(client.call(tenant, 'flowStatus', query))).reason, 'circuit-open');
  client.forget(tenant);
  assert.equal(await client.call(tenant, 'flowStatus', query), null);
  assert.equal(client.health(tenant)[0]?.state, 'CLOSED');
  assert.equal((await failureOf(client.call(other, 'flowStatus', query))).reason, 'circuit-open');
});

test('a tenant that is forgotten may make calls again as often as a new one', async (t) => {
  const { client, sandbox, tenant } = await openClient(t);
  const countTries = async (each: typeof tenant) => {
    sandbox.clearCalls();
    // A 429 shuts nothing off: Atlas works.
    await failureOf(client.call(each, 'flowStatus', query));
    return sandbox.countCalls('flowStatus');
  };
  sandbox.fault('flowStatus', { status: 429 }, always);
  for (const each of [tenant, other]) {
    for (let count = 0; count < 5; count += 1) assert.equal(await countTries(each), 3);
    assert.equal(await countTries(each), 1);
  }
  client.forget(tenant);
  assert.equal(await countTries(tenant), 3);
  assert.equal(await countTries(other), 1);
});

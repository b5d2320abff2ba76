import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRegister } from '../../../src/store/services/register.ts';
import type { Store } from '../../../src/store/store.ts';
import { adapters, toOpening, toWords } from '../../support/store/adapters.ts';
import { toTenantId } from '../../support/tenant-id.ts';

const acme = toTenantId('acme');
const bolt = toTenantId('bolt');

/** A register, and how often its store was asked for a flow. */
function openRegister(store: Store, { max = 10, isShared = false } = {}) {
  let reads = 0;
  const flows: Store['flows'] = {
    ...store.flows,
    find(tenantId, uuid) {
      reads += 1;
      return store.flows.find(tenantId, uuid);
    },
  };
  const register = createRegister({ store: { ...store, flows, isShared }, max });
  return { register, countReads: () => reads };
}

for (const { name, open } of adapters) {
  test(`${name}: a flow that is read often is read from the store once`, async (t) => {
    const store = await open(t);
    await store.flows.open(acme, toOpening('LOS-1'));
    const { register, countReads } = openRegister(store);
    assert.equal(register.knownFlow(acme, 'LOS-1'), undefined);
    for (let count = 0; count < 5; count += 1) {
      assert.equal((await register.flow(acme, 'LOS-1'))?.applicationId, 'application of LOS-1');
      assert.equal(await register.flow(acme, 'LOS-2'), null);
    }
    assert.equal(countReads(), 2);
    assert.equal(register.knownFlow(acme, 'LOS-1')?.isCalledBack, true);
    assert.equal(register.knownFlow(acme, 'LOS-2'), null);
    assert.equal(register.knownFlow(bolt, 'LOS-1'), undefined);
  });

  test(`${name}: what is written is what is read from then on`, async (t) => {
    const { register } = openRegister(await open(t));
    assert.equal(await register.flow(acme, 'LOS-1'), null);
    await register.openFlow(acme, toOpening('LOS-1'));
    await register.recordUpload(acme, 'LOS-1', { documentIds: ['doc-1'], at: 2_000 });
    assert.equal(register.knownFlow(acme, 'LOS-1')?.uploadedAt, 2_000);
    const last = { status: toWords('SUCCESS'), version: 5, at: 3_000 };
    await register.recordStatus(acme, 'LOS-1', { ...last, source: 'POLL', hasEnded: false });
    const older = { status: toWords('FAILED'), version: 4, at: 4_000 };
    await register.recordStatus(acme, 'LOS-1', { ...older, source: 'POLL', hasEnded: false });
    const flow = await register.flow(acme, 'LOS-1');
    assert.deepEqual([flow?.state, flow?.last], ['SUCCESS', last]);
    assert.deepEqual(flow?.submittedDocumentIds, ['doc-1']);
  });

  test(`${name}: a flow that is not on the register gets no status and no event`, async (t) => {
    const store = await open(t);
    const { register } = openRegister(store);
    for (let count = 0; count < 2; count += 1) {
      const status = toWords('SUCCESS');
      await register.recordStatus(acme, 'LOS-1', {
        status,
        version: 1,
        at: 1,
        source: 'POLL',
        hasEnded: false,
      });
      await register.recordFailure(acme, 'LOS-1', { failure: 'ATLAS_UNAVAILABLE', at: 1 });
      assert.equal(await register.flow(acme, 'LOS-1'), null);
    }
  });

  test(`${name}: no more is remembered than there is room for, and nothing is lost for it`, async (t) => {
    const { register } = openRegister(await open(t), { max: 2 });
    for (const uuid of ['LOS-1', 'LOS-2', 'LOS-3']) await register.openFlow(acme, toOpening(uuid));
    assert.equal(register.knownFlow(acme, 'LOS-1'), undefined);
    assert.equal((await register.flow(acme, 'LOS-1'))?.uuid, 'LOS-1');
  });
}

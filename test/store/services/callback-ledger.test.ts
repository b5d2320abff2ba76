import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCallbackLedger } from '../../../src/store/services/callback-ledger.ts';
import { adapters, toOpening } from '../../support/store/adapters.ts';
import { toTenantId } from '../../support/tenant-id.ts';

const acme = toTenantId('acme');
const bolt = toTenantId('bolt');
const globex = toTenantId('globex');
const other = toTenantId('other');

for (const { name, open } of adapters) {
  test(`${name}: a flow that Atlas called for has been called, and no other`, async (t) => {
    const { flows, callbacks } = await open(t);
    const ledger = createCallbackLedger({ callbacks, now: () => 2_000 });
    await flows.open(acme, toOpening('LOS-1', { reference: 'ref-1' }));
    await flows.open(acme, toOpening('LOS-2', { reference: 'ref-2' }));
    assert.equal(await ledger.called(acme, 'ref-1'), 'LOS-1');
    assert.equal(await ledger.called(globex, 'ref-2'), null);
    assert.equal(await ledger.hasCalled(acme, 'LOS-1'), true);
    assert.equal(await ledger.hasCalled(acme, 'LOS-2'), false);
    assert.equal(await ledger.hasCalled(globex, 'LOS-1'), false);
  });

  test(`${name}: every call to this process counts, for its tenant and for all`, async (t) => {
    const { callbacks } = await open(t);
    const ledger = createCallbackLedger({ callbacks, now: () => 2_000 });
    for (const tenant of [acme, acme, bolt]) await ledger.called(tenant, 'ref-1');
    assert.equal(ledger.countReceived(acme), 2);
    assert.equal(ledger.countReceived(bolt), 1);
    assert.equal(ledger.countReceived(other), 0);
    assert.equal(ledger.countReceived(), 3);
    assert.equal(createCallbackLedger({ callbacks, now: () => 0 }).countReceived(), 0);
  });
}

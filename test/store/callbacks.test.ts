import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adapters, timelineOf, toOpening } from '../support/store/adapters.ts';
import { toTenantId } from '../support/tenant-id.ts';

const acme = toTenantId('acme');
const bolt = toTenantId('bolt');

for (const { name, open } of adapters) {
  test(`${name}: a call by a bound reference names the flow, each time`, async (t) => {
    const { flows, callbacks } = await open(t);
    await flows.open(acme, toOpening('LOS-1', { reference: 'ref-1' }));
    assert.equal(await callbacks.hasCalled(acme, 'LOS-1'), false);
    assert.deepEqual(await callbacks.find(acme, 'ref-1'), {
      flowUuid: 'LOS-1',
      hasCalled: false,
    });
    assert.equal(await callbacks.call(acme, 'ref-1', 2_000), 'LOS-1');
    assert.equal(await callbacks.call(acme, 'ref-1', 3_000), 'LOS-1');
    assert.equal(await callbacks.hasCalled(acme, 'LOS-1'), true);
    assert.deepEqual(await callbacks.find(acme, 'ref-1'), { flowUuid: 'LOS-1', hasCalled: true });
  });

  test(`${name}: a call before its reference is bound is told of at the binding, and is on the timeline`, async (t) => {
    const store = await open(t);
    const { flows, callbacks } = store;
    assert.equal(await callbacks.call(acme, 'ref-1', 500), null);
    assert.deepEqual(await callbacks.find(acme, 'ref-1'), { flowUuid: null, hasCalled: true });
    assert.equal(await flows.open(acme, toOpening('LOS-1', { reference: 'ref-1' })), true);
    assert.equal(await callbacks.hasCalled(acme, 'LOS-1'), true);
    const events = await timelineOf(store, acme, 'LOS-1', { first: 9, after: 0 });
    assert.deepEqual(
      events?.entries.map(({ kind, at }) => [kind, at]),
      [
        ['CREATED', 1_000],
        ['CALLED_BACK', 500],
      ],
    );
  });

  test(`${name}: a reference of one tenant is none of another`, async (t) => {
    const { flows, callbacks } = await open(t);
    await flows.open(acme, toOpening('LOS-1', { reference: 'ref-1' }));
    assert.equal(await callbacks.call(bolt, 'ref-1', 1), null);
    assert.equal(await callbacks.hasCalled(acme, 'LOS-1'), false);
    assert.equal(await callbacks.hasCalled(bolt, 'LOS-1'), false);
    assert.equal(await flows.open(bolt, toOpening('LOS-2', { reference: 'ref-1' })), true);
    assert.equal(await callbacks.call(acme, 'ref-1', 2), 'LOS-1');
  });

  test(`${name}: of a reference that nobody gave out nothing is known`, async (t) => {
    const { callbacks } = await open(t);
    assert.equal(await callbacks.find(acme, 'ref-1'), null);
  });
}

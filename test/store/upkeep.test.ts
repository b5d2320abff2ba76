import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adapters, timelineOf, toOpening } from '../support/store/adapters.ts';
import { toTenantId } from '../support/tenant-id.ts';

const acme = toTenantId('acme');

const attempt = { bodyHash: 'hash', reference: 'ref', at: 1_000, busyUntil: 2_000 };

for (const { name, open } of adapters) {
  test(`${name}: a secret is made once, whoever brings another`, async (t) => {
    const store = await open(t);
    const given = await Promise.all([store.secret('one', 'a'), store.secret('one', 'b')]);
    assert.deepEqual(given, ['a', 'a']);
    assert.equal(await store.secret('two', 'c'), 'c');
  });

  test(`${name}: what is old is forgotten in steps, with all that belongs to it, and nothing else`, async (t) => {
    const store = await open(t);
    const { flows, batches, callbacks, keys, grants } = store;
    for (const [uuid, at] of [
      ['LOS-1', 10],
      ['LOS-2', 20],
      ['LOS-3', 30],
    ] as const) {
      await flows.open(acme, toOpening(uuid, { at }));
      await flows.upload(acme, uuid, { documentIds: ['doc-1'], at });
      await batches.submit(acme, uuid, { submittedDocumentIds: ['doc-1'], at });
      await callbacks.call(acme, `early of ${uuid}`, at);
      await keys.begin(acme, { field: 'createFlow', key: uuid }, { ...attempt, at });
      if (name !== 'Redis') await grants.revoke(acme, uuid, at);
    }
    const older = { flowsBefore: 30, keysBefore: 20, grantsBefore: 20, eventsBefore: 30 };
    const steps: number[] = [];
    do steps.push(await store.forget(older, 3));
    while (steps.at(-1) === 3);
    // Redis forgets revocations by itself.
    assert.deepEqual(steps, name === 'Redis' ? [3, 3, 3, 3, 1] : [3, 3, 3, 3, 3, 1]);
    if (name !== 'Redis') {
      assert.equal(await grants.revokedBefore(acme, 'LOS-1'), null);
      assert.equal(await grants.revokedBefore(acme, 'LOS-2'), 20);
    }

    for (const uuid of ['LOS-1', 'LOS-2']) {
      assert.equal(await flows.find(acme, uuid), null);
      assert.equal(await batches.find(acme, uuid), null);
      assert.equal(await callbacks.find(acme, `reference of ${uuid}`), null);
      assert.equal(await callbacks.find(acme, `early of ${uuid}`), null);
    }
    assert.deepEqual((await flows.find(acme, 'LOS-3'))?.submittedDocumentIds, ['doc-1']);
    assert.ok(await batches.find(acme, 'LOS-3'));
    assert.ok(await callbacks.find(acme, 'early of LOS-3'));
    const begin = (key: string) => keys.begin(acme, { field: 'createFlow', key }, attempt);
    assert.equal(await begin('LOS-1'), null);
    assert.notEqual(await begin('LOS-2'), null);
    // A flow of that name begins with nothing of the one that was forgotten.
    await flows.open(acme, toOpening('LOS-1'));
    assert.deepEqual((await flows.find(acme, 'LOS-1'))?.submittedDocumentIds, []);
    assert.equal(
      (await timelineOf(store, acme, 'LOS-1', { first: 9, after: 0 }))?.entries.length,
      1,
    );
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adapters } from '../support/store/adapters.ts';
import { toTenantId } from '../support/tenant-id.ts';

const acme = toTenantId('acme');
const bolt = toTenantId('bolt');

const name1 = { field: 'createFlow', key: 'key-1' };
const attempt = { bodyHash: 'hash-1', reference: 'ref-1', at: 1_000, busyUntil: 2_000 };

for (const { name, open } of adapters) {
  test(`${name}: a key is begun once, and what is kept of it is told from then on`, async (t) => {
    const { keys } = await open(t);
    assert.equal(await keys.begin(acme, name1, attempt), null);
    const other = { ...attempt, bodyHash: 'hash-2', reference: 'ref-2' };
    assert.deepEqual(await keys.begin(acme, name1, other), { ...attempt, result: null });
    await keys.finish(acme, name1, '{"uuid":"LOS-1"}');
    assert.deepEqual(await keys.begin(acme, name1, other), {
      ...attempt,
      busyUntil: 0,
      result: '{"uuid":"LOS-1"}',
    });
  });

  test(`${name}: of many who begin a key at once one has its turn`, async (t) => {
    const { keys } = await open(t);
    const begun = await Promise.all(
      Array.from({ length: 20 }, (_, place) =>
        keys.begin(acme, name1, { ...attempt, reference: `ref-${place}` }),
      ),
    );
    assert.equal(begun.filter((record) => record === null).length, 1);
  });

  test(`${name}: a key is one for its tenant and its field`, async (t) => {
    const { keys } = await open(t);
    assert.equal(await keys.begin(acme, name1, attempt), null);
    assert.equal(await keys.begin(bolt, name1, attempt), null);
    assert.equal(await keys.begin(acme, { ...name1, field: 'createBatch' }, attempt), null);
    assert.equal(await keys.begin(acme, { ...name1, key: 'key-2' }, attempt), null);
    await keys.finish(bolt, name1, '"bolt"');
    assert.equal((await keys.begin(acme, name1, attempt))?.result, null);
  });

  test(`${name}: a key is free again once nothing was done under it`, async (t) => {
    const { keys } = await open(t);
    await keys.begin(acme, name1, attempt);
    await keys.release(acme, name1);
    assert.equal(await keys.begin(acme, name1, attempt), null);
    await keys.finish(acme, name1, '1');
    await keys.release(acme, name1);
    assert.equal((await keys.begin(acme, name1, attempt))?.result, '1');
  });

  test(`${name}: an attempt frees its own key and no other attempt's`, async (t) => {
    const { keys } = await open(t);
    await keys.begin(acme, name1, attempt);
    await keys.release(acme, name1, 'ref-2');
    assert.notEqual(await keys.begin(acme, name1, attempt), null);
    await keys.release(acme, name1, 'ref-1');
    assert.equal(await keys.begin(acme, name1, attempt), null);
  });

  test(`${name}: the first result of a key stands`, async (t) => {
    const { keys } = await open(t);
    await keys.begin(acme, name1, attempt);
    await keys.finish(acme, name1, '1');
    await keys.finish(acme, name1, '2');
    await keys.markUnknown(acme, name1);
    assert.equal((await keys.begin(acme, name1, attempt))?.result, '1');
  });

  test(`${name}: an attempt that was lost is under way no more, and has no result`, async (t) => {
    const { keys } = await open(t);
    await keys.begin(acme, name1, attempt);
    await keys.markUnknown(acme, name1);
    assert.deepEqual(await keys.begin(acme, name1, attempt), {
      ...attempt,
      busyUntil: 0,
      result: null,
    });
  });

  test(`${name}: an attempt is replaced by one alone of all who saw it, and never with a result`, async (t) => {
    const { keys } = await open(t);
    await keys.begin(acme, name1, attempt);
    const again = { ...attempt, reference: 'ref-2' };
    const begun = await Promise.all(
      ['ref-2', 'ref-3', 'ref-4'].map((reference) =>
        keys.begin(acme, name1, { ...again, reference }, 'ref-1'),
      ),
    );
    assert.equal(begun.filter((record) => record === null).length, 1);
    await keys.finish(acme, name1, '1');
    const { reference = '' } = (await keys.begin(acme, name1, attempt)) ?? {};
    assert.equal((await keys.begin(acme, name1, again, reference))?.result, '1');
  });
}

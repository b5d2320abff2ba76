import assert from 'node:assert/strict';
import test from 'node:test';
import { createRunExclusively } from '../../../src/store/services/exclusive-run.ts';
import { createFakeClock } from '../../support/live/fake-clock.ts';
import { adapters } from '../../support/store/adapters.ts';
import { toTenantId } from '../../support/tenant-id.ts';

const acme = toTenantId('acme');
const bolt = toTenantId('bolt');
const name = { field: 'openFlow', key: 'application-1' };

for (const { name: adapter, open } of adapters) {
  test(`${adapter}: acts under one name of a tenant run one after the other`, async (t) => {
    const { keys } = await open(t);
    const clock = { now: Date.now, after: toAfter };
    const processes = [1, 2].map(() => createRunExclusively({ keys, timeoutMs: 15_000, clock }));
    const running = new Map<string, number>();
    const act = async (id: string) => {
      running.set(id, (running.get(id) ?? 0) + 1);
      assert.equal(running.get(id), 1);
      await new Promise((resolve) => setImmediate(resolve));
      running.set(id, 0);
      return id;
    };
    const acts = Array.from({ length: 8 }, (_, place) => {
      const tenant = place < 4 ? acme : bolt;
      return processes[place % 2]?.(tenant, name, () => act(tenant));
    });
    assert.deepEqual(await Promise.all(acts), [...Array(4).fill('acme'), ...Array(4).fill('bolt')]);
  });

  test(`${adapter}: an act that fails leaves its name free`, async (t) => {
    const { keys } = await open(t);
    const runExclusively = createRunExclusively({ keys, timeoutMs: 1, clock: createFakeClock() });
    const failing = runExclusively(acme, name, () => Promise.reject(new Error('no')));
    await assert.rejects(failing, { message: 'no' });
    assert.equal(await runExclusively(acme, name, async () => 'done'), 'done');
  });

  test(`${adapter}: a claim whose process is gone is taken over when its time is up`, async (t) => {
    const { keys } = await open(t);
    const at = Date.now();
    const gone = { bodyHash: '', reference: 'gone', at, busyUntil: at - 1 };
    assert.equal(await keys.begin(acme, name, gone), null);
    const clock = { now: Date.now, after: toAfter };
    const runExclusively = createRunExclusively({ keys, timeoutMs: 15_000, clock });
    assert.equal(await runExclusively(acme, name, async () => 'done'), 'done');
  });
}

function toAfter(delayMs: number, act: () => void): () => void {
  const timer = setTimeout(act, delayMs);
  return () => clearTimeout(timer);
}

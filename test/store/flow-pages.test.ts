import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { FlowEntry, FlowQuery, Store } from '../../src/store/store.ts';
import { adapters, toOpening, toWords } from '../support/store/adapters.ts';
import { toTenantId } from '../support/tenant-id.ts';

const acme = toTenantId('acme');
const bolt = toTenantId('bolt');

const states = ['NOT_STARTED', 'IN_PROGRESS', 'SUCCESS'];
const products = ['P-1', 'P-2'];
const applications = ['A-1', 'A-2', 'A-3'];

/** Forty flows in every mixture, four at each moment, and one of another tenant. */
async function fill({ flows }: Store): Promise<FlowEntry[]> {
  for (let place = 0; place < 40; place += 1) {
    const uuid = `LOS-${(place * 7) % 40}`;
    const productType = products[place % 2] ?? '';
    const applicationId = applications[place % 3] ?? '';
    const at = 1_000 + Math.floor(place / 4) * 10;
    await flows.open(acme, toOpening(uuid, { productType, applicationId, at }));
    const status = toWords(states[(place * 5) % 3] ?? '');
    await flows.recordStatus(acme, uuid, {
      status,
      version: 1,
      at,
      source: 'POLL',
      hasEnded: false,
    });
  }
  await flows.open(bolt, toOpening('LOS-0', { productType: 'P-1', applicationId: 'A-1' }));
  return [...(await flows.page(acme, { first: 100 })).entries];
}

/** Every page of a query, one behind the other. */
async function readAll({ flows }: Store, query: FlowQuery): Promise<FlowEntry[][]> {
  const pages: FlowEntry[][] = [];
  for (let after = query.after; ; ) {
    const { entries, hasNext } = await flows.page(acme, {
      ...query,
      ...(after ? { after } : {}),
    });
    pages.push([...entries]);
    after = entries.at(-1);
    if (!hasNext || after === undefined) return pages;
    assert.equal(entries.length, query.first, 'a page with another behind it is full');
  }
}

for (const { name, open } of adapters) {
  test(`${name}: pages of any size and filter hold what the filter says, once, in order`, async (t) => {
    const store = await open(t);
    const all = await fill(store);
    assert.equal(all.length, 40);
    const moment = fc.integer({ min: 990, max: 1_110 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 45 }),
        fc.boolean(),
        fc.record(
          {
            states: fc.uniqueArray(fc.constantFrom(...states, 'FAILED'), { minLength: 1 }),
            productType: fc.constantFrom(...products, 'P-9'),
            applicationId: fc.constantFrom(...applications, 'A-9'),
            createdAfter: moment,
            createdBefore: moment,
          },
          { requiredKeys: [] },
        ),
        async (first, isOldestFirst, filter) => {
          const expected = all.filter(
            (flow) =>
              (filter.states?.includes(flow.state) ?? true) &&
              flow.productType === (filter.productType ?? flow.productType) &&
              flow.applicationId === (filter.applicationId ?? flow.applicationId) &&
              flow.createdAt > (filter.createdAfter ?? 0) &&
              flow.createdAt < (filter.createdBefore ?? 9_999),
          );
          if (isOldestFirst) expected.reverse();
          const pages = await readAll(store, { first, isOldestFirst, filter });
          assert.deepEqual(pages.flat(), expected);
        },
      ),
      { numRuns: 150 },
    );
  });

  test(`${name}: the newest come first, and of one moment the greater uuid`, async (t) => {
    const store = await open(t);
    const opened = [
      ['LOS-a', 1],
      ['LOS-b', 2],
      ['LOS-c', 2],
      ['LOS-B', 2],
    ] as const;
    for (const [uuid, at] of opened) await store.flows.open(acme, toOpening(uuid, { at }));
    const { entries } = await store.flows.page(acme, { first: 9 });
    assert.deepEqual(
      entries.map(({ uuid }) => uuid),
      ['LOS-c', 'LOS-b', 'LOS-B', 'LOS-a'],
    );
  });

  test(`${name}: flows that come and go between two pages move no other`, async (t) => {
    const store = await open(t);
    const all = await fill(store);
    const first = await store.flows.page(acme, { first: 10 });
    await store.flows.open(acme, toOpening('LOS-new', { at: 9_000 }));
    const after = first.entries.at(-1);
    assert.ok(after);
    const second = await store.flows.page(acme, { first: 10, after });
    assert.deepEqual([...first.entries, ...second.entries], all.slice(0, 20));
  });
}

import assert from 'node:assert/strict';
import test from 'node:test';
import { readGauges } from '../../src/observe/measuring.ts';
import { createRegistry } from '../../src/observe/registry.ts';

type Shared = Parameters<typeof readGauges>[1]['shared'];

/** The value of a series without labels, as it is scraped. */
async function scrape(shared: Shared, name: string): Promise<string | undefined> {
  const registry = createRegistry();
  readGauges(registry, {
    build: { version: '1.2.3', commit: null },
    subscriptions: () => 0,
    webSockets: () => 0,
    eventStreams: () => 0,
    watchers: { flow: () => 0, batch: () => 0 },
    callbacks: () => 0,
    isRegisterFailing: () => false,
    auditFailures: () => 0,
    keys: () => [],
    queue: () => ({}),
    breakers: () => [],
    drift: () => [],
    shared,
  });
  const { text } = await registry.scrape();
  return new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1];
}

const cases: readonly (readonly [what: string, shared: Shared, up: string, waiting: string])[] = [
  ['a process that is alone has its store', null, '1', '0'],
  ['a store that is reached', { isUp: () => true, countWaiting: () => 0 }, '1', '0'],
  [
    'a store that is away, and what waits for it',
    { isUp: () => false, countWaiting: () => 7 },
    '0',
    '7',
  ],
];

for (const [what, shared, up, waiting] of cases) {
  test(`${what}, shows in the metrics`, async () => {
    assert.equal(await scrape(shared, 'atlas_gateway_store_up'), up);
    assert.equal(await scrape(shared, 'atlas_gateway_store_waiting_writes'), waiting);
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scopes } from '../../../src/identity/scopes.ts';
import type { OpenGateway } from '../../support/open-gateway.ts';
import { openCallers, transports } from '../../support/privacy/open-callers.ts';
import { openStillGateway } from '../../support/schema/still-gateway.ts';

const query = '{ atlasHealth { services { service state since p95Ms } } }';

interface Line {
  readonly service: string;
  readonly state: string;
  readonly since: string;
  readonly p95Ms: number | null;
}

async function askHealth(gateway: Pick<OpenGateway, 'ask'>): Promise<Map<string, Line>> {
  const { data, errors } = await gateway.ask(query);
  assert.equal(errors, undefined);
  const lines: Line[] = data.atlasHealth.services;
  return new Map(lines.map((line) => [line.service, line]));
}

test('health has a line for each service, and asks nobody', async (t) => {
  const gateway = await openStillGateway(t);
  const lines = await askHealth(gateway);
  assert.deepEqual([...lines.keys()], ['FLOWS', 'BULK', 'SANDBOX', 'ADDRESSES']);
  for (const { state, since, p95Ms } of lines.values()) {
    assert.deepEqual([state, p95Ms], ['UP', null]);
    assert.ok(Date.parse(since) <= Date.now());
  }
  assert.equal(gateway.sandbox.countCalls(), 0);
});

test('health tells which service is down, since when, and that it is back', async (t) => {
  const gateway = await openStillGateway(t);
  await gateway.openFlow();
  const before = await askHealth(gateway);
  gateway.sandbox.fault('flowStatus', { status: 500 }, Number.POSITIVE_INFINITY);
  for (let read = 0; read < 10; read += 1) {
    await gateway.ask('query ($uuid: String!) { flow(uuid: $uuid) { uuid } }', {
      uuid: `LOS-${read}`,
    });
  }
  const { FLOWS, BULK } = Object.fromEntries(await askHealth(gateway));
  assert.equal(FLOWS?.state, 'DOWN');
  assert.ok(Date.parse(FLOWS?.since ?? '') >= Date.parse(before.get('FLOWS')?.since ?? ''));
  assert.ok(typeof FLOWS?.p95Ms === 'number');
  assert.equal(BULK?.state, 'UP');
});

for (const [way, ask] of Object.entries(transports)) {
  test(`health over ${way} is open to whoever holds no scope, and shut to a flow grant`, async (t) => {
    const gateway = await openCallers(t);
    const stranger = gateway.as({ scopes: [] });
    const { data } = await ask(t, stranger, query);
    assert.equal(data.atlasHealth.services.length, 4);
    const grant = { flowUuid: 'LOS-1', canReadDocuments: true };
    const phone = gateway.as({ scopes, grant });
    const refused = await ask(t, phone, query);
    assert.equal(refused.errors?.[0]?.extensions.code, 'FORBIDDEN');
    assert.equal(refused.data?.atlasHealth ?? null, null);
  });
}

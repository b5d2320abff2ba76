import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readKeyLives } from '../../src/identity/key-lives.ts';
import { createTenants } from '../../src/identity/tenants.ts';
import { toSettings } from '../support/identity/tenant-settings.ts';
import { openObserved } from '../support/observe/open-observed.ts';

const dayMs = 24 * 60 * 60_000;

test('an audit that can not be written is counted, and its reader is shown nothing', async (t) => {
  let isFull = false;
  const gateway = await openObserved(t, {
    auditFile: {
      write() {
        if (isFull) throw new Error('the disk is full');
      },
    },
  });
  const uuid = await gateway.openFlow();
  await gateway.upload(uuid, 'pan.jpg');
  await gateway.ask('query ($uuid: String!) { waitForFlow(uuid: $uuid) { uuid } }', { uuid });
  assert.deepEqual(await gateway.samplesOf('atlas_gateway_audit_failures_total'), []);
  isFull = true;
  const { data, errors } = await gateway.ask(
    '{ flow(uuid: "'.concat(
      uuid,
      '") { documents { extraction { ... on PanExtraction { name { value } } } } } }',
    ),
  );
  assert.equal(errors?.[0]?.extensions.code, 'INTERNAL');
  assert.doesNotMatch(JSON.stringify(data), /TEST/);
  const [sample] = await gateway.samplesOf('atlas_gateway_audit_failures_total');
  assert.equal(sample?.value, 1);
});

test('the last key of a name tells when its caller is out, and a lasting one never does', () => {
  const keyOf = (name: string, digit: string, days: number | null) => ({
    name,
    sha256: digit.repeat(64),
    scopes: new Set<never>(),
    expiresAt: days === null ? null : days * dayMs,
  });
  const keys = [
    keyOf('replaced', '1', 3),
    keyOf('replaced', '2', 90),
    keyOf('lasting', '3', 3),
    keyOf('lasting', '4', null),
    keyOf('over', '5', -2),
  ];
  const tenants = createTenants([toSettings('acme', { keys })]);
  const lives = readKeyLives(tenants.all(), 0);
  assert.deepEqual(
    lives.map(({ name, remainingMs }) => [name, remainingMs / dayMs]),
    [
      ['replaced', 90],
      ['over', -2],
    ],
  );
});

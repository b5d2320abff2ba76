import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { AtlasError } from '../../../src/atlas/api/errors.ts';
import type { Fault } from '../../../src/sandbox/fault-queue.ts';
import {
  createHandDeadlines,
  failureOf,
  openClient,
  openFlow,
  tenantNamed,
} from '../../support/atlas/open-client.ts';

const secretBody = {
  error: 'Invalid token for TEST PERSON ONE at 1 SAMPLE ROAD',
  reason: 'Signature verification failed for hdr.payload.sig',
};
const faults: Readonly<Record<string, Fault>> = {
  'a refusal': { status: 422, body: secretBody },
  'a refused token': { status: 401, body: secretBody },
  'a failing server': { status: 500, body: secretBody },
  'a broken answer': { rawBody: JSON.stringify({ ...secretBody, master_status: 7 }) },
  'an unreadable answer': { rawBody: `<p>${secretBody.error}</p>` },
  'a broken socket': { hangUp: 'before' },
  silence: { hang: true },
};

/** All that a log or a client could make of an error. */
function everythingIn(error: Error): string {
  return [
    error.message,
    String(error.stack),
    JSON.stringify(error),
    inspect(error, { depth: null, showHidden: true }),
  ].join('\n');
}

for (const [what, fault] of Object.entries(faults)) {
  test(`the error of ${what} holds no body, secret, token, value or query`, async (t) => {
    const deadlines = createHandDeadlines();
    const { startDeadline } = deadlines;
    const { client, sandbox, tenant } = await openClient(t, { startDeadline });
    const flow_uuid = await openFlow(client, tenant);
    const upload = {
      flow_uuid,
      file_urls: [{ file_url: 'https://files.example/in/private.jpg', document_id: 'doc-1' }],
    };
    for (const name of ['flowStatus', 'flowExtracts', 'uploadToFlow'] as const) {
      sandbox.clearFaults();
      sandbox.fault(name, fault, Number.POSITIVE_INFINITY);
      const ended = failureOf(client.call(tenant, name, upload));
      if ('hang' in fault) {
        await sandbox.waitForCall(name);
        deadlines.pass();
      }
      const failure = await ended;
      const text = everythingIn(failure);
      for (const hidden of [
        ...['TEST PERSON', 'SAMPLE ROAD', 'hdr.payload', 'Signature', 'private.jpg'],
        ...['sandbox-secret', 'flow_uuid=', flow_uuid],
        ...sandbox.calls.flatMap(({ headers }) => headers.token ?? []),
      ]) {
        assert.ok(!text.includes(hidden), `${name}: "${hidden}" is in ${text}`);
      }
      assert.ok(text.includes(name));
    }
  });
}

test('the error of refused credentials holds neither of them', async (t) => {
  const { client } = await openClient(t);
  const stranger = tenantNamed('stranger', 'private-id', 'private-secret');
  const failure = await failureOf(client.call(stranger, 'flowStatus', { flow_uuid: 'LOS-1' }));
  assert.doesNotMatch(everythingIn(failure), /private/);
});

test('credentials that fit into no header are not quoted either', async (t) => {
  const { client } = await openClient(t);
  const stranger = tenantNamed('stranger', 'private-id', 'private\nsecret');
  const failure = await failureOf(client.call(stranger, 'flowStatus', { flow_uuid: 'LOS-1' }));
  assert.equal(failure.failure, 'unavailable');
  assert.doesNotMatch(everythingIn(failure), /private/);
});

test('an error says which call failed, how, and with which status', () => {
  const cause = new Error('below');
  const error = new AtlasError({
    endpoint: 'flowStatus',
    failure: 'unavailable',
    status: 503,
    reason: 'engine-unavailable',
    retryAfterMs: 1000,
    cause,
  });
  assert.equal(error.message, 'flowStatus: unavailable (503)');
  assert.equal(error.name, 'AtlasError');
  assert.equal(error.cause, cause);
  assert.equal(
    new AtlasError({ endpoint: 'initFlow', failure: 'deadline' }).message,
    'initFlow: deadline',
  );
});

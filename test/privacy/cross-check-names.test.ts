import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everyScopeBut, openCallers } from './open-callers.ts';

const query = `query ($uuid: String!) {
  flow(uuid: $uuid) { crossChecks { field similarityScore left { documentType } right { documentType } } }
}`;

test('what stands where a cross-check has its names is shown masked only if it can be one', async (t) => {
  const gateway = await openCallers(t, { env: { PII_CACHE_SECONDS: '0' } });
  const uuid = await gateway.finishedFlow(['pan.jpg']);
  const check = {
    field: 'TEST PERSON',
    document_type_1: 'PAN',
    document_type_2: 'ANOTHER PERSON',
    similarity_score: 50,
  };
  const body = { ocr_data: [], cross_checks: [check] };
  gateway.sandbox.fault('flowExtracts', { status: 200, body }, Number.POSITIVE_INFINITY);
  const masked = gateway.as({ name: 'masked', scopes: everyScopeBut('pii:read') });
  const checkFor = async (caller: Pick<typeof gateway, 'ask'>) =>
    (await caller.ask(query, { uuid })).data.flow.crossChecks[0];
  assert.deepEqual(await checkFor(gateway), {
    field: 'TEST PERSON',
    similarityScore: 50,
    left: { documentType: 'PAN' },
    right: { documentType: 'ANOTHER PERSON' },
  });
  assert.deepEqual(await checkFor(masked), {
    field: null,
    similarityScore: 50,
    left: { documentType: 'PAN' },
    right: { documentType: null },
  });
});

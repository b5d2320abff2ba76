import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from 'graphql-ws';
import { type OpenGateway, openGateway } from '../support/open-gateway.ts';
import { createHandClock } from '../support/sandbox/hand-clock.ts';

const timeout = 60_000;

/** Submits a batch of files called after the names. */
function submit(gateway: OpenGateway, ...names: string[]) {
  return gateway.ask(
    `mutation ($input: CreateBatchInput!) {
      createBatch(input: $input) { batch { batchId } userErrors { code } }
    }`,
    {
      input: {
        service: 'BULK',
        files: names.map((name) => ({ documentId: name, url: `https://files.example/${name}` })),
      },
    },
  );
}

/** Submits a batch and watches it until it is complete; no event may hold an error. */
async function runBatch(gateway: OpenGateway, ...names: string[]) {
  const { data: submitted } = await submit(gateway, ...names);
  const { batchId } = submitted.createBatch.batch;
  const client = createClient({
    url: gateway.webSocketUrl,
    connectionParams: { authorization: `Bearer ${gateway.apiKey}` },
    retryAttempts: 0,
  });
  const events = client.iterate<{ batchUpdated: { progress: Record<string, unknown> } }>({
    query: `subscription ($batchId: String!) {
      batchUpdated(batchId: $batchId, service: BULK) {
        progress { arrived failed missing isComplete }
      }
    }`,
    variables: { batchId },
  });
  let last: Record<string, unknown> | undefined;
  for await (const { data, errors } of events) {
    assert.equal(errors, undefined);
    last = data?.batchUpdated.progress;
  }
  await client.dispose();
  return last;
}

for (const [name, failed] of [
  ['slow-pan.jpg', 0],
  ['fails-pan.jpg', 2],
  ['token-expires-pan.jpg', 0],
  ['busy-2-pan.jpg', 0],
] as const) {
  test(`${name}: its batch is complete in the end`, { timeout }, async (t) => {
    const gateway = await openGateway(t);
    const progress = await runBatch(gateway, name, 'aadhaar.jpg');
    assert.deepEqual(progress, { arrived: 2, failed, missing: 0, isComplete: true });
  });
}

test('hang-up-pan.jpg: nobody can say whether the batch was taken', { timeout }, async (t) => {
  const gateway = await openGateway(t);
  const { errors } = await submit(gateway, 'hang-up-pan.jpg');
  assert.deepEqual(
    errors?.map(({ extensions }) => extensions.code),
    ['OUTCOME_UNKNOWN'],
  );
  assert.equal(gateway.sandbox.countCalls('uploadBulk'), 1);
});

const matchQuery = `query ($applicationId: String!) {
  addressMatches(
    applicationId: $applicationId
    source: "1 Sample Road, Testpur"
    targets: ["1 Sample Rd, Testpur"]
  ) { similarityScore }
}`;

test('busy-n: address matches are tried again and answered, or refused as retryable', {
  timeout,
}, async (t) => {
  const gateway = await openGateway(t);
  const calm = await gateway.ask(matchQuery, { applicationId: 'busy-2-1' });
  assert.deepEqual(calm.data, { addressMatches: [{ similarityScore: 100 }] });
  const refused = gateway.sandbox.calls.filter(({ status }) => status === 503);
  assert.equal(refused.length, 2);
  const busy = await gateway.ask(matchQuery, { applicationId: 'busy-20-1' });
  assert.deepEqual(
    busy.errors?.map(({ extensions: { code, retryable } }) => [code, retryable]),
    [['ATLAS_UNAVAILABLE', true]],
  );
});

test('slow: address matches take long, and are answered', { timeout }, async (t) => {
  const clock = createHandClock();
  const gateway = await openGateway(t, { sandbox: { clock } });
  const answer = gateway.ask(matchQuery, { applicationId: 'slow-1' });
  const held = await gateway.sandbox.waitForCall('matchAddresses');
  assert.equal(held.status, 0);
  clock.advance(5000);
  assert.deepEqual((await answer).data, { addressMatches: [{ similarityScore: 100 }] });
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { openStillGateway, type StillGateway } from '../../support/schema/still-gateway.ts';

const here = '1 SAMPLE ROAD, TESTPUR, 000001';
const everything = `sourceAddress targetAddress similarityScore samePersonScore
  failure { code message }`;

test('two addresses are compared as they were given', async (t) => {
  const gateway = await openStillGateway(t);
  const { data } = await ask(gateway, '1 Sample Rd., Testpur 000001');
  assert.deepEqual(data.addressMatch, {
    sourceAddress: here,
    targetAddress: '1 Sample Rd., Testpur 000001',
    similarityScore: 100,
    samePersonScore: 10,
    failure: null,
  });
  const [call] = gateway.sandbox.calls;
  assert.deepEqual(call?.body, {
    application_id: 'application-1',
    source_address: here,
    target_addresses: [{ address: '1 Sample Rd., Testpur 000001', index: 0 }],
  });
});

test('a target that is no address fails alone, and the answers keep the order given', async (t) => {
  const gateway = await openStillGateway(t);
  const targets = ['9 OTHER LANE, TESTPUR', '??', here];
  const { data, errors } = await gateway.ask(
    `query ($source: String!, $targets: [String!]!) {
      addressMatches(applicationId: "application-1", source: $source, targets: $targets) {
        ${everything}
      }
    }`,
    { source: here, targets },
  );
  assert.equal(errors, undefined);
  const [other, none, same] = data.addressMatches;
  assert.deepEqual(
    data.addressMatches.map((match: { targetAddress: string }) => match.targetAddress),
    targets,
  );
  assert.ok(other.similarityScore > 0 && other.similarityScore < 60);
  assert.equal(same.similarityScore, 100);
  assert.deepEqual(none, {
    sourceAddress: here,
    targetAddress: '??',
    similarityScore: null,
    samePersonScore: null,
    failure: { code: '422', message: 'This target could not be normalised.' },
  });
});

test('where Atlas refuses the request for one bad target, the others still have their scores', async (t) => {
  const gateway = await openStillGateway(t);
  const refused = {
    error_code: '422',
    error_message: 'Unprocessable Entity: normalisation failed',
  };
  gateway.sandbox.fault('matchAddresses', { status: 422, body: refused });
  const { data, errors } = await gateway.ask(
    `query ($source: String!) {
      addressMatches(applicationId: "application-1", source: $source, targets: ["??", "1 SAMPLE RD, TESTPUR"]) {
        similarityScore
        failure { code message }
      }
    }`,
    { source: here },
  );
  assert.equal(errors, undefined);
  const [bad, good] = data.addressMatches;
  assert.equal(bad.similarityScore, null);
  assert.equal(bad.failure.code, '422');
  assert.equal(bad.failure.message, 'The source or this target could not be normalised.');
  assert.ok(good.similarityScore > 50);
  assert.equal(good.failure, null);
});

test('a score that is missing or out of bounds is a failure of its target', async (t) => {
  const gateway = await openStillGateway(t);
  const cases = [
    [{ index: 0, similarity_score: 120, error_code: '' }, 'NO_SCORE'],
    [{ index: 0 }, 'NO_SCORE'],
    [{ index: 7, similarity_score: 90 }, 'NO_RESULT'],
    [{ index: 0, similarity_score: null, error_code: 'E_17' }, 'E_17'],
  ] as const;
  for (const [entry, code] of cases) {
    gateway.sandbox.fault('matchAddresses', { status: 200, body: { match_data: [entry] } });
    const { data, errors } = await ask(gateway, here);
    assert.equal(errors, undefined);
    assert.equal(data.addressMatch.similarityScore, null);
    assert.equal(data.addressMatch.failure.code, code);
  }
});

test("Atlas's message about an address of the caller is replaced by our own", async (t) => {
  const gateway = await openStillGateway(t);
  const said = `ABCPE1234F of ${here} is not known`;
  for (const entry of [
    { error_code: '422', error_message: said },
    { error_code: '422', error_reason: said },
    { error_code: said, error_message: said },
  ]) {
    gateway.sandbox.fault('matchAddresses', { status: 200, body: { match_data: [entry] } });
    const { data } = await gateway.ask(
      `{ addressMatch(applicationId: "1", source: "A", target: "B") { failure { code message } } }`,
    );
    assert.match(data.addressMatch.failure.message, /^(This target|Atlas) could not /);
    assert.doesNotMatch(JSON.stringify(data), /ABCPE1234F|SAMPLE/);
  }
});

test('no targets are no matches and cost no call', async (t) => {
  const gateway = await openStillGateway(t);
  const { data, errors } = await gateway.ask(
    '{ addressMatches(applicationId: "a", source: "b", targets: []) { similarityScore } }',
  );
  assert.equal(errors, undefined);
  assert.deepEqual(data, { addressMatches: [] });
  assert.equal(gateway.sandbox.countCalls(), 0);
});

const matchedQuery = `query ($uuid: String!, $against: String!, $applicationId: String) {
  flow(uuid: $uuid) {
    documents {
      extraction {
        documentType
        ... on AadhaarExtraction {
          address { match(against: $against, applicationId: $applicationId) { ${everything} } }
        }
      }
    }
  }
}`;

test('an extracted address is matched where it stands, for the application of its flow', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow(['aadhaar.jpg'], 'application-1');
  const against = '95 Sample Rd, Testpur, 000094';
  const { data } = await gateway.ask(matchedQuery, { uuid, against });
  assert.deepEqual(data.flow.documents[0].extraction.address.match, {
    sourceAddress: against,
    targetAddress: '95 SAMPLE ROAD, TESTPUR, 000094',
    similarityScore: 100,
    samePersonScore: 10,
    failure: null,
  });
  await gateway.ask(matchedQuery, { uuid, against, applicationId: 'application-9' });
  const applications = gateway.sandbox.calls
    .filter(({ name }) => name === 'matchAddresses')
    .map(({ body }) => (body as { application_id: string }).application_id);
  assert.deepEqual(applications, ['application-1', 'application-9']);
});

test('a flow that was opened elsewhere needs to be told its application, and so does a batch', async (t) => {
  const here = await openStillGateway(t);
  const elsewhere = await openStillGateway(t, { env: { ATLAS_BASE_URL: here.sandbox.url } });
  const uuid = await here.finishedFlow(['aadhaar.jpg']);
  const batchId = await here.createBatch(['aadhaar.jpg']);
  here.finishBatches();
  const missing = 'applicationId: is needed, because it is not known here for this document.';
  const { data, errors } = await elsewhere.ask(matchedQuery, { uuid, against: 'x' });
  const [document] = data.flow.documents;
  assert.equal(document.extraction.documentType, 'AADHAAR');
  assert.equal(document.extraction.address.match, null);
  assert.equal(errors?.[0]?.message, missing);
  assert.equal(errors?.[0]?.extensions.code, 'BAD_USER_INPUT');
  const batch = await here.ask(
    `query ($batchId: String!) {
      batch(batchId: $batchId) {
        documents(first: 1) {
          edges {
            node {
              extraction {
                ... on AadhaarExtraction {
                  address { untold: match(against: "95 SAMPLE ROAD") { similarityScore }
                    told: match(against: "95 SAMPLE ROAD", applicationId: "a") { targetAddress } }
                }
              }
            }
          }
        }
      }
    }`,
    { batchId },
  );
  const { address } = batch.data.batch.documents.edges[0].node.extraction;
  assert.equal(address.untold, null);
  assert.match(address.told.targetAddress, /SAMPLE ROAD/);
  assert.equal(batch.errors?.[0]?.message, missing);
});

test('an address without a value is compared with nothing', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow([]);
  gateway.answerExtracts([
    { document_id: 'doc-1', document_type: 'AADHAAR', address: { value: '' } },
  ]);
  gateway.sandbox.clearCalls();
  const { data, errors } = await gateway.ask(matchedQuery, { uuid, against: here });
  assert.equal(errors, undefined);
  assert.equal(data.flow.documents[0].extraction.address.match, null);
  assert.equal(gateway.sandbox.countCalls('matchAddresses'), 0);
});

function ask(gateway: StillGateway, target: string) {
  return gateway.ask(
    `query ($source: String!, $target: String!) {
      addressMatch(applicationId: "application-1", source: $source, target: $target) {
        ${everything}
      }
    }`,
    { source: here, target },
  );
}

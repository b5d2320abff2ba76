import assert from 'node:assert/strict';
import test from 'node:test';
import type { SandboxCall } from '../../src/sandbox/call-log.ts';
import { openStillGateway, type StillGateway } from '../support/schema/still-gateway.ts';

const here = '1 SAMPLE ROAD, TESTPUR, 000001';

test('flows cost one status call each, however often they are named', async (t) => {
  const gateway = await openStillGateway(t);
  const one = await gateway.openFlow('one');
  const two = await gateway.openFlow('two');
  const { data } = await gateway.ask('query ($id: String!) { flow(uuid: $id) { id } }', {
    id: one,
  });
  gateway.sandbox.clearCalls();
  const answer = await gateway.ask(
    `query ($one: String!, $two: String!, $oneId: ID!) {
      a: flow(uuid: $one) { uuid status { state } }
      b: flow(uuid: $one) { applicationId }
      c: flow(uuid: $two) { uuid }
      d: flowsByUuid(uuids: [$two, $one, $two, "nobody's", $one]) { uuid }
      e: node(id: $oneId) { id }
      f: nodes(ids: [$oneId, $oneId]) { id }
    }`,
    { one, two, oneId: data.flow.id },
  );
  assert.equal(answer.errors, undefined);
  assert.deepEqual(
    answer.data.d.map((flow: { uuid: string } | null) => flow?.uuid ?? null),
    [two, one, two, null, one],
  );
  assert.deepEqual(uuidsAsked(gateway), [one, two, "nobody's"].toSorted());
  assert.equal(gateway.sandbox.countCalls(), 3);
});

test('all that stands in the extracts of a flow costs one call of them', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow(['pan.jpg', 'aadhaar.jpg']);
  gateway.sandbox.clearCalls();
  const answer = await gateway.ask(
    `query ($uuid: String!) {
      flow(uuid: $uuid) {
        documents { extraction { documentType } }
        document(documentId: "pan.jpg") { state }
        crossChecks { left { document { documentId } } right { document { documentId } } }
        low: crossChecks(below: 50) { field }
        crossCheckSummary { total lowest { field } }
      }
      again: flow(uuid: $uuid) { documents { documentId } crossCheckSummary { passed } }
    }`,
    { uuid },
  );
  assert.equal(answer.errors, undefined);
  assert.equal(answer.data.flow.documents.length, 2);
  assert.equal(gateway.sandbox.countCalls('flowExtracts'), 1);
  assert.equal(gateway.sandbox.countCalls('flowStatus'), 1);
});

test('25 matches with one source leave in one call, and come back in their places', async (t) => {
  const gateway = await openStillGateway(t);
  const answer = await gateway.ask(matches(25));
  assert.equal(answer.errors, undefined);
  for (let place = 0; place < 25; place += 1) {
    assert.equal(answer.data[`m${place}`].targetAddress, target(place));
  }
  assert.deepEqual(targetCounts(gateway), [25]);
});

test('150 matches with one source leave in two calls of at most 100', async (t) => {
  const gateway = await openStillGateway(t, { env: { MAX_TOKENS: '5000', MAX_ALIASES: '150' } });
  const answer = await gateway.ask(matches(150));
  assert.equal(answer.errors, undefined);
  assert.equal(answer.data.m149.targetAddress, target(149));
  assert.deepEqual(targetCounts(gateway), [50, 100]);
});

test('matches with other sources, or for other applications, leave in calls of their own', async (t) => {
  const gateway = await openStillGateway(t);
  const answer = await gateway.ask(`{
    a: ${match('application-1', here, target(1))}
    b: ${match('application-1', '2 OTHER LANE, TESTPUR', target(1))}
    c: ${match('application-2', here, target(1))}
    d: ${match('application-1', here, target(2))}
  }`);
  assert.equal(answer.errors, undefined);
  assert.deepEqual(targetCounts(gateway), [1, 1, 2]);
});

test('the same pair asked for twice is one target', async (t) => {
  const gateway = await openStillGateway(t);
  const answer = await gateway.ask(
    `query ($targets: [String!]!) {
      a: ${match('application-1', here, target(1))}
      b: ${match('application-1', here, target(1))}
      addressMatches(applicationId: "application-1", source: "${here}", targets: $targets) {
        targetAddress
        similarityScore
      }
    }`,
    { targets: [target(2), target(1), target(2)] },
  );
  assert.deepEqual(
    answer.data.addressMatches.map((one: { targetAddress: string }) => one.targetAddress),
    [target(2), target(1), target(2)],
  );
  assert.deepEqual(targetCounts(gateway), [2]);
});

test('addresses matched where they stand, in several flows, leave as one call', async (t) => {
  const gateway = await openStillGateway(t);
  const uuids = [
    await gateway.finishedFlow(['aadhaar.jpg', 'gst.pdf'], 'one'),
    await gateway.finishedFlow(['aadhaar-mismatch.jpg', 'invoice.pdf'], 'two'),
  ];
  gateway.sandbox.clearCalls();
  const answer = await gateway.ask(
    `query ($uuids: [String!]!, $against: String!) {
      flowsByUuid(uuids: $uuids) {
        documents {
          extraction {
            ... on AadhaarExtraction { address { ...matched } }
            ... on GstCertificateExtraction { address { ...matched } }
            ... on InvoiceExtraction { dealerAddress { ...matched } }
          }
        }
      }
      addressMatch(applicationId: "all", source: $against, target: "3 SAMPLE ROAD") {
        similarityScore
      }
    }
    fragment matched on ExtractedAddress {
      match(against: $against, applicationId: "all") { similarityScore failure { code } }
    }`,
    { uuids, against: here },
  );
  assert.equal(answer.errors, undefined);
  assert.deepEqual(targetCounts(gateway), [5]);
  assert.equal(gateway.sandbox.countCalls('flowStatus'), 2);
  assert.equal(gateway.sandbox.countCalls('flowExtracts'), 2);
});

test('a flow that is slow to come holds back the matches of a document that is there', async (t) => {
  // Calls are counted, of a flow that was asked for before.
  const gateway = await openStillGateway(t, { env: { PII_CACHE_SECONDS: '0' } });
  const one = await gateway.finishedFlow(['aadhaar.jpg'], 'one');
  const two = await gateway.finishedFlow(['aadhaar-mismatch.jpg'], 'two');
  const known = await gateway.askDocument(one, 'aadhaar.jpg', 'id');
  gateway.sandbox.clearCalls();
  gateway.sandbox.fault('flowStatus', { delayMs: 500 });
  const asked = gateway.ask(
    `query ($id: ID!, $two: String!, $against: String!) {
      node(id: $id) { ...matched }
      flow(uuid: $two) { documents { ...matched } }
    }
    fragment matched on Document {
      extraction {
        ... on AadhaarExtraction {
          address { match(against: $against, applicationId: "all") { similarityScore } }
        }
      }
    }`,
    { id: known.data.flow.document.id, two, against: here },
  );
  await gateway.sandbox.waitForCall('flowStatus', ({ query }) => query.flow_uuid === two);
  await gateway.sandbox.waitForCall('flowExtracts', ({ status }) => status === 200);
  // Time enough for a match that does not wait: this goes to Atlas twice, by the same way.
  await gateway.openFlow('three');
  assert.deepEqual(targetCounts(gateway), []);
  gateway.clock.advance(500);
  const answer = await asked;
  assert.equal(answer.errors, undefined);
  assert.deepEqual(targetCounts(gateway), [2]);
});

test('documents named by node share the extracts of their flow and the pages of their batch', async (t) => {
  // Calls are counted, of a flow that was asked for before.
  const gateway = await openStillGateway(t, { env: { PII_CACHE_SECONDS: '0' } });
  const uuid = await gateway.finishedFlow(['pan.jpg', 'aadhaar.jpg']);
  const batchId = await gateway.createBatch(['passport.jpg', 'voter.jpg']);
  gateway.finishBatches();
  const known = await gateway.ask(
    `query ($uuid: String!, $batchId: String!) {
      flow(uuid: $uuid) { id documents { id } }
      batch(batchId: $batchId) { id documents(first: 2) { edges { node { id } } } }
    }`,
    { uuid, batchId },
  );
  const { flow, batch } = known.data;
  const ofBatch = batch.documents.edges.map((edge: { node: unknown }) => edge.node);
  const ids = [flow, ...flow.documents, batch, ...ofBatch].map(({ id }) => id);
  gateway.sandbox.clearCalls();
  const answer = await gateway.ask(
    `query ($ids: [ID!]!, $id: ID!) {
      nodes(ids: $ids) { id ... on Document { documentId documentType } }
      node(id: $id) { id }
    }`,
    { ids, id: ids[1] },
  );
  assert.deepEqual(
    answer.data.nodes.map((node: { id: string }) => node.id),
    ids,
  );
  assert.equal(gateway.sandbox.countCalls('flowExtracts'), 1);
  assert.equal(gateway.sandbox.countCalls('flowStatus'), 1);
  assert.equal(gateway.sandbox.countCalls('bulkExtracts'), 1);
});

test('a read under way for one request is shared by another', async (t) => {
  const gateway = await openStillGateway(t);
  const one = await gateway.openFlow('one');
  const two = await gateway.openFlow('two');
  gateway.sandbox.clearCalls();
  gateway.sandbox.fault('flowStatus', { delayMs: 500 });
  const query = 'query ($uuids: [String!]!) { flowsByUuid(uuids: $uuids) { uuid } }';
  const first = gateway.ask(query, { uuids: [one] });
  await gateway.sandbox.waitForCall('flowStatus');
  // Its second flow shows that the second request has asked for the first one too.
  const second = gateway.ask(query, { uuids: [one, two] });
  await gateway.sandbox.waitForCall('flowStatus', ({ query }) => query.flow_uuid === two);
  gateway.clock.advance(500);
  assert.deepEqual((await first).data.flowsByUuid, [{ uuid: one }]);
  assert.deepEqual((await second).data.flowsByUuid, [{ uuid: one }, { uuid: two }]);
  assert.deepEqual(uuidsAsked(gateway), [one, two].toSorted());
});

test('two equal requests, one behind the other, ask Atlas twice: nothing is kept', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.openFlow();
  gateway.sandbox.clearCalls();
  await gateway.ask('query ($uuid: String!) { flow(uuid: $uuid) { uuid } }', { uuid });
  await gateway.ask('query ($uuid: String!) { flow(uuid: $uuid) { uuid } }', { uuid });
  assert.equal(gateway.sandbox.countCalls('flowStatus'), 2);
});

function target(place: number): string {
  return `${place} SAMPLE ROAD, TESTPUR, 000001`;
}

function match(applicationId: string, source: string, targetAddress: string): string {
  const args = Object.entries({ applicationId, source, target: targetAddress })
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .join(', ');
  return `addressMatch(${args}) { targetAddress similarityScore }`;
}

function matches(count: number): string {
  const fields = Array.from(
    { length: count },
    (_, place) => `m${place}: ${match('application-1', here, target(place))}`,
  );
  return `{ ${fields.join('\n')} }`;
}

function callsOf({ sandbox }: StillGateway, name: SandboxCall['name']): SandboxCall[] {
  return sandbox.calls.filter((call) => call.name === name);
}

function uuidsAsked(gateway: StillGateway): (string | undefined)[] {
  return callsOf(gateway, 'flowStatus')
    .map(({ query }) => query.flow_uuid)
    .toSorted();
}

/** How many targets each match call had, the fewest first. */
function targetCounts(gateway: StillGateway): number[] {
  return callsOf(gateway, 'matchAddresses')
    .map(({ body }) => (body as { target_addresses: unknown[] }).target_addresses.length)
    .toSorted((a, b) => a - b);
}

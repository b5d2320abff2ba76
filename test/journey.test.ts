import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Client, createClient } from 'graphql-ws';
import { beginJourney, learn } from '../playground/src/journey.ts';
import { topics } from '../playground/src/topics.ts';
import { flowUuidFor } from '../src/sandbox/identifiers.ts';
import { type OpenGateway, openGateway } from './support/open-gateway.ts';

interface DocumentState {
  readonly documentId: string;
  readonly state: string;
}

interface CrossCheck {
  readonly field: string;
  readonly similarityScore: number;
  readonly passes: boolean;
  readonly left: { readonly documentType: string };
  readonly right: { readonly documentType: string };
}

function connect(t: TestContext, { webSocketUrl, apiKey }: OpenGateway): Client {
  const client = createClient({
    url: webSocketUrl,
    connectionParams: { authorization: `Bearer ${apiKey}` },
    retryAttempts: 0,
  });
  t.after(() => client.dispose());
  return client;
}

/** Every event of a subscription, to its end; none may hold an error. */
async function follow(client: Client, query: string, variables: Record<string, unknown>) {
  // A test names the shape it expects by what it asserts.
  const events: ReturnType<typeof JSON.parse>[] = [];
  for await (const { data, errors } of client.iterate({ query, variables })) {
    assert.equal(errors, undefined);
    events.push(data);
  }
  return events;
}

/** The data of a result, which must have no errors. */
async function askWell(gateway: OpenGateway, query: string, variables: Record<string, unknown>) {
  const { data, errors } = await gateway.ask(query, variables);
  assert.equal(errors, undefined);
  return data;
}

const papers = [
  'aadhaar.jpg',
  'pan.jpg',
  'delivery-order.pdf',
  'invoice.pdf',
  'blurred-unknown.jpg',
];

test('a lender takes an application from the first paper to the last batch', async (t) => {
  const gateway = await openGateway(t);
  const { sandbox } = gateway;
  const client = connect(t, gateway);

  const { createFlow } = await askWell(
    gateway,
    `mutation ($input: CreateFlowInput!) {
      createFlow(input: $input) {
        flow { id uuid applicationId status { state isTerminal } documents { documentId } }
        userErrors { code }
      }
    }`,
    { input: { applicationId: 'loan-7' } },
  );
  const { id, uuid } = createFlow.flow;
  assert.deepEqual(createFlow, {
    flow: {
      id,
      uuid: flowUuidFor('loan-7', 1),
      applicationId: 'loan-7',
      status: { state: 'NOT_STARTED', isTerminal: false },
      documents: [],
    },
    userErrors: [],
  });

  const { data } = await gateway.upload(uuid, ...papers);
  assert.deepEqual(data.uploadDocuments.userErrors, []);
  assert.deepEqual(
    data.uploadDocuments.documents,
    papers.map((documentId) => ({ documentId, state: 'PENDING' })),
  );

  const events = await follow(
    client,
    `subscription ($uuid: String!) {
      flowUpdated(uuid: $uuid) { status { state isTerminal } documents { documentId state } }
    }`,
    { uuid },
  );
  const last = events.at(-1).flowUpdated;
  const documents: DocumentState[] = last.documents;
  assert.deepEqual(last.status, { state: 'SUCCESS', isTerminal: true });
  assert.deepEqual(
    new Map(documents.map(({ documentId, state }) => [documentId, state])),
    new Map(papers.map((name) => [name, name.startsWith('blurred') ? 'FAILED' : 'EXTRACTED'])),
  );

  const { flow, node } = await askWell(
    gateway,
    `query ($uuid: String!, $id: ID!) {
      node(id: $id) { ... on Flow { uuid } }
      flow(uuid: $uuid) {
        unread: document(documentId: "blurred-unknown.jpg") { failure { code rawCode } extraction { documentType } }
        aadhaar: document(documentId: "aadhaar.jpg") {
          documentType
          extraction {
            ... on AadhaarExtraction {
              name { value }
              dateOfBirth { date }
              aadhaarNumber { masked lastFour }
              address { value match(against: "1 Nowhere Lane, Testpur") { similarityScore } }
            }
          }
        }
        pan: document(documentId: "pan.jpg") {
          extraction { ... on PanExtraction { dateOfBirth { date } panNumber { masked } } }
        }
        crossChecks { field similarityScore passes left { documentType } right { documentType } }
        crossCheckSummary { total passed failed unscored lowest { field similarityScore } }
      }
    }`,
    { uuid, id },
  );
  assert.equal(node.uuid, uuid);
  assert.deepEqual(flow.unread, {
    failure: { code: 'UNRECOGNISED', rawCode: 'UNRECOGNISED' },
    extraction: null,
  });
  const { name, dateOfBirth, aadhaarNumber, address } = flow.aadhaar.extraction;
  assert.equal(flow.aadhaar.documentType, 'AADHAAR');
  assert.ok(name.value);
  assert.match(aadhaarNumber.masked, RegExp(`^XXXX XXXX ${aadhaarNumber.lastFour}$`));
  assert.equal(flow.pan.extraction.dateOfBirth.date, dateOfBirth.date);
  assert.match(flow.pan.extraction.panNumber.masked, /^X{6}\w{4}$/);
  assert.ok(address.match.similarityScore < 100);

  const checks: CrossCheck[] = flow.crossChecks;
  const pairs = checks.map(
    ({ field, left, right }) => `${field}: ${left.documentType} and ${right.documentType}`,
  );
  assert.deepEqual(pairs.toSorted(), [
    'customer_name: DELIVERY_ORDER and INVOICE',
    'date_of_birth: AADHAAR and PAN',
    'dealer_address: DELIVERY_ORDER and INVOICE',
    'name: AADHAAR and PAN',
  ]);
  const passed = checks.filter(({ passes }) => passes).length;
  const { lowest, ...counts } = flow.crossCheckSummary;
  assert.deepEqual(counts, { total: 4, passed, failed: 4 - passed, unscored: 0 });
  assert.equal(
    lowest.similarityScore,
    Math.min(...checks.map(({ similarityScore }) => similarityScore)),
  );

  sandbox.clearCalls();
  const targets = [address.value, '7 Other Street, Elsewhere', '??'];
  const { addressMatches } = await askWell(
    gateway,
    `query ($source: String!, $targets: [String!]!) {
      addressMatches(applicationId: "loan-7", source: $source, targets: $targets) {
        targetAddress similarityScore failure { code }
      }
    }`,
    { source: address.value, targets },
  );
  const [same, other, unread] = addressMatches;
  assert.deepEqual(same, { targetAddress: targets[0], similarityScore: 100, failure: null });
  assert.ok(other.similarityScore < 50);
  assert.deepEqual(unread, {
    targetAddress: '??',
    similarityScore: null,
    failure: { code: '422' },
  });
  assert.equal(sandbox.countCalls('matchAddresses'), 1);

  await runBatch(gateway, client, 'BULK');
  await runBatch(gateway, client, 'SANDBOX');
});

test('each operation of the playground answers, in order, without an error', async (t) => {
  const gateway = await openGateway(t);
  const own = connect(t, gateway);
  let journey = beginJourney('application-1', 'key-of-the-journey');
  const answers = new Map<string, ReturnType<typeof JSON.parse>>();

  for (const { id, examples } of topics) {
    if (id === 'errors') continue;
    const [{ query, variables, authority }] = examples;
    const client =
      authority === 'grant' ? connect(t, { ...gateway, apiKey: journey.grant ?? '' }) : own;
    const events = await follow(client, query, { ...variables(journey) });
    answers.set(id, events.at(-1));
    journey = learn(journey, events.at(-1));
  }

  assert.equal(answers.get('open').createFlow.flow.uuid, flowUuidFor('application-1', 1));
  assert.deepEqual(answers.get('upload').uploadDocuments.userErrors, []);
  assert.equal(answers.get('watch').flowUpdated.status.state, 'SUCCESS');
  assert.equal(answers.get('read').flow.documents.length, 4);
  assert.equal(answers.get('read').flow.crossChecks.length, 4);
  assert.equal(answers.get('match').addressMatches.length, 3);
  assert.equal(answers.get('batch').createBatch.batch.progress.submitted, 2);
  assert.equal(answers.get('watch-batch').batchUpdated.progress.isComplete, true);
  assert.equal(answers.get('bearer').viewer.grant.flowUuid, flowUuidFor('application-1', 1));
  assert.ok(answers.get('timeline').flow.timeline.edges.length >= 3);
});

/** Submits a batch, watches it until it is complete, and reads it page by page. */
async function runBatch(gateway: OpenGateway, client: Client, service: 'BULK' | 'SANDBOX') {
  const files = Array.from({ length: 60 }, (_, place) => ({
    documentId: `document-${place}`,
    url: `https://files.example/${place % 10 === 3 ? 'blurred' : 'pan'}-${place}.jpg`,
  }));

  const { createBatch } = await askWell(
    gateway,
    `mutation ($input: CreateBatchInput!) {
      createBatch(input: $input) {
        batch { batchId service progress { submitted } }
        userErrors { code }
      }
    }`,
    { input: { service, files } },
  );
  const { batchId } = createBatch.batch;
  assert.deepEqual(createBatch, {
    batch: { batchId, service, progress: { submitted: 60 } },
    userErrors: [],
  });

  const events = await follow(
    client,
    `subscription ($batchId: String!, $service: BatchService!) {
      batchUpdated(batchId: $batchId, service: $service) {
        batchId
        progress { submitted arrived failed missing isComplete }
      }
    }`,
    { batchId, service },
  );
  assert.deepEqual(events.at(-1).batchUpdated, {
    batchId,
    progress: { submitted: 60, arrived: 60, failed: 6, missing: 0, isComplete: true },
  });
  const arrived = events.map(({ batchUpdated }) => batchUpdated.progress.arrived);
  assert.deepEqual(
    arrived,
    arrived.toSorted((one, next) => one - next),
  );

  const pages: DocumentState[][] = [];
  for (let after: string | null = null, hasNext = true; hasNext; ) {
    const { batch } = await askWell(
      gateway,
      `query ($batchId: String!, $service: BatchService!, $after: String) {
        batch(batchId: $batchId, service: $service) {
          documents(first: 25, after: $after) {
            edges { node { documentId state } }
            pageInfo { endCursor hasNextPage }
          }
        }
      }`,
      { batchId, service, after },
    );
    const { edges, pageInfo } = batch.documents;
    pages.push(edges.map(({ node }: { node: DocumentState }) => node));
    after = pageInfo.endCursor;
    hasNext = pageInfo.hasNextPage;
  }
  assert.deepEqual(
    pages.map((page) => page.length),
    [25, 25, 10],
  );
  const read = pages.flat();
  assert.deepEqual(
    new Set(read.map(({ documentId }) => documentId)),
    new Set(files.map(({ documentId }) => documentId)),
  );
  assert.equal(read.filter(({ state }) => state === 'FAILED').length, 6);
}

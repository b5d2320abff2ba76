import assert from 'node:assert/strict';
import test from 'node:test';
import type { EndpointName } from '../../src/atlas/api/endpoints.ts';
import { flowUuidFor } from '../../src/sandbox/identifiers.ts';
import { toKey, toSettings } from '../support/identity/tenant-settings.ts';
import { openStillGateway, type StillGateway } from '../support/schema/still-gateway.ts';

const createFlow = `mutation ($input: CreateFlowInput!) {
  createFlow(input: $input) {
    flow {
      uuid
      applicationId
      productType
      status { state upload isTerminal version freshness { source stale nextCheckAt } }
    }
    userErrors { code }
  }
}`;
const uploadDocuments = `mutation ($input: UploadDocumentsInput!) {
  uploadDocuments(input: $input) {
    flow { uuid status { state isTerminal version freshness { source stale } } }
    documents { id documentId fileUuid batchId state documentType extraction { documentType } }
    userErrors { code path }
  }
}`;
const createBatch = `mutation ($input: CreateBatchInput!) {
  createBatch(input: $input) {
    batch { batchId service progress { submitted arrived missing isComplete } }
    userErrors { code }
  }
}`;

const files = [
  { documentId: 'doc-1', url: 'https://files.example/pan.jpg?X-Sig=a%2Fb&X-Date=1' },
  { documentId: 'doc-2', url: 'https://files.example/voter.jpg' },
];
const filesOnTheWire = files.map(({ documentId, url }) => ({
  document_id: documentId,
  file_url: url,
}));

test('a flow is opened with all that was given, and with callback places of the gateway', async (t) => {
  const gateway = await openStillGateway(t);
  const { data, errors } = await gateway.ask(createFlow, {
    input: {
      applicationId: 'application-1',
      productType: 'PROD_X',
      flowParams: { branch: 'TESTPUR', nested: { list: [1, null, 'two'] } },
    },
  });
  assert.equal(errors, undefined);
  const { version, ...status } = data.createFlow.flow.status;
  assert.ok(version > 0);
  assert.deepEqual(
    { ...data.createFlow, flow: { ...data.createFlow.flow, status } },
    {
      flow: {
        uuid: flowUuidFor('application-1', 1),
        applicationId: 'application-1',
        productType: 'PROD_X',
        status: {
          state: 'NOT_STARTED',
          upload: 'NOT_STARTED',
          isTerminal: false,
          freshness: { source: 'POLL', stale: false, nextCheckAt: null },
        },
      },
      userErrors: [],
    },
  );
  const { auth_url, callback_url, ...rest } = bodyOf(gateway, 'initFlow');
  assert.deepEqual(rest, {
    application_id: 'application-1',
    product_type: 'PROD_X',
    flow_params: { branch: 'TESTPUR', nested: { list: [1, null, 'two'] } },
  });
  const { origin } = new URL(gateway.graphqlUrl);
  assert.ok(callback_url.startsWith(`${origin}/atlas/callback/`));
  assert.ok(auth_url.startsWith(`${origin}/atlas/auth/`));
});

test('the callback places of two flows are not the same, and too long to be guessed', async (t) => {
  const gateway = await openStillGateway(t);
  await gateway.openFlow('one');
  await gateway.openFlow('two');
  const paths = gateway.sandbox.calls
    .filter(({ name }) => name === 'initFlow')
    .map(({ body }) => (body as { callback_url: string }).callback_url.split('/').at(-1));
  assert.equal(new Set(paths).size, 2);
  for (const path of paths) assert.ok((path?.length ?? 0) >= 22, 'at least 128 bits');
});

test('callback addresses of the caller are passed on as they are, literals and variables alike', async (t) => {
  const settings = { keys: [toKey('redirect-key')], callbackHosts: ['lender.example'] };
  const gateway = await openStillGateway(t, {
    apiKey: 'redirect-key',
    sandbox: { credentials: [{ clientId: 'acme-client', clientSecret: 'acme-secret' }] },
    config: { tenants: [toSettings('acme', { ...settings, productType: 'TEST_PRODUCT' })] },
  });
  const places = {
    callbackUrl: 'https://lender.example/atlas/done?case=7&x=%2F',
    authUrl: 'https://lender.example:8443/atlas/auth',
  };
  await gateway.ask(createFlow, { input: { applicationId: 'one', ...places } });
  await gateway.ask(
    `mutation {
      createFlow(input: {
        applicationId: "two"
        callbackUrl: "${places.callbackUrl}"
        authUrl: "${places.authUrl}"
        flowParams: { branch: "TESTPUR", count: 2, open: true, list: [1.5, null] }
      }) { flow { uuid } }
    }`,
  );
  const sent = { callback_url: places.callbackUrl, auth_url: places.authUrl };
  const product_type = 'TEST_PRODUCT';
  assert.deepEqual(
    gateway.sandbox.calls.filter(({ name }) => name === 'initFlow').map(({ body }) => body),
    [
      { application_id: 'one', product_type, flow_params: {}, ...sent },
      {
        application_id: 'two',
        product_type,
        flow_params: { branch: 'TESTPUR', count: 2, open: true, list: [1.5, null] },
        ...sent,
      },
    ],
  );
});

test('a flow that was opened is answered though its status cannot be had', async (t) => {
  const gateway = await openStillGateway(t);
  for (const status of [503, 409, 400] as const) {
    gateway.sandbox.fault('flowStatus', { status }, status === 503 ? 3 : 1);
    const { data, errors } = await gateway.ask(createFlow, {
      input: { applicationId: `application-${status}` },
    });
    assert.equal(errors, undefined);
    assert.deepEqual(data.createFlow.flow, {
      uuid: flowUuidFor(`application-${status}`, 1),
      applicationId: `application-${status}`,
      productType: 'TEST_PRODUCT',
      status: {
        state: 'NOT_STARTED',
        upload: 'NOT_STARTED',
        isTerminal: false,
        version: 0,
        freshness: { source: 'CACHE', stale: true, nextCheckAt: null },
      },
    });
  }
});

test('an opening whose answer is lost is not tried again, and says that it may have happened', async (t) => {
  const gateway = await openStillGateway(t);
  gateway.sandbox.fault('initFlow', { hangUp: 'after' });
  const { data, errors } = await gateway.ask(createFlow, {
    input: { applicationId: 'application-1' },
  });
  assert.deepEqual(data, { createFlow: null });
  assert.equal(errors?.[0]?.extensions.code, 'OUTCOME_UNKNOWN');
  assert.equal(gateway.sandbox.countCalls('initFlow'), 1);
});

test('uploaded documents come back by the ids they were given, with the ids of Atlas', async (t) => {
  const gateway = await openStillGateway(t);
  const flowUuid = await gateway.openFlow();
  const { data, errors } = await gateway.ask(uploadDocuments, { input: { flowUuid, files } });
  assert.equal(errors, undefined);
  const { flow, documents, userErrors } = data.uploadDocuments;
  assert.deepEqual(userErrors, []);
  assert.equal(flow.uuid, flowUuid);
  assert.equal(flow.status.state, 'IN_PROGRESS');
  assert.deepEqual(
    documents.map(({ documentId, state }: Record<string, unknown>) => [documentId, state]),
    [
      ['doc-1', 'PENDING'],
      ['doc-2', 'PENDING'],
    ],
  );
  assert.match(documents[0].batchId, /^BATCH-/);
  assert.match(documents[0].fileUuid, /^[\da-f-]{36}$/);
  assert.notEqual(documents[0].fileUuid, documents[1].fileUuid);
  assert.deepEqual(bodyOf(gateway, 'uploadToFlow'), {
    flow_uuid: flowUuid,
    file_urls: filesOnTheWire,
  });
});

/** Receipts in every shape that CONTRACT K1, K5 and 4.2 leave open, and what is made of them. */
const receipts: readonly [name: string, body: unknown, told: (string | null)[][]][] = [
  [
    'in another order, a batch each',
    [
      { document_id: 'doc-2', file_uuid: 'file-2', batch_id: 'BATCH-2' },
      { document_id: 'doc-1', file_uuid: 'file-1', batch_id: 'BATCH-1' },
    ],
    [
      ['doc-1', 'file-1', 'BATCH-1'],
      ['doc-2', 'file-2', 'BATCH-2'],
    ],
  ],
  [
    'for one file only',
    [{ document_id: 'doc-2', file_uuid: 'file-2', batch_id: 'BATCH-2' }],
    [
      ['doc-1', null, null],
      ['doc-2', 'file-2', 'BATCH-2'],
    ],
  ],
  [
    'without the ids they were given',
    [{ file_uuid: 'file-1' }, { file_uuid: 'file-2' }],
    [
      ['doc-1', null, null],
      ['doc-2', null, null],
    ],
  ],
  [
    'none',
    [],
    [
      ['doc-1', null, null],
      ['doc-2', null, null],
    ],
  ],
];

for (const [name, body, told] of receipts) {
  test(`receipts ${name} are matched by documentId and never by guess`, async (t) => {
    const gateway = await openStillGateway(t);
    const flowUuid = await gateway.openFlow();
    gateway.sandbox.fault('uploadToFlow', { status: 200, body });
    const { data, errors } = await gateway.ask(uploadDocuments, { input: { flowUuid, files } });
    assert.equal(errors, undefined);
    assert.deepEqual(
      data.uploadDocuments.documents.map(
        ({ documentId, fileUuid, batchId }: Record<string, unknown>) => [
          documentId,
          fileUuid,
          batchId,
        ],
      ),
      told,
    );
  });
}

test('one receipt for one file is its own, named or not', async (t) => {
  const gateway = await openStillGateway(t);
  const flowUuid = await gateway.openFlow();
  gateway.sandbox.fault('uploadToFlow', { status: 200, body: { batch_id: 'BATCH-1' } });
  const { data } = await gateway.ask(uploadDocuments, {
    input: { flowUuid, files: files.slice(0, 1) },
  });
  assert.equal(data.uploadDocuments.documents[0].batchId, 'BATCH-1');
});

test('more files can be added to a flow that has ended, which then runs again', async (t) => {
  const gateway = await openStillGateway(t);
  const flowUuid = await gateway.finishedFlow(['pan.jpg']);
  const before = await gateway.ask(
    'query ($uuid: String!) { flow(uuid: $uuid) { status { isTerminal version } } }',
    { uuid: flowUuid },
  );
  assert.equal(before.data.flow.status.isTerminal, true);
  const { data } = await gateway.ask(uploadDocuments, { input: { flowUuid, files } });
  const { status } = data.uploadDocuments.flow;
  assert.equal(status.state, 'IN_PROGRESS');
  assert.ok(status.version > before.data.flow.status.version);
});

test('an upload is answered as under way though the status cannot be had', async (t) => {
  const gateway = await openStillGateway(t);
  const flowUuid = await gateway.openFlow();
  const upload = async () => {
    gateway.sandbox.fault('flowStatus', { status: 503 }, 3);
    const { data, errors } = await gateway.ask(uploadDocuments, { input: { flowUuid, files } });
    assert.equal(errors, undefined);
    assert.equal(data.uploadDocuments.documents.length, 2);
    return data.uploadDocuments.flow.status;
  };
  const freshness = { source: 'CACHE', stale: true };
  const underWay = { state: 'IN_PROGRESS', isTerminal: false, freshness };
  const { version, ...running } = await upload();
  assert.ok(version > 0);
  assert.deepEqual(running, underWay);

  gateway.sandbox.finishFlow(flowUuid, 'SUCCESS');
  await gateway.ask('query ($uuid: String!) { flow(uuid: $uuid) { status { state } } }', {
    uuid: flowUuid,
  });
  // That it had ended is no longer true of a flow that was given more.
  const { version: next, ...again } = await upload();
  assert.ok(next > version);
  assert.deepEqual(again, underWay);
});

test('an upload whose answer is lost is not tried again, and says that it may have happened', async (t) => {
  const gateway = await openStillGateway(t);
  const flowUuid = await gateway.openFlow();
  gateway.sandbox.fault('uploadToFlow', { hangUp: 'after' });
  const { data, errors } = await gateway.ask(uploadDocuments, { input: { flowUuid, files } });
  assert.deepEqual(data, { uploadDocuments: null });
  assert.equal(errors?.[0]?.extensions.code, 'OUTCOME_UNKNOWN');
  assert.equal(gateway.sandbox.countCalls('uploadToFlow'), 1);
});

test('mutations of one request run one behind the other', async (t) => {
  const gateway = await openStillGateway(t);
  const flowUuid = flowUuidFor('application-1', 1);
  const { data, errors } = await gateway.ask(
    `mutation ($flowUuid: String!, $files: [FileInput!]!) {
      createFlow(input: { applicationId: "application-1" }) { flow { uuid } }
      uploadDocuments(input: { flowUuid: $flowUuid, files: $files }) {
        flow { status { state } documents { documentId } }
      }
    }`,
    { flowUuid, files },
  );
  assert.equal(errors, undefined);
  assert.equal(data.createFlow.flow.uuid, flowUuid);
  assert.deepEqual(data.uploadDocuments.flow, {
    status: { state: 'IN_PROGRESS' },
    documents: [{ documentId: 'doc-1' }, { documentId: 'doc-2' }],
  });
});

for (const [service, endpoint] of [
  ['BULK', 'uploadBulk'],
  ['SANDBOX', 'uploadDocstream'],
] as const) {
  test(`a batch of ${service} is submitted, and its progress is known from there on`, async (t) => {
    const gateway = await openStillGateway(t);
    const { data, errors } = await gateway.ask(createBatch, {
      input: { service, productType: 'PROD_X', files },
    });
    assert.equal(errors, undefined);
    const { batchId, ...batch } = data.createBatch.batch;
    assert.match(batchId, /^BATCH-/);
    assert.deepEqual(batch, {
      service,
      progress: { submitted: 2, arrived: 0, missing: 2, isComplete: false },
    });
    assert.deepEqual(bodyOf(gateway, endpoint), {
      product_type: 'PROD_X',
      file_urls: filesOnTheWire,
    });
  });

  test(`a batch of ${service} is named by Atlas's answer, a list or an object`, async (t) => {
    const gateway = await openStillGateway(t);
    for (const body of [[{ batch_id: 'BATCH-7', document_id: 'doc-1' }], { batch_id: 'BATCH-7' }]) {
      gateway.sandbox.fault(endpoint, { status: 201, body });
      const { data } = await gateway.ask(
        `mutation ($input: CreateBatchInput!) { createBatch(input: $input) { batch { batchId } } }`,
        { input: { service, files } },
      );
      assert.deepEqual(data.createBatch.batch, { batchId: 'BATCH-7' });
    }
    gateway.sandbox.fault(endpoint, { status: 201, body: [] });
    const { errors } = await gateway.ask(createBatch, { input: { service, files } });
    assert.equal(errors?.[0]?.extensions.code, 'OUTCOME_UNKNOWN');
  });
}

test('a batch goes to BULK, with the configured productType, unless told otherwise', async (t) => {
  const gateway = await openStillGateway(t);
  const { data } = await gateway.ask(createBatch, { input: { files } });
  assert.equal(data.createBatch.batch.service, 'BULK');
  assert.equal(bodyOf(gateway, 'uploadBulk').product_type, 'TEST_PRODUCT');
});

/** The body of the only call of an endpoint, as loose as JSON is. */
function bodyOf({ sandbox }: StillGateway, name: EndpointName): ReturnType<typeof JSON.parse> {
  const calls = sandbox.calls.filter((call) => call.name === name);
  assert.equal(calls.length, 1);
  return calls[0]?.body;
}

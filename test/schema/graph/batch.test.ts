import assert from 'node:assert/strict';
import test from 'node:test';
import { openStillGateway, type StillGateway } from '../../support/schema/still-gateway.ts';

const batchQuery = `query ($batchId: String!, $service: BatchService!) {
  batch(batchId: $batchId, service: $service) {
    batchId
    service
    totalKnown
    progress { submitted arrived failed missing isComplete }
    documents(first: 100) {
      edges { node { documentId batchId state documentType failure { code } } }
      pageInfo { hasNextPage }
    }
  }
}`;

for (const service of ['BULK', 'SANDBOX'] as const) {
  test(`a batch of ${service} shows its documents and how far it has come`, async (t) => {
    const gateway = await openStillGateway(t);
    const batchId = await gateway.createBatch(['pan.jpg', 'blurred.jpg', 'voter.jpg'], service);
    gateway.clock.advance(1400); // two of three
    const half = await ask(gateway, batchId, service);
    const documents = [
      { documentId: 'pan.jpg', batchId, state: 'EXTRACTED', documentType: 'PAN', failure: null },
      {
        documentId: 'blurred.jpg',
        batchId,
        state: 'FAILED',
        documentType: null,
        failure: { code: 'UNRECOGNISED' },
      },
    ];
    assert.deepEqual(half, {
      batchId,
      service,
      // All that was submitted, or all that has been read: see CONTRACT K16.
      totalKnown: service === 'BULK' ? 3 : 2,
      progress: { submitted: 3, arrived: 2, failed: 1, missing: 1, isComplete: false },
      documents: {
        edges: documents.map((node) => ({ node })),
        pageInfo: { hasNextPage: false },
      },
    });
    gateway.finishBatches();
    const whole = await ask(gateway, batchId, service);
    assert.deepEqual(whole.progress, {
      submitted: 3,
      arrived: 3,
      failed: 1,
      missing: 0,
      isComplete: true,
    });
    assert.equal(whole.totalKnown, 3);
    assert.equal(whole.documents.edges.length, 3);
  });

  test(`a batch of ${service} is read to its last page`, async (t) => {
    const gateway = await openStillGateway(t);
    const names = Array.from({ length: 100 }, (_, place) => `pan-${place}.jpg`);
    const batchId = await gateway.createBatch(names, service);
    gateway.finishBatches();
    gateway.sandbox.clearCalls();
    const batch = await ask(gateway, batchId, service);
    assert.deepEqual(
      batch.documents.edges.map((edge: { node: { documentId: string } }) => edge.node.documentId),
      names,
    );
    assert.equal(batch.progress.arrived, 100);
    const name = service === 'BULK' ? 'bulkExtracts' : 'docstreamExtracts';
    assert.deepEqual(
      gateway.sandbox.calls.filter((call) => call.name === name).map(({ query }) => query),
      ['1', '2'].map((page) => ({ batch_id: batchId, page, per_page: '50' })),
    );
  });
}

test('a batch is asked for at BULK unless another service is named', async (t) => {
  const gateway = await openStillGateway(t);
  const batchId = await gateway.createBatch(['pan.jpg'], 'BULK');
  const { data } = await gateway.ask(
    'query ($batchId: String!) { batch(batchId: $batchId) { service } }',
    { batchId },
  );
  assert.deepEqual(data.batch, { service: 'BULK' });
});

test('a batch that Atlas does not have is null, and one of the other service is not mistaken for it', async (t) => {
  const gateway = await openStillGateway(t);
  const batchId = await gateway.createBatch(['pan.jpg'], 'SANDBOX');
  assert.equal(await ask(gateway, 'nobody', 'BULK'), null);
  assert.equal(await ask(gateway, batchId, 'BULK'), null);
});

test('of a batch that was submitted elsewhere the progress is not known', async (t) => {
  const here = await openStillGateway(t);
  const elsewhere = await openStillGateway(t, { env: { ATLAS_BASE_URL: here.sandbox.url } });
  const batchId = await here.createBatch(['pan.jpg'], 'SANDBOX');
  here.finishBatches();
  const batch = await ask(elsewhere, batchId, 'SANDBOX');
  assert.equal(batch.progress, null);
  assert.equal(batch.totalKnown, 1);
  assert.equal(batch.documents.edges.length, 1);
});

test('a page that cannot be read fails the batch with its own error', async (t) => {
  const gateway = await openStillGateway(t);
  const batchId = await gateway.createBatch(['pan.jpg']);
  gateway.sandbox.fault('bulkExtracts', { status: 503 }, Number.POSITIVE_INFINITY);
  const { data, errors } = await gateway.ask(batchQuery, { batchId, service: 'BULK' });
  assert.equal(data.batch, null);
  assert.deepEqual(
    errors?.map(({ extensions }) => extensions.code),
    ['ATLAS_UNAVAILABLE'],
  );
});

async function ask(gateway: StillGateway, batchId: string, service: string) {
  const { data, errors } = await gateway.ask(batchQuery, { batchId, service });
  assert.equal(errors, undefined);
  return data.batch;
}

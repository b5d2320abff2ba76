import assert from 'node:assert/strict';
import test from 'node:test';
import { openStillGateway } from '../support/schema/still-gateway.ts';

const documentsQuery = `query ($uuid: String!) {
  flow(uuid: $uuid) {
    status { state }
    documents {
      documentId fileUuid batchId documentType state
      failure { code rawCode reason }
      extraction { __typename documentType }
    }
  }
}`;

const nothing = {
  fileUuid: null,
  batchId: null,
  documentType: null,
  failure: null,
  extraction: null,
};

/** A document as its papers tell it, without what its upload told. */
function withoutUpload(document: Record<string, unknown>): Record<string, unknown> {
  return { ...document, fileUuid: null, batchId: null };
}

test('a document that was read says its type and what was extracted', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow(['pan.jpg']);
  const { data } = await gateway.ask(documentsQuery, { uuid });
  assert.deepEqual(data.flow.documents.map(withoutUpload), [
    {
      ...nothing,
      documentId: 'pan.jpg',
      documentType: 'PAN',
      state: 'EXTRACTED',
      extraction: { __typename: 'PanExtraction', documentType: 'PAN' },
    },
  ]);
});

test("a document that could not be read says why, in our word and in Atlas's", async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow([
    'open-box-two-faces.jpg',
    'blurred-unknown.jpg',
    'broken-link.pdf',
  ]);
  const { data } = await gateway.ask(documentsQuery, { uuid });
  const failures = data.flow.documents.map(
    ({ failure, state, extraction }: Record<string, unknown>) => ({ failure, state, extraction }),
  );
  const failed = { state: 'FAILED', extraction: null };
  assert.deepEqual(failures, [
    {
      ...failed,
      failure: {
        code: 'INVALID_DOC',
        rawCode: 'INVALID_DOC',
        reason: 'more than one face in the photo',
      },
    },
    {
      ...failed,
      failure: {
        code: 'UNRECOGNISED',
        rawCode: 'UNRECOGNISED',
        reason: 'document type not supported',
      },
    },
    {
      ...failed,
      failure: {
        code: 'OTHER',
        rawCode: 'UPLOAD_FAILED',
        reason: 'file could not be downloaded',
      },
    },
  ]);
});

test('a failure without a reason has an empty one', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow([]);
  gateway.answerExtracts([{ document_id: 'doc-1', error_code: 422 }]);
  const { data } = await gateway.ask(documentsQuery, { uuid });
  assert.deepEqual(data.flow.documents[0].failure, { code: 'OTHER', rawCode: '422', reason: '' });
});

test('a document that was submitted here and has no result is PENDING', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.openFlow();
  await gateway.upload(uuid, 'pan.jpg', 'invoice.pdf');
  const { data } = await gateway.ask(documentsQuery, { uuid });
  assert.deepEqual(data.flow.documents.map(withoutUpload), [
    { ...nothing, documentId: 'pan.jpg', state: 'PENDING' },
    { ...nothing, documentId: 'invoice.pdf', state: 'PENDING' },
  ]);
});

test('a document keeps the ids of its upload, read or not, where Atlas leaves them out', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.openFlow();
  const upload = `mutation ($input: UploadDocumentsInput!) {
    uploadDocuments(input: $input) { documents { documentId fileUuid batchId } }
  }`;
  const files = ['pan.jpg', 'invoice.pdf'].map((name) => ({
    documentId: name,
    url: `https://files.example/${name}`,
  }));
  const uploaded = await gateway.ask(upload, { input: { flowUuid: uuid, files } });
  const { documents } = uploaded.data.uploadDocuments;
  assert.match(documents[0].fileUuid, /^[\da-f-]{36}$/);
  const ids =
    'query ($uuid: String!) { flow(uuid: $uuid) { documents { documentId fileUuid batchId } } }';
  const pending = await gateway.ask(ids, { uuid });
  assert.deepEqual(pending.data.flow.documents, documents);
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  const read = await gateway.ask(ids, { uuid });
  assert.deepEqual(read.data.flow.documents, documents);
});

test('a running flow shows what Atlas has read so far, and what is still to come behind it', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.openFlow();
  await gateway.upload(uuid, 'pan.jpg', 'invoice.pdf');
  gateway.clock.advance(1000); // fetched
  gateway.clock.advance(500); // half of them read
  const { data } = await gateway.ask(documentsQuery, { uuid });
  assert.equal(data.flow.status.state, 'IN_PROGRESS');
  assert.deepEqual(
    data.flow.documents.map(({ documentId, state }: Record<string, unknown>) => [
      documentId,
      state,
    ]),
    [
      ['pan.jpg', 'EXTRACTED'],
      ['invoice.pdf', 'PENDING'],
    ],
  );
});

test('a flow without documents has none, whatever Atlas calls that', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.openFlow();
  const bodies = [
    { ocr_data: [], cross_checks: [] },
    { ocr_data: null, cross_checks: null },
  ];
  for (const body of bodies) {
    gateway.sandbox.fault('flowExtracts', { status: 200, body });
    const { data } = await gateway.ask(documentsQuery, { uuid });
    assert.deepEqual(data.flow.documents, []);
  }
});

test('the fields stand in one place in the graph, wherever Atlas puts them', async (t) => {
  const seen = [];
  for (const placement of ['flat', 'file_data'] as const) {
    const gateway = await openStillGateway(t, { sandbox: { placement } });
    const uuid = await gateway.finishedFlow(['aadhaar.jpg', 'pan.jpg']);
    const { data } = await gateway.ask(
      `query ($uuid: String!) {
        flow(uuid: $uuid) {
          documents { documentId documentType extraction { fields { name value confidence } } }
        }
      }`,
      { uuid },
    );
    seen.push(data.flow.documents);
  }
  assert.equal(seen[0].length, 2);
  assert.deepEqual(seen[0], seen[1]);
});

test('ids that Atlas gives a document are passed on', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow([]);
  gateway.answerExtracts([
    { document_id: 'doc-1', file_uuid: 'file-1', batch_id: 'BATCH-1', document_type: 'PAN' },
    { file_uuid: 'file-2', document_type: 'PAN' },
    { document_type: 'PAN' },
  ]);
  const { data } = await gateway.ask(documentsQuery, { uuid });
  assert.deepEqual(
    data.flow.documents.map(({ documentId, fileUuid, batchId }: Record<string, unknown>) => [
      documentId,
      fileUuid,
      batchId,
    ]),
    [
      ['doc-1', 'file-1', 'BATCH-1'],
      ['file-2', 'file-2', null],
      ['unnamed-3', null, null],
    ],
  );
});

test('an entry that is no document costs itself and not the answer', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow([]);
  gateway.answerExtracts(['broken', 7, null, { document_id: 'doc-1', document_type: 'PAN' }]);
  const { data, errors } = await gateway.ask(documentsQuery, { uuid });
  assert.equal(errors, undefined);
  assert.deepEqual(
    data.flow.documents.map(({ documentId }: { documentId: string }) => documentId),
    ['doc-1'],
  );
});

test('a document is found by the id that it was submitted under, the latest where two have it', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow([]);
  const entries = [
    { document_id: 'same', document_type: 'PAN' },
    { document_id: 'same', document_type: 'VOTER_ID' },
  ];
  gateway.answerExtracts(entries);
  const found = await gateway.askDocument(uuid, 'same', 'documentType id');
  const { documentType, id } = found.data.flow.document;
  assert.equal(documentType, 'VOTER_ID');
  gateway.answerExtracts(entries);
  const again = await gateway.ask(
    'query ($id: ID!) { node(id: $id) { ... on Document { documentType } } }',
    { id },
  );
  assert.deepEqual(again.data.node, { documentType: 'VOTER_ID' });
  gateway.answerExtracts(entries);
  const { data, errors } = await gateway.askDocument(uuid, 'other', 'documentType');
  assert.equal(errors, undefined);
  assert.deepEqual(data, { flow: { document: null } });
});

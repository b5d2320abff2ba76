import assert from 'node:assert/strict';
import test from 'node:test';
import { openStillGateway, type StillGateway } from '../support/schema/still-gateway.ts';

const parts = 'id documentId attempt fileUuid state documentType';
const readDocuments = `query ($uuid: String!) { flow(uuid: $uuid) {
  documents { ${parts} previous { ${parts} previous { id } } }
  document(documentId: "aadhaar") { id attempt }
  crossChecks { field left { documentType document { id } } right { documentType } }
  crossCheckSummary { total }
} }`;
const readNode = `query ($id: ID!) { node(id: $id) { ... on Document { ${parts} } } }`;

async function upload(gateway: StillGateway, flowUuid: string, files: Record<string, string>) {
  const input = {
    flowUuid,
    files: Object.entries(files).map(([documentId, name]) => ({
      documentId,
      url: `https://files.example/${name}`,
    })),
  };
  const { data } = await gateway.ask(
    `mutation ($input: UploadDocumentsInput!) { uploadDocuments(input: $input) {
      documents { ${parts} previous { ${parts} } } userErrors { code } } }`,
    { input },
  );
  assert.deepEqual(data.uploadDocuments.userErrors, []);
  return data.uploadDocuments.documents;
}

const read = async (gateway: StillGateway, uuid: string) =>
  (await gateway.ask(readDocuments, { uuid })).data.flow;

test('a document that is uploaded again is one document with an earlier attempt', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.openFlow();
  const [first] = await upload(gateway, uuid, { aadhaar: 'blurred-aadhaar.jpg', pan: 'pan.jpg' });
  assert.deepEqual([first.attempt, first.previous], [1, []]);
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  const [before] = (await read(gateway, uuid)).documents;
  assert.deepEqual([before.attempt, before.state, before.previous], [1, 'FAILED', []]);
  assert.deepEqual([before.id, before.fileUuid], [first.id, first.fileUuid]);

  const [retake] = await upload(gateway, uuid, { aadhaar: 'aadhaar.jpg' });
  assert.deepEqual([retake.id, retake.attempt, retake.state], [first.id, 2, 'PENDING']);
  assert.notEqual(retake.fileUuid, first.fileUuid);
  assert.deepEqual(
    retake.previous.map(({ attempt, state }: typeof first) => [attempt, state]),
    [[1, 'FAILED']],
  );
  const running = (await read(gateway, uuid)).documents;
  assert.deepEqual(
    running.map(({ documentId, attempt, state }: typeof first) => [documentId, attempt, state]),
    [
      ['aadhaar', 2, 'PENDING'],
      ['pan', 1, 'EXTRACTED'],
    ],
  );

  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  const flow = await read(gateway, uuid);
  const [aadhaar, pan] = flow.documents;
  assert.equal(flow.documents.length, 2);
  assert.deepEqual([aadhaar.id, aadhaar.attempt, aadhaar.state], [first.id, 2, 'EXTRACTED']);
  assert.equal(aadhaar.fileUuid, retake.fileUuid);
  assert.deepEqual(flow.document, { id: first.id, attempt: 2 });
  const [earlier] = aadhaar.previous;
  const { previous: _, ...told } = earlier;
  assert.deepEqual(
    [told.attempt, told.state, told.fileUuid, earlier.previous],
    [1, 'FAILED', first.fileUuid, []],
  );
  assert.deepEqual(pan.previous, []);
  assert.equal(new Set([aadhaar.id, pan.id, earlier.id]).size, 3);
  for (const { previous: _none, ...each } of [aadhaar, pan, earlier]) {
    assert.deepEqual((await gateway.ask(readNode, { id: each.id })).data.node, each);
  }
});

test('an attempt that is no earlier one of a document is not found by its id', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow(['pan.jpg']);
  for (const attempt of ['1', '2', '0', 'x', '1/1']) {
    const id = Buffer.from(`Document:flow/${uuid}/pan.jpg/${attempt}`).toString('base64url');
    assert.deepEqual((await gateway.ask(readNode, { id })).data, { node: null }, attempt);
  }
});

const pan = { document_type: 'PAN', pan_number: { value: 'AAAPZ0000A' } };
const entry = (more: object = {}) => ({ document_id: 'pan', ...pan, ...more });

/** Atlas's answer after two uploads of one document, and the attempts that it shows. */
const answers: readonly [name: string, entries: readonly object[], told: unknown][] = [
  ['both without a name', [entry(), entry()], [2, 'EXTRACTED', [1]]],
  ['the newest alone, at the end', [entry()], [2, 'EXTRACTED', []]],
  ['none', [], [2, 'PENDING', []]],
  ['three', [entry(), entry(), entry()], [3, 'EXTRACTED', [1, 2]]],
];
for (const [name, entries, told] of answers) {
  test(`the attempts are told where Atlas answers with ${name}`, async (t) => {
    const gateway = await openStillGateway(t);
    const uuid = await gateway.openFlow();
    await upload(gateway, uuid, { pan: 'pan.jpg' });
    await upload(gateway, uuid, { pan: 'pan-2.jpg' });
    gateway.sandbox.finishFlow(uuid, 'SUCCESS');
    await gateway.ask('query ($uuid: String!) { flow(uuid: $uuid) { status { state } } }', {
      uuid,
    });
    gateway.answerExtracts(entries);
    const [document, ...others] = (await read(gateway, uuid)).documents;
    assert.deepEqual(others, []);
    const { attempt, state, previous } = document;
    const earlier = previous.map((each: { attempt: number }) => each.attempt);
    assert.deepEqual([attempt, state, earlier], told);
  });
}

test('an answer that names its file or upload belongs to that attempt, in any order', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.openFlow();
  const [first] = await upload(gateway, uuid, { pan: 'pan.jpg' });
  const [second] = await upload(gateway, uuid, { pan: 'pan-2.jpg' });
  const bad = { document_id: 'pan', error_code: 'UNRECOGNISED' };
  gateway.answerExtracts([
    entry({ file_uuid: second.fileUuid }),
    { ...bad, file_uuid: first.fileUuid },
  ]);
  const [document] = (await read(gateway, uuid)).documents;
  assert.deepEqual([document.attempt, document.state], [2, 'EXTRACTED']);
  assert.deepEqual(document.previous[0].state, 'FAILED');
  gateway.answerExtracts([{ ...bad, file_uuid: first.fileUuid }]);
  const [running] = (await read(gateway, uuid)).documents;
  assert.deepEqual([running.attempt, running.state], [2, 'PENDING']);
  assert.equal(running.fileUuid, second.fileUuid);
});

test('cross-checks of a document with its own earlier attempt are left out', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.openFlow();
  await upload(gateway, uuid, { aadhaar: 'aadhaar.jpg', pan: 'pan.jpg' });
  await upload(gateway, uuid, { aadhaar: 'aadhaar-2.jpg' });
  const check = (one: object, other: object) => ({
    field: 'name',
    similarity_score: 90,
    ...one,
    ...other,
  });
  const documents = ['aadhaar', 'aadhaar', 'pan', 'pan-2'].map((document_id) => ({
    document_id,
    document_type: document_id.startsWith('pan') ? 'PAN' : 'AADHAAR',
  }));
  gateway.answerExtracts(documents, [
    check({ document_id_1: 'aadhaar', document_id_2: 'aadhaar' }, { document_type_1: 'AADHAAR' }),
    check(
      { document_id_1: 'aadhaar', document_id_2: 'pan' },
      { document_type_1: 'AADHAAR', document_type_2: 'PAN' },
    ),
    check({ document_type_1: 'AADHAAR', document_type_2: 'AADHAAR' }, {}),
    check({ document_type_1: 'PAN', document_type_2: 'PAN' }, {}),
  ]);
  const flow = await read(gateway, uuid);
  assert.deepEqual(
    flow.crossChecks.map(
      (each: { left: { documentType: string }; right: { documentType: string } }) => [
        each.left.documentType,
        each.right.documentType,
      ],
    ),
    [
      ['AADHAAR', 'PAN'],
      ['PAN', 'PAN'],
    ],
  );
  assert.deepEqual(flow.crossCheckSummary, { total: 2 });
  assert.equal(flow.crossChecks[0].left.document.id, flow.document.id);
});

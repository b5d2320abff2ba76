import assert from 'node:assert/strict';
import test from 'node:test';
import { openCallers, streams, transports, type View } from '../support/privacy/open-callers.ts';

const grantRefusal = (scope: string) =>
  `This needs the scope ${scope}. A flow grant shows its own flow, and the documents of it only where it says so.`;

function idOf(typename: string, id: string): string {
  return Buffer.from(`${typename}:${id}`).toString('base64url');
}

const seen = '{ uuid applicationId status { state isTerminal } }';
const inside = [
  'documents { documentId }',
  'document(documentId: "pan.jpg") { documentId }',
  'crossChecks { similarityScore }',
  'crossCheckSummary { total }',
];

for (const [transport, ask] of Object.entries(transports)) {
  test(`over ${transport} a grant shows where its own flow stands`, async (t) => {
    const gateway = await openCallers(t);
    const flowUuid = await gateway.finishedFlow(['pan.jpg'], 'application-1');
    const phone = gateway.as({ grant: { flowUuid, canReadDocuments: false } });
    const whole = {
      uuid: flowUuid,
      applicationId: 'application-1',
      status: { state: 'SUCCESS', isTerminal: true },
    };
    const node = idOf('Flow', flowUuid);
    const asked: [operation: string, field: string][] = [
      [`{ flow(uuid: "${flowUuid}") ${seen} }`, 'flow'],
      [`{ waitForFlow(uuid: "${flowUuid}") ${seen} }`, 'waitForFlow'],
      [`{ node(id: "${node}") { ... on Flow ${seen} } }`, 'node'],
    ];
    if (transport in streams) {
      asked.push([`subscription { flowUpdated(uuid: "${flowUuid}") ${seen} }`, 'flowUpdated']);
    }
    for (const [operation, field] of asked) {
      const { data, errors } = await ask(t, phone, operation);
      assert.deepEqual([data?.[field], errors], [whole, undefined], operation);
    }
  });

  test(`over ${transport} a grant tells nothing of another flow, and Atlas is not asked`, async (t) => {
    const gateway = await openCallers(t);
    const flowUuid = await gateway.finishedFlow(['pan.jpg'], 'application-1');
    const other = await gateway.finishedFlow(['pan.jpg'], 'application-2');
    const phone = gateway.as({ grant: { flowUuid, canReadDocuments: true } });
    gateway.sandbox.clearCalls();
    for (const uuid of [other, 'there-is-none', '', `${flowUuid} `]) {
      const operations = [
        `{ flow(uuid: "${uuid}") ${seen} }`,
        `{ waitForFlow(uuid: "${uuid}") ${seen} }`,
        ...(uuid === '' ? [] : [`{ node(id: "${idOf('Flow', uuid)}") { id } }`]),
        `{ node(id: "${idOf('Document', `flow/${encodeURIComponent(uuid)}/pan.jpg`)}") { id } }`,
        `{ nodes(ids: ["${idOf('Flow', flowUuid)}", "${idOf('Flow', uuid || 'x')}"]) { id } }`,
        ...(transport in streams ? [`subscription { flowUpdated(uuid: "${uuid}") ${seen} }`] : []),
      ];
      for (const operation of operations) {
        const { data, errors } = await ask(t, phone, operation);
        assert.ok(Object.values(data ?? {}).every((value) => value === null));
        assert.deepEqual(
          errors?.map(({ message, extensions }) => [message, extensions.code]),
          [[grantRefusal('flows:read'), 'FORBIDDEN']],
          operation,
        );
      }
    }
    assert.equal(gateway.sandbox.countCalls(), 0);
  });
}

test('documents of the flow are shown only if the grant includes them, and then masked', async (t) => {
  const gateway = await openCallers(t);
  const flowUuid = await gateway.finishedFlow(['pan.jpg', 'voter.jpg']);
  const closed = gateway.as({ grant: { flowUuid, canReadDocuments: false } });
  const open = gateway.as({ grant: { flowUuid, canReadDocuments: true } });
  const query = `{ flow(uuid: "${flowUuid}") { uuid ${inside.join(' ')} } }`;

  gateway.sandbox.clearCalls();
  const refused = await closed.ask(query);
  assert.deepEqual(Object.values(refused.data.flow), [flowUuid, null, null, null, null]);
  assert.deepEqual(
    refused.errors?.map(({ message }) => message),
    inside.map(() => grantRefusal('flows:read')),
  );
  const ownDocument = idOf('Document', `flow/${flowUuid}/pan.jpg`);
  const byNode = await closed.ask(`{ node(id: "${ownDocument}") { id } }`);
  assert.equal(byNode.errors?.[0]?.extensions.code, 'FORBIDDEN');
  assert.equal(gateway.sandbox.countCalls('flowExtracts'), 0);

  const shown = await open.ask(query);
  assert.equal(shown.errors, undefined);
  assert.equal(shown.data.flow.documents.length, 2);
  assert.ok(shown.data.flow.crossCheckSummary.total > 0);
  const fields = 'documentType extraction { fields { name value isMasked } }';
  const { data } = await open.ask(
    `{ node(id: "${ownDocument}") { ... on Document { ${fields} } } }`,
  );
  const name = data.node.extraction.fields.find(
    (field: { name: string }) => field.name === 'name_as_per_pan',
  );
  assert.equal(name.isMasked, true);
  assert.match(name.value, /^T\*\*\*/);
});

test('a grant is good for nothing else', async (t) => {
  const gateway = await openCallers(t);
  const flowUuid = await gateway.finishedFlow(['aadhaar.jpg']);
  const batchId = await gateway.createBatch(['pan.jpg']);
  const phone = gateway.as({ grant: { flowUuid, canReadDocuments: true } });
  gateway.sandbox.clearCalls();
  const file = '{ documentId: "1", url: "https://files.example/1" }';
  const refused: [operation: string, scope: string][] = [
    [`{ flowsByUuid(uuids: ["${flowUuid}"]) { uuid } }`, 'flows:read'],
    ['mutation { createFlow(input: { applicationId: "1" }) { flow { uuid } } }', 'flows:write'],
    [
      `mutation { uploadDocuments(input: { flowUuid: "${flowUuid}", files: [${file}] }) { flow { uuid } } }`,
      'flows:write',
    ],
    [`mutation { issueFlowGrant(input: { flowUuid: "${flowUuid}" }) { token } }`, 'flows:write'],
    [
      `mutation { revokeFlowGrants(input: { flowUuid: "${flowUuid}" }) { revokedBefore } }`,
      'flows:write',
    ],
    [
      `mutation { createBatch(input: { files: [${file}] }) { batch { batchId } } }`,
      'batches:write',
    ],
    [`{ batch(batchId: "${batchId}") { batchId } }`, 'batches:read'],
    [`{ node(id: "${idOf('Batch', `BULK/${batchId}`)}") { id } }`, 'batches:read'],
    [`{ node(id: "${idOf('Document', `batch/BULK/${batchId}/1`)}") { id } }`, 'batches:read'],
    [
      '{ addressMatch(applicationId: "1", source: "A", target: "B") { similarityScore } }',
      'addresses:match',
    ],
  ];
  for (const [operation, scope] of refused) {
    const { errors } = await phone.ask(operation);
    assert.deepEqual(
      errors?.map(({ message }) => message),
      [grantRefusal(scope)],
      operation,
    );
  }
  assert.equal(gateway.sandbox.countCalls(), 0);

  const match = await phone.askDocument(
    flowUuid,
    'aadhaar.jpg',
    'extraction { ... on AadhaarExtraction { address { match(against: "1 SAMPLE ROAD") { similarityScore } } } }',
  );
  assert.equal(match.errors?.[0]?.message, grantRefusal('addresses:match'));
  assert.equal(gateway.sandbox.countCalls('matchAddresses'), 0);
});

test('a grant for a flow with documents is not the one without, on one subscription alike', async (t) => {
  const gateway = await openCallers(t);
  const flowUuid = await gateway.openFlow();
  await gateway.upload(flowUuid, 'pan.jpg');
  const query = `subscription { flowUpdated(uuid: "${flowUuid}") { uuid documents { documentId } } }`;
  const both: [View, number][] = [
    [gateway.as({ grant: { flowUuid, canReadDocuments: true } }), 0],
    [gateway.as({ grant: { flowUuid, canReadDocuments: false } }), 1],
    [gateway.as({ scopes: ['flows:read'] }), 0],
  ];
  for (const ask of Object.values(streams)) {
    for (const [caller, refusals] of both) {
      const { data, errors = [] } = await ask(t, caller, query);
      assert.equal(errors.length, refusals);
      assert.equal(data.flowUpdated.documents === null, refusals === 1);
    }
  }
});

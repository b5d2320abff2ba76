import assert from 'node:assert/strict';
import test from 'node:test';
import { openStillGateway, type StillGateway } from '../support/schema/still-gateway.ts';

const createFlow = `mutation ($input: CreateFlowInput!) {
  done: createFlow(input: $input) { thing: flow { uuid } userErrors { code message path } }
}`;
const uploadDocuments = `mutation ($input: UploadDocumentsInput!) {
  done: uploadDocuments(input: $input) {
    thing: flow { uuid }
    documents { documentId }
    userErrors { code message path }
  }
}`;
const createBatch = `mutation ($input: CreateBatchInput!) {
  done: createBatch(input: $input) { thing: batch { batchId } userErrors { code message path } }
}`;

const url = 'https://files.example/pan.jpg';
const file = { documentId: 'doc-1', url };
const tooLong = 'x'.repeat(256);

/** The faulty input and the reported error: code, path behind `input`, message. */
type Refused = [what: string, mutation: string, input: object, ...told: [string, string, string][]];
const refusals: readonly Refused[] = [
  [
    'a blank applicationId',
    createFlow,
    { applicationId: ' \t' },
    ['REQUIRED', 'applicationId', 'applicationId is needed.'],
  ],
  [
    'a long applicationId',
    createFlow,
    { applicationId: tooLong },
    ['TOO_LONG', 'applicationId', 'applicationId has more than 255 characters.'],
  ],
  [
    'a blank productType',
    createFlow,
    { applicationId: 'a', productType: '' },
    ['REQUIRED', 'productType', 'productType is needed.'],
  ],
  [
    'a blank flowUuid',
    uploadDocuments,
    { flowUuid: '', files: [file] },
    ['REQUIRED', 'flowUuid', 'flowUuid is needed.'],
  ],
  ...[uploadDocuments, createBatch].flatMap((mutation): Refused[] => {
    const rest = mutation === uploadDocuments ? { flowUuid: 'x' } : {};
    const of = mutation === uploadDocuments ? 'of an upload' : 'of a batch';
    const doubled = { documentId: 'doc-1', url: 'https://files.example/voter.jpg' };
    return [
      [
        `an empty list of files ${of}`,
        mutation,
        { ...rest, files: [] },
        ['EMPTY', 'files', 'files needs at least one file.'],
      ],
      [
        `101 files ${of}`,
        mutation,
        { ...rest, files: numbered(101) },
        ['TOO_MANY', 'files', 'files takes at most 100 at a time.'],
      ],
      [
        `a documentId that stands twice ${of}`,
        mutation,
        { ...rest, files: [file, doubled] },
        [
          'DUPLICATE',
          'files.1.documentId',
          'documentId stands twice in this call; results could not be told apart.',
        ],
      ],
      [
        `a blank documentId ${of}`,
        mutation,
        { ...rest, files: [{ documentId: ' ', url }] },
        ['REQUIRED', 'files.0.documentId', 'documentId is needed.'],
      ],
      [
        `a long documentId ${of}`,
        mutation,
        { ...rest, files: [{ documentId: tooLong, url }] },
        ['TOO_LONG', 'files.0.documentId', 'documentId has more than 255 characters.'],
      ],
      [
        `a long url ${of}`,
        mutation,
        { ...rest, files: [{ documentId: 'd', url: `${url}?${'x'.repeat(4096)}` }] },
        ['TOO_LONG', 'files.0.url', 'url has more than 4096 characters.'],
      ],
      ...[
        'ftp://files.example/a',
        'file:///etc/passwd',
        'javascript:alert(1)',
        '//files.example/a',
        'files.example/a',
        '',
        'https://',
        'https://files.example/a b',
      ].map(
        (wrong): Refused => [
          `the url "${wrong}" ${of}`,
          mutation,
          { ...rest, files: [file, { documentId: 'doc-2', url: wrong }] },
          [
            'INVALID_URL',
            'files.1.url',
            'url must be an absolute http or https address in ASCII, as RFC 3986 writes it.',
          ],
        ],
      ),
    ];
  }),
];

test('each input that no type can refuse is refused with its code, its place and a sentence', async (t) => {
  const gateway = await openStillGateway(t);
  for (const [what, mutation, input, ...told] of refusals) {
    const { data, errors } = await gateway.ask(mutation, { input });
    assert.equal(errors, undefined, what);
    const { userErrors, thing } = data.done;
    assert.equal(thing, null, what);
    assert.deepEqual(
      userErrors,
      told.map(([code, path, message]) => ({ code, message, path: ['input', ...path.split('.')] })),
      what,
    );
  }
  assert.equal(gateway.sandbox.countCalls(), 0);
});

test('all that is wrong with an input is told at once', async (t) => {
  const gateway = await openStillGateway(t);
  const { data } = await gateway.ask(uploadDocuments, {
    input: { flowUuid: ' ', files: [{ documentId: '', url: 'x' }, file, file] },
  });
  assert.deepEqual(
    data.done.userErrors.map(({ code }: { code: string }) => code),
    ['REQUIRED', 'REQUIRED', 'INVALID_URL', 'DUPLICATE'],
  );
  assert.equal(gateway.sandbox.countCalls(), 0);
});

test('without a productType in the input or the configuration nothing is opened', async (t) => {
  const gateway = await openStillGateway(t, { env: { ATLAS_PRODUCT_TYPE: '' } });
  for (const [mutation, input] of [
    [createFlow, { applicationId: 'a' }],
    [createBatch, { files: [file] }],
  ] as const) {
    const { data } = await gateway.ask(mutation, { input });
    assert.deepEqual(data.done.userErrors, [
      { code: 'REQUIRED', message: 'productType is needed.', path: ['input', 'productType'] },
    ]);
  }
  assert.equal(gateway.sandbox.countCalls(), 0);
});

test('files for a flow that Atlas does not have are refused, and nothing is remembered of them', async (t) => {
  const gateway = await openStillGateway(t);
  const { data, errors } = await gateway.ask(uploadDocuments, {
    input: { flowUuid: "nobody's", files: [file] },
  });
  assert.equal(errors, undefined);
  assert.deepEqual(data.done, {
    thing: null,
    documents: null,
    userErrors: [
      { code: 'NOT_FOUND', message: 'There is no such flow.', path: ['input', 'flowUuid'] },
    ],
  });
  const id = Buffer.from("Document:flow/nobody's/doc-1").toString('base64url');
  assert.deepEqual((await gateway.ask('query ($id: ID!) { node(id: $id) { id } }', { id })).data, {
    node: null,
  });
});

/** Queries that are refused before Atlas is asked, and what is said. */
const refusedQueries: readonly [query: string, variables: object, message: string][] = [
  [
    'query ($v: [String!]!) { flowsByUuid(uuids: $v) { uuid } }',
    { v: texts(101) },
    'uuids: at most 100 at a time.',
  ],
  [
    'query ($v: [ID!]!) { nodes(ids: $v) { id } }',
    { v: texts(101).map(() => 'RmxvdzoxMjM') },
    'ids: at most 100 at a time.',
  ],
  [
    'query ($v: [String!]!) { addressMatches(applicationId: "a", source: "b", targets: $v) { similarityScore } }',
    { v: texts(101) },
    'targets: at most 100 at a time.',
  ],
  ['{ flow(uuid: " ") { uuid } }', {}, 'uuid: must not be blank.'],
  ['{ flowsByUuid(uuids: ["a", ""]) { uuid } }', {}, 'uuids: must not be blank.'],
  ['{ batch(batchId: "") { batchId } }', {}, 'batchId: must not be blank.'],
  [
    '{ addressMatch(applicationId: "", source: "b", target: "c") { similarityScore } }',
    {},
    'applicationId: must not be blank.',
  ],
  [
    '{ addressMatch(applicationId: "a", source: " ", target: "c") { similarityScore } }',
    {},
    'source: must not be blank.',
  ],
  [
    '{ addressMatch(applicationId: "a", source: "b", target: "") { similarityScore } }',
    {},
    'target: must not be blank.',
  ],
  [
    'query ($v: String!) { addressMatch(applicationId: "a", source: "b", target: $v) { similarityScore } }',
    { v: 'x'.repeat(2001) },
    'target: at most 2000 characters.',
  ],
  [
    '{ addressMatches(applicationId: "a", source: "b", targets: ["c", ""]) { similarityScore } }',
    {},
    'target: must not be blank.',
  ],
];

test('a query that asks for too much, or for nothing, is refused before Atlas is asked', async (t) => {
  const gateway = await openStillGateway(t);
  for (const [query, variables, message] of refusedQueries) {
    const { errors } = await gateway.ask(query, { ...variables });
    assert.deepEqual(
      errors?.map((error) => [error.message, error.extensions.code, error.extensions.retryable]),
      [[message, 'BAD_USER_INPUT', false]],
    );
  }
  assert.equal(gateway.sandbox.countCalls(), 0);
});

test('an address matched where it stands is not compared with a blank', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow(['aadhaar.jpg']);
  const { data, errors } = await gateway.askDocument(
    uuid,
    'aadhaar.jpg',
    'extraction { ... on AadhaarExtraction { address { match(against: " ") { similarityScore } } } }',
  );
  assert.equal(data.flow.document.extraction.address.match, null);
  assert.equal(errors?.[0]?.message, 'against: must not be blank.');
  assert.equal(gateway.sandbox.countCalls('matchAddresses'), 0);
});

/** Bodies that are no good request, and what is said. */
const refusedBodies: readonly [body: string, message: RegExp][] = [
  ['{"query": "{ documentTypes { type } }"', /^POST body sent invalid JSON\.$/],
  ['', /./],
  ['"text"', /^POST body is expected to be object/],
  ['[{"query": "{ documentTypes { type } }"}]', /^Batching is not supported\.$/],
  ['{}', /^Must provide query string\.$/],
  ['{"query": 7}', /./],
  ['{"query": "{ nothingLikeIt }"}', /^Cannot query field "nothingLikeIt" on type "Query"\.$/],
  ['{"query": "{ documentTypes { nothingLikeIt } }"}', /^Cannot query field "nothingLikeIt" on/],
  [
    '{"query": "mutation { createFlow(input: {}) { flow { uuid } } }"}',
    /^Field "CreateFlowInput\.applicationId" of required type "String!" was not provided\.$/,
  ],
  [
    '{"query": "mutation { createFlow(input: { applicationId: \\"a\\", color: RED }) { flow { uuid } } }"}',
    /^Field "color" is not defined by type "CreateFlowInput"\./,
  ],
  ['{"query": "{ documentTypes { type }"}', /^Syntax Error: Expected Name, found <EOF>\.$/],
  [
    '{"query": "{ documentTypes { type } }", "variables": "x"}',
    /^Expected "variables" param to be empty or an object/,
  ],
  [
    '{"query": "{ documentTypes { type } }", "https://a.example/?secret": 1}',
    /^The body has a member that is no parameter of a request\.$/,
  ],
];

test('a body that is no good request is refused with a code, and reaches nobody', async (t) => {
  const gateway = await openStillGateway(t);
  for (const [body, message] of refusedBodies) {
    const response = await fetch(gateway.graphqlUrl, {
      method: 'POST',
      headers: gateway.headers,
      body,
    });
    const { errors, data } = await response.json();
    assert.equal(data ?? null, null, body);
    assert.equal(errors.length, 1, body);
    assert.match(errors[0].message, message);
    const { code, retryable, requestId } = errors[0].extensions;
    assert.deepEqual([code, retryable], ['BAD_USER_INPUT', false], body);
    assert.equal(requestId, response.headers.get('x-request-id'));
  }
  assert.equal(gateway.sandbox.countCalls(), 0);
});

test('the gateway goes on after all of it', async (t) => {
  const gateway = await openStillGateway(t);
  await refuseAll(gateway);
  const uuid = await gateway.openFlow();
  const { data } = await gateway.upload(uuid, 'pan.jpg');
  assert.deepEqual(data.uploadDocuments.userErrors, []);
  assert.equal(gateway.sandbox.countCalls('initFlow'), 1);
  assert.equal(gateway.sandbox.countCalls('uploadToFlow'), 1);
});

async function refuseAll(gateway: StillGateway): Promise<void> {
  for (const [, mutation, input] of refusals) await gateway.ask(mutation, { input });
  for (const [query, variables] of refusedQueries) await gateway.ask(query, { ...variables });
}

function numbered(count: number) {
  return texts(count).map((documentId) => ({ documentId, url }));
}

function texts(count: number): string[] {
  return Array.from({ length: count }, (_, place) => `text-${place}`);
}

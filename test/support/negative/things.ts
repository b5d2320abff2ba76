import { answered, type Group, type Outcomes, type Row, type Things } from './row.ts';

const idOf = (typename: string, id: string) =>
  Buffer.from(`${typename}:${id}`).toString('base64url');

type Ask = (things: Things) => string;

/** A transport without subscriptions says so. */
const unwatched = (code: string): Outcomes => ({
  ...answered(code),
  HTTP: '400 BAD_USER_INPUT',
});

const own = (what: string, query: Ask, told: string, rest: Partial<Row> = {}): Row => ({
  what,
  sent: (things) => ({ query: query(things) }),
  outcomes: answered(told),
  ...rest,
});

/**
 * A query of acme for data of bolt: it is answered as Atlas answers acme, which knows no such
 * thing.
 */
const ofAnother: readonly Row[] = [
  own(
    'a flow of another tenant',
    ({ theirs }) => `{ flow(uuid: "${theirs}") { uuid } }`,
    '{"flow":null}',
  ),
  own(
    'flows of which one is another tenant’s',
    ({ flow, theirs }) => `{ flowsByUuid(uuids: ["${flow}", "${theirs}"]) { applicationId } }`,
    '{"flowsByUuid":[{"applicationId":"application-1"},null]}',
  ),
  own(
    'waiting for a flow of another tenant',
    ({ theirs }) => `{ waitForFlow(uuid: "${theirs}", timeoutMs: 0) { uuid } }`,
    '{"waitForFlow":null}',
  ),
  own(
    'the node of a flow of another tenant',
    ({ theirs }) => `{ node(id: "${idOf('Flow', theirs)}") { id } }`,
    '{"node":null}',
  ),
  own(
    'the nodes of flows of which one is another tenant’s',
    ({ theirs }) => `{ nodes(ids: ["${idOf('Flow', theirs)}"]) { id } }`,
    '{"nodes":[null]}',
  ),
  own(
    'the node of a document of another tenant',
    ({ theirs }) => `{ node(id: "${idOf('Document', `flow/${theirs}/1`)}") { id } }`,
    '{"node":null}',
  ),
  own(
    'a batch of another tenant',
    ({ theirBatch }) => `{ batch(batchId: "${theirBatch}") { batchId } }`,
    '{"batch":null}',
  ),
  own(
    'the node of a batch of another tenant',
    ({ theirBatch }) => `{ node(id: "${idOf('Batch', `BULK/${theirBatch}`)}") { id } }`,
    '{"node":null}',
  ),
  own(
    'the documents of a batch of another tenant',
    ({ theirBatch }) => `{ node(id: "${idOf('Document', `batch/BULK/${theirBatch}/1`)}") { id } }`,
    '{"node":null}',
  ),
  own(
    'a grant for a flow of another tenant',
    ({ theirs }) =>
      `mutation { issueFlowGrant(input: { flowUuid: "${theirs}" }) { token userErrors { code } } }`,
    '{"issueFlowGrant":{"token":null,"userErrors":[{"code":"NOT_FOUND"}]}}',
  ),
  own(
    'revoking the grants of a flow of another tenant',
    ({ theirs }) =>
      `mutation { revokeFlowGrants(input: { flowUuid: "${theirs}" }) { flow { uuid } userErrors { code } } }`,
    '{"revokeFlowGrants":{"flow":null,"userErrors":[{"code":"NOT_FOUND"}]}}',
  ),
  own(
    'documents for a flow of another tenant',
    ({ theirs }) =>
      `mutation { uploadDocuments(input: { flowUuid: "${theirs}", files: [{ documentId: "1", url: "https://files.example/1" }] }) { flow { uuid } userErrors { code } } }`,
    '{"uploadDocuments":{"flow":null,"userErrors":[{"code":"NOT_FOUND"}]}}',
  ),
  own(
    'a watch on a flow of another tenant',
    ({ theirs }) => `subscription { flowUpdated(uuid: "${theirs}") { uuid } }`,
    '',
    { outcomes: unwatched('NOT_FOUND') },
  ),
  own(
    'a watch on a batch of another tenant',
    ({ theirBatch }) => `subscription { batchUpdated(batchId: "${theirBatch}") { batchId } }`,
    '',
    { outcomes: unwatched('NOT_FOUND') },
  ),
  own(
    'a flow of another tenant, by JWT',
    ({ flow }) => `{ flow(uuid: "${flow}") { uuid } }`,
    '{"flow":null}',
    { as: 'bolt by JWT' },
  ),
].map((row) => ({
  ...row,
  atlas: ['flowStatus', 'flowExtracts', 'bulkToken', 'bulkExtracts', 'uploadToFlow'],
}));

/** A query of the bearer of a grant for one flow about others. Atlas is not even asked. */
const beyondGrant: readonly Row[] = [
  own(
    'another flow than the grant’s',
    ({ finished }) => `{ flow(uuid: "${finished}") { uuid } }`,
    'FORBIDDEN {"flow":null}',
  ),
  own(
    'a flow of another tenant, by grant',
    ({ theirs }) => `{ flow(uuid: "${theirs}") { uuid } }`,
    'FORBIDDEN {"flow":null}',
  ),
  own(
    'the grant’s flow among others',
    ({ flow, finished }) =>
      `{ nodes(ids: ["${idOf('Flow', flow)}", "${idOf('Flow', finished)}"]) { id } }`,
    'FORBIDDEN',
  ),
  own(
    'a document of another flow than the grant’s',
    ({ finished }) => `{ node(id: "${idOf('Document', `flow/${finished}/pan.jpg`)}") { id } }`,
    'FORBIDDEN {"node":null}',
  ),
  own(
    'a watch on another flow than the grant’s',
    ({ finished }) => `subscription { flowUpdated(uuid: "${finished}") { uuid } }`,
    '',
    { outcomes: unwatched('FORBIDDEN') },
  ),
  own(
    'revoking by grant',
    ({ flow }) => `mutation { revokeFlowGrants(input: { flowUuid: "${flow}" }) { revokedBefore } }`,
    'FORBIDDEN {"revokeFlowGrants":null}',
  ),
  own(
    'a write by grant',
    ({ flow }) => `mutation { issueFlowGrant(input: { flowUuid: "${flow}" }) { token } }`,
    'FORBIDDEN {"issueFlowGrant":null}',
  ),
].map((row) => ({ ...row, as: 'the bearer of a grant' as const }));

const values = `documents { extraction { ... on PanExtraction {
  name { value isMasked } panNumber { masked value } dateOfBirth { date } } } }`;

const masked: Row = {
  what: 'personal data without pii:read',
  as: 'reader',
  sent: ({ finished }) => ({ query: `{ flow(uuid: "${finished}") { ${values} } }` }),
  outcomes: answered(
    JSON.stringify({
      flow: {
        documents: [
          {
            extraction: {
              name: { value: 'T*** K*** P*** S*** T***', isMasked: true },
              panNumber: { masked: 'XXXXXX000L', value: 'XXXXXX000L' },
              dateOfBirth: { date: null },
            },
          },
          { extraction: {} },
        ],
      },
    }),
  ),
  atlas: ['flowStatus', 'flowExtracts'],
};

const redirect = (callback: string, told: string): Pick<Row, 'sent' | 'outcomes'> => ({
  sent: () => ({
    query: `mutation { createFlow(input: { applicationId: "1", ${callback} }) { flow { uuid } userErrors { code } } }`,
  }),
  outcomes: answered(told),
});
const refusedAddress = (code: string) =>
  `{"createFlow":{"flow":null,"userErrors":[{"code":"${code}"}]}}`;

/** Ways to have Atlas send results past the gateway. Atlas is not even asked. */
const leaving: readonly Row[] = [
  {
    what: 'results sent elsewhere, without the scope',
    as: 'writer',
    ...redirect(
      'callback: { url: "https://hooks.example/1", authUrl: "https://hooks.example/2" }',
      'FORBIDDEN {"createFlow":null}',
    ),
  },
  {
    what: 'results sent to a host that the tenant does not name',
    ...redirect(
      'callback: { url: "https://somewhere.example/1", authUrl: "https://hooks.example/2" }',
      refusedAddress('CALLBACK_HOST_NOT_ALLOWED'),
    ),
  },
  {
    what: 'results sent to a private host',
    ...redirect(
      'callbackUrl: "https://hooks.example/1", authUrl: "https://10.9.8.7/2"',
      refusedAddress('CALLBACK_HOST_PRIVATE'),
    ),
  },
  {
    what: 'a callback address among flowParams',
    ...redirect(
      'flowParams: { more: { callback_url: "https://hooks.example/1" } }',
      refusedAddress('CALLBACK_IN_FLOW_PARAMS'),
    ),
  },
];

const match: Row = {
  what: 'the match of an extracted address without pii:read',
  as: 'matcher',
  sent: ({ finished }) => ({
    query: `{ flow(uuid: "${finished}") { documents { documentId extraction { ... on AadhaarExtraction {
      address { match(against: "1 SAMPLE ROAD") { similarityScore } } } } } } }`,
  }),
  outcomes: answered(
    'FORBIDDEN {"flow":{"documents":[{"documentId":"pan.jpg","extraction":{}},{"documentId":"aadhaar.jpg","extraction":{"address":{"match":null}}}]}}',
  ),
  atlas: ['flowStatus', 'flowExtracts'],
};

/** The requested data is not the caller's. */
export const things: Group = {
  what: 'nobody is shown what is another’s',
  rows: [...ofAnother, ...beyondGrant, masked, ...leaving, match],
};

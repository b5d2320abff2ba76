import { answered, type Group, type Outcomes, type Row, refused, unread } from './row.ts';

const read = 'query ($uuid: String!) { flow(uuid: $uuid) { uuid } }';
const mutation = 'mutation { createFlow(input: {applicationId: "a"}) { flow { uuid } } }';
const uploaded = 'https://files.example/1';
const tenMegabytes = Buffer.alloc(10 * 1024 * 1024, ' ');

const doubling = (on: string, leaf: string) => {
  const fragments = Array.from(
    { length: 60 },
    (_, place) => `fragment f${place} on ${on} { ...f${place + 1} ...f${place + 1} }`,
  );
  return `${fragments.join(' ')} fragment f60 on ${on} { ${leaf} }`;
};

/** Texts that are harmless to send and ruinous to run. */
export const bombs: readonly (readonly [what: string, query: string, code: string])[] = [
  [
    '10,000 aliases',
    `{ ${Array.from({ length: 10_000 }, (_, place) => `n${place}: __typename`).join(' ')} }`,
    'QUERY_TOO_COMPLEX',
  ],
  ['10,000 times one field', `{ ${'__typename '.repeat(10_000)} }`, 'QUERY_TOO_COMPLEX'],
  ['a nest 10,000 deep', `${'{ a '.repeat(10_000)}${'}'.repeat(10_000)}`, 'QUERY_TOO_COMPLEX'],
  [
    '10,000 directives',
    `{ __typename ${'@skip(if: false) '.repeat(10_000)} }`,
    'QUERY_TOO_COMPLEX',
  ],
  ['10,000 operations', 'query a { a } '.repeat(10_000), 'QUERY_TOO_COMPLEX'],
  [
    'a circle of fragments',
    `{ flow(uuid: "x") { ...a } } fragment a on Flow { ...b } fragment b on Flow { uuid ...a }`,
    'BAD_USER_INPUT',
  ],
  [
    'a circle of fragments with fields between',
    `{ __schema { types { ...a } } } fragment a on __Type { ofType { ...b } } fragment b on __Type { fields { type { ...a } } }`,
    'BAD_USER_INPUT',
  ],
  ['a fragment in itself', '{ ...a } fragment a on Query { ...a }', 'BAD_USER_INPUT'],
  [
    'fragments that double each other',
    `{ ...f0 } ${doubling('Query', '__typename')}`,
    'QUERY_TOO_COMPLEX',
  ],
  [
    'fragments that double each other below the schema',
    `{ __schema { ...f0 } } ${doubling('__Schema', 'description')}`,
    'QUERY_TOO_COMPLEX',
  ],
  [
    'fragments that double each other in a subscription',
    `subscription { flowUpdated(uuid: "x") { ...f0 } } ${doubling('Flow', 'uuid')}`,
    'QUERY_TOO_COMPLEX',
  ],
  [
    'a question of the schema that goes round in it',
    '{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }',
    'BAD_USER_INPUT',
  ],
];

/** More than a WebSocket takes closes it. */
const mostMessage = 64 * 1024;

const exploding: readonly Row[] = bombs.map(([what, query, code]) => ({
  what,
  sent: () => ({ query }),
  outcomes: {
    ...refused(code),
    ...(query.length > mostMessage ? { WebSocket: 'closed 1009' } : {}),
  },
}));

/** Bodies that a page could post as a form, without asking for leave. */
const forms: readonly Row[] = (
  [
    ['application/x-www-form-urlencoded', `query=${encodeURIComponent(mutation)}`],
    [
      'multipart/form-data; boundary=x',
      `--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n${JSON.stringify({ query: mutation })}\r\n--x\r\ncontent-disposition: form-data; name="map"\r\n\r\n{}\r\n--x--\r\n`,
    ],
    ['text/plain', JSON.stringify({ query: mutation })],
    ['application/graphql', mutation],
  ] as const
).map(([type, body]) => ({
  what: `a mutation as ${type}`,
  sent: () => ({ type, body }),
  outcomes: unread(415),
}));

/** Bodies that hold no operation; of a WebSocket, messages that hold none. */
const bodies: readonly (readonly [what: string, body: string | Buffer, closed?: number])[] = [
  ['a list of operations', '[{"query":"{ __typename }"},{"query":"{ __typename }"}]'],
  ['an empty list', '[]'],
  ['a text', '"{ __typename }"'],
  ['nothing at all', ''],
  ['half an object', '{"query":"{ __typename }"'],
  ['a query that is none', '{"query":7,"extensions":{"operationId":"1"}}'],
  ['variables that are a list', '{"query":"{ __typename }","variables":[]}'],
  [
    'bytes that are no UTF-8',
    Buffer.from([...Buffer.from('{"query":"{ a'), 0xff, 0xfe, 0x22, 0x7d]),
    1007,
  ],
];

const unreadable: readonly Row[] = bodies.map(([what, body, closed = 4400]) => ({
  what,
  sent: () => ({ body }),
  outcomes: unread(400, closed),
}));

/** On a WebSocket, members that nobody knows are for whoever comes after us. */
const unknownMember: Row = {
  what: 'a member that is none of a request',
  sent: () => ({
    body: '{"query":"{ __typename }","extensions":{"operationId":"1"},"__proto__":{"a":1},"x":1}',
  }),
  outcomes: { ...unread(400), WebSocket: 'next {"__typename":"Query"}' },
};

const tooLong: Row = {
  what: 'ten megabytes',
  sent: () => ({ body: tenMegabytes, message: tenMegabytes }),
  outcomes: unread(413, 1009),
};

const byGet: Row = {
  what: 'a mutation by GET',
  sent: () => ({ method: 'GET', search: `?query=${encodeURIComponent(mutation)}` }),
  outcomes: { HTTP: '405 BAD_USER_INPUT', SSE: '200 BAD_USER_INPUT' },
};

/** A flow that nobody has, by a name that means something to somebody on the way. */
const strangeIds: readonly Row[] = [
  'a\r\nToken: forged',
  'a\u0000b',
  'a&flow_uuid=b',
  '../../v1/flow/status?x=',
  'a#b',
  '\u2028\u{1f600}\ud800',
  '__proto__',
  'constructor',
].map((uuid) => ({
  what: `a flow by the uuid ${JSON.stringify(uuid)}`,
  sent: () => ({ query: read, variables: { uuid } }),
  outcomes: answered('{"flow":null}'),
  atlas: ['flowStatus'],
}));

const strangeMembers: readonly Row[] = (
  [
    ['__proto__ beside the variables', '{"uuid":"x","__proto__":{"uuid":"y"}}', '{"flow":null}'],
    [
      'constructor beside the variables',
      '{"uuid":"x","constructor":{"prototype":{}}}',
      '{"flow":null}',
    ],
  ] as const
).map(([what, variablesText, told]) => ({
  what,
  sent: () => ({ query: read, variablesText }),
  outcomes: answered(told),
  atlas: ['flowStatus'],
}));

const inherited: readonly Row[] = ['__proto__', 'constructor', 'toString'].map((name) => ({
  what: `a variable called ${name} that is not given`,
  sent: () => ({ query: `query ($${name}: String!) { flow(uuid: $${name}) { uuid } }` }),
  outcomes: refused('BAD_USER_INPUT'),
  message: `Variable "$${name}" of required type "String!" was not provided.`,
}));

const nested = (open: string, close: string, times: number) =>
  `${open.repeat(times)}1${close.repeat(times)}`;

/** Values in values: what can't be written down again must not be taken up. */
const nests: readonly Row[] = (
  [
    ['objects by numbers', '{"1":', '}'],
    ['objects', '{"a":', '}'],
    ['lists', '[', ']'],
  ] as const
).flatMap(([what, open, close]) => [
  {
    what: `${what} nested up to the limit`,
    sent: () => ({
      query: read,
      variablesText: `{"uuid":"x","more":${nested(open, close, 63)}}`,
    }),
    outcomes: answered('{"flow":null}'),
    atlas: ['flowStatus'] as const,
  },
  {
    what: `${what} nested one deeper`,
    sent: () => ({
      query: read,
      variablesText: `{"uuid":"x","more":${nested(open, close, 64)}}`,
    }),
    outcomes: refused('QUERY_TOO_COMPLEX'),
    message: 'The operation has values that nest 65 deep or deeper; at most 64 are taken.',
  },
  {
    what: `${what} nested 9,000 deep`,
    sent: () => ({
      query: read,
      variablesText: `{"uuid":"x","more":${nested(open, close, 9_000)}}`,
    }),
    outcomes: refused('QUERY_TOO_COMPLEX'),
  },
]);

const nestedParams: Row = {
  what: 'parameters of a flow nested 9,000 deep',
  sent: () => ({
    query:
      'mutation ($params: JSONObject) { createFlow(input: { applicationId: "1", flowParams: $params }) { flow { uuid } } }',
    variablesText: `{"params":${nested('{"1":', '}', 9_000)}}`,
  }),
  outcomes: refused('QUERY_TOO_COMPLEX'),
};

const unknownMembers = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, place) => [`member${place}`, [place]]));

const filter = 'query ($filter: FlowFilter) { flows(first: 1, filter: $filter) { __typename } }';

/** Objects whose members no type has. */
const unknown: readonly Row[] = [
  {
    what: 'a filter with 1,000 unknown members',
    sent: () => ({ query: filter, variables: { filter: unknownMembers(1_000) } }),
    outcomes: refused('BAD_USER_INPUT'),
    message: 'Variable "$filter": Field "member0" is not defined by type "FlowFilter".',
  },
  {
    what: 'a filter with 5,000 unknown members',
    sent: () => ({ query: filter, variables: { filter: unknownMembers(5_000) } }),
    outcomes: {
      ...refused('QUERY_TOO_COMPLEX'),
      WebSocket: 'closed 1009',
    },
  },
  {
    what: 'files with unknown members beside a long text',
    sent: () => ({
      query: 'mutation ($input: CreateBatchInput!) { createBatch(input: $input) { __typename } }',
      variables: {
        input: {
          productType: 'p'.repeat(40_000),
          files: [unknownMembers(100), unknownMembers(100)],
        },
      },
    }),
    outcomes: refused('BAD_USER_INPUT'),
    message:
      'Variable "$input.files[0]": Field "documentId" of required type "String!" was not provided.',
  },
  {
    what: 'a null for a variable that stands in a value without nulls',
    sent: () => ({
      query:
        'query ($target: String = "x") { addressMatches(applicationId: "1", source: "1", targets: [$target]) { __typename } }',
      variables: { target: null },
    }),
    outcomes: refused('BAD_USER_INPUT'),
    message: 'Variable "$target" must not be null where it is used.',
  },
];

const strangeOperationIds: readonly Row[] = ['a\r\nevent: complete', 'a\n\ndata: {}', 'a"b'].map(
  (operationId) => ({
    what: `an operation by the id ${JSON.stringify(operationId)}`,
    sent: () => ({ query: '{ __typename }', extensions: { operationId } }),
    outcomes: answered('{"__typename":"Query"}'),
  }),
);

const strangeRequestIds: readonly Row[] = (
  ['abcdefgh\r\n evil', 'abc\tdefgh', 'x'.repeat(65), '../../../etc'] as const
).map((id) => ({
  what: `a request by the id ${JSON.stringify(id)}`,
  sent: () => ({ query: '{ __typename }', headers: [`X-Request-Id: ${id}`] }),
  outcomes: requestIdOutcomes(id),
}));

/** A header that goes on in the next line is no header any more (RFC 9112, 5.2). */
function requestIdOutcomes(id: string): Outcomes {
  if (!id.includes('\n')) return answered('{"__typename":"Query"}');
  return { HTTP: '400', SSE: '400' };
}

const badFile: Row = {
  what: 'a file at an address with a line break',
  sent: ({ flow }) => ({
    query:
      'mutation ($input: UploadDocumentsInput!) { uploadDocuments(input: $input) { userErrors { code } } }',
    variables: {
      input: { flowUuid: flow, files: [{ documentId: '1', url: `${uploaded}\r\nHost: x` }] },
    },
  }),
  outcomes: answered('{"uploadDocuments":{"userErrors":[{"code":"INVALID_URL"}]}}'),
};

/** Requests that are broken, or made to break something. */
export const brokenRequests: Group = {
  what: 'what is broken breaks nothing',
  rows: [
    ...exploding,
    ...forms,
    ...unreadable,
    unknownMember,
    tooLong,
    byGet,
    ...strangeIds,
    ...strangeMembers,
    ...inherited,
    ...nests,
    nestedParams,
    ...unknown,
    ...strangeOperationIds,
    ...strangeRequestIds,
    badFile,
  ],
};

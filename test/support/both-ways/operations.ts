import type { Things } from '../negative/row.ts';
import type { Case, CaseGroup, Way } from './two-ways.ts';

const flow = 'query F($uuid: String!) { flow(uuid: $uuid) { uuid status { state } } }';
const createFlow = `mutation ($input: CreateFlowInput!) {
  createFlow(input: $input) { flow { uuid applicationId } userErrors { code path } }
}`;
const upload = `mutation ($input: UploadDocumentsInput!) {
  uploadDocuments(input: $input) { documents { documentId state } userErrors { code path } }
}`;

const toCase =
  (way: Way) =>
  ([what, given]: readonly [what: string, given: unknown]): Case => ({
    what,
    way,
    sent: (things) => {
      const body = typeof given === 'function' ? given(things) : given;
      return { body: JSON.stringify(body) };
    },
  });

/** Bodies that hold an operation which is run, but for what is in its variables. */
const run: readonly (readonly [what: string, body: object | ((things: Things) => object)])[] = [
  ['a query', { query: '{ __typename }' }],
  [
    'a query with every member',
    { query: flow, variables: { uuid: 'none' }, operationName: 'F', extensions: {} },
  ],
  [
    'a query with members that are null',
    { query: '{ __typename }', variables: null, operationName: null, extensions: null },
  ],
  [
    'one operation of two',
    { query: 'query A { a: __typename } query B { b: __typename }', operationName: 'B' },
  ],
  ['introspection', { query: '{ __schema { queryType { name } } }' }],
  ['a mutation', { query: createFlow, variables: { input: { applicationId: 'a-2' } } }],
  [
    'a mutation that is refused',
    { query: createFlow, variables: { input: { applicationId: '' } } },
  ],
  [
    'an upload',
    (things: Things) => ({
      query: upload,
      variables: {
        input: {
          flowUuid: things.flow,
          files: [{ documentId: 'pan', url: 'https://files.example/pan.jpg' }],
        },
      },
    }),
  ],
  [
    'what a resolver refuses',
    {
      query: 'query ($u: [String!]!) { flowsByUuid(uuids: $u) { uuid } }',
      variables: { u: [''] },
    },
  ],
  [
    'what a resolver refuses below a field that may be null',
    { query: '{ flow(uuid: "") { uuid } other: __typename }' },
  ],
  ['a value that its variable cannot hold', { query: flow, variables: { uuid: 1 } }],
  ['a variable that is missing', { query: flow }],
  [
    'a fragment and directives',
    {
      query:
        'query ($no: Boolean!) { ...f @skip(if: $no) a: __typename @include(if: $no) } fragment f on Query { __typename }',
      variables: { no: true },
    },
  ],
];

/** Bodies that hold an operation which is refused. */
const refused: readonly (readonly [what: string, body: object])[] = [
  ['a text that cannot be parsed', { query: '{' }],
  ['a text that is not valid', { query: '{ nothing }' }],
  ['a text of no operation', { query: 'fragment f on Query { __typename }' }],
  ['an operation that is not there', { query: '{ __typename }', operationName: 'Other' }],
  ['an operation by the name of none', { query: '{ __typename }', operationName: '' }],
  ['two operations and no name', { query: 'query A { __typename } query B { __typename }' }],
  ['too many calls', { query: '{ flowsByUuid(uuids: ["a", "b", "c", "d"]) { uuid } }' }],
  ['too many levels', { query: `{ a ${'{ a '.repeat(60)} ${'}'.repeat(61)}` }],
  [
    'a hash that nobody knows',
    { extensions: { persistedQuery: { version: 1, sha256Hash: 'ab' } } },
  ],
  ['an empty text', { query: '' }],
];

/** Bodies that hold no operation. */
const unread: readonly (readonly [what: string, body: unknown])[] = [
  ['no member', {}],
  ['no text', { variables: {} }],
  ['a text that is null', { query: null }],
  ['a text that is none', { query: 1 }],
  ['a name that is none', { query: '{ __typename }', operationName: 1 }],
  ['variables that are a list', { query: '{ __typename }', variables: [] }],
  ['variables that are a text', { query: '{ __typename }', variables: '{}' }],
  ['extensions that are a text', { query: '{ __typename }', extensions: '' }],
  ['extensions that are a list', { query: '{ __typename }', extensions: [] }],
  ['a list of operations', [{ query: '{ __typename }' }]],
  ['null', null],
  ['a number', 7],
];

/** All that is sent to the graph as JSON, good and bad, by what is special about it. */
export const operations: CaseGroup = {
  what: 'operations, good and bad',
  options: { env: { MAX_ATLAS_CALLS: '3' } },
  cases: [...[...run, ...refused].map(toCase('plain')), ...unread.map(toCase('yoga'))],
};

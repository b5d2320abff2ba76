import { createHash } from 'node:crypto';
import { toQuestion } from '../../../bench/http/questions.ts';
import type { EndpointName } from '../../../src/atlas/api/endpoints.ts';
import type { Fault } from '../../../src/sandbox/fault-queue.ts';
import { createSchema } from '../../../src/schema/index.ts';
import { tenants } from '../negative/credentials.ts';
import { limits, limitsEnv } from '../negative/limits.ts';
import type { Sent, Things } from '../negative/row.ts';
import { selectEverything } from '../privacy/select-everything.ts';
import type { Case, CaseGroup } from './two-ways.ts';

const wholeFlow = selectEverything(createSchema(), 'Flow', {
  against: '"77 ROAD"',
  applicationId: '"application-1"',
  documentId: '"pan.jpg"',
  first: '10',
});
const idOf = (typename: string, id: string) =>
  Buffer.from(`${typename}:${id}`).toString('base64url');

const ask = (what: string, query: (things: Things) => string, rest: Partial<Case> = {}): Case => ({
  what,
  way: 'plain',
  sent: (things) => ({ query: query(things) }),
  ...rest,
});
const values = 'documents { extraction { ... on PanExtraction { panNumber { value } } } }';
const whole: Case = {
  what: 'a flow with its documents and cross-checks',
  way: 'plain',
  sent: ({ finished }) => ({
    query: toQuestion('Q2').toText(0),
    variables: { uuid: finished },
  }),
};

const personal: readonly Case[] = [
  whole,
  { ...whole, what: 'the same once more', before: 1 },
  { ...whole, what: 'the same by JWT', as: 'acme by JWT' },
  { ...whole, what: 'the same masked', as: 'reader' },
  { ...whole, what: 'the same for nobody who may', as: 'stranger' },
  ask('all there is of a flow', ({ finished }) => `{ flow(uuid: "${finished}") ${wholeFlow} }`),
  ask(
    'flows, one twice and one of another tenant',
    ({ flow, finished, theirs }) =>
      `{ flowsByUuid(uuids: ["${flow}", "${finished}", "${finished}", "${theirs}"]) { uuid ${values} } }`,
  ),
  ask(
    'the node of a document',
    ({ finished }) =>
      `{ node(id: "${idOf('Document', `flow/${finished}/pan.jpg`)}") { ... on Document { extraction { fields { name value } } } } }`,
  ),
  ask(
    'a read beside what is refused',
    ({ finished }) => `{ flow(uuid: "${finished}") { ${values} } other: flow(uuid: "") { uuid } }`,
  ),
  ask(
    'a read that is lost with what is refused',
    ({ finished }) =>
      `{ flow(uuid: "${finished}") { ${values} } flowsByUuid(uuids: [""]) { uuid } }`,
  ),
  ask(
    'a batch',
    ({ theirBatch }) =>
      `{ batch(batchId: "${theirBatch}") { documents(first: 5) { edges { node { extraction { fields { name value } } } } } } }`,
    { as: 'bolt' },
  ),
  ask('a list of flows', () => `{ flows(first: 5) { edges { node { uuid ${values} } } } }`),
];

/** What Atlas does of which each is told at once. */
const faults: readonly (readonly [what: string, name: EndpointName, fault: Fault])[] = [
  ['no right', 'flowStatus', { status: 403 }],
  ['a bad request', 'flowStatus', { status: 400 }],
  ['a flow that is not there', 'flowStatus', { status: 404 }],
  ['no JSON', 'flowStatus', { rawBody: 'oops' }],
  ['another shape', 'flowStatus', { bend: 'wrong-types' }],
  ['more than is documented', 'flowStatus', { bend: 'drift' }],
  ['no right to the documents', 'flowExtracts', { status: 403 }],
  ['documents in another shape', 'flowExtracts', { bend: 'wrong-types' }],
  ['a token that has ended', 'flowStatus', { expiredToken: true }],
];

const failing: readonly Case[] = faults.flatMap(([what, name, fault]) =>
  (
    [
      [
        'a flow',
        ({ flow }: Things) =>
          `{ flow(uuid: "${flow}") { status { state } documents { state } } a: __typename }`,
      ],
      [
        'flows',
        ({ flow }: Things) =>
          `{ flowsByUuid(uuids: ["${flow}"]) { status { state } documents { state } } }`,
      ],
    ] as const
  ).map(([of, query]) =>
    ask(`${what}, of ${of}`, query, {
      meanwhile: ({ sandbox }) => {
        sandbox.clearFaults();
        sandbox.fault(name, fault, 1);
      },
    }),
  ),
);

const brokenFile = {
  write() {
    throw new Error('the disk is full');
  },
};

const kept = 'query Types($skip: Boolean!) { documentTypes @skip(if: $skip) { type } __typename }';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const byHash = (text: string) => ({ persistedQuery: { version: 1, sha256Hash: sha256(text) } });
const variables = { skip: true };

const hashes: readonly (readonly [what: string, sent: Sent])[] = [
  ['a hash', { extensions: byHash(kept), variables }],
  [
    'a hash in capitals',
    { extensions: { persistedQuery: { sha256Hash: sha256(kept).toUpperCase() } }, variables },
  ],
  ['a hash with its text', { query: kept, extensions: byHash(kept), variables }],
  ['a hash with another text', { query: '{ __typename }', extensions: byHash(kept) }],
  ['a hash that nobody knows', { extensions: byHash('{ __typename }') }],
  [
    'a hash that nobody knows, with its text',
    { query: '{ __typename }', extensions: byHash('{ __typename }') },
  ],
  [
    'a hash that is none',
    { query: '{ __typename }', extensions: { persistedQuery: { sha256Hash: 7 } } },
  ],
  ['a hash without its variables', { extensions: byHash(kept) }],
  ['a text', { query: '{ __typename }' }],
];

/** What is read through the graph, and what comes between. */
export const reads: readonly CaseGroup[] = [
  {
    what: 'reads of personal data',
    options: { env: { LIMITS_MODE: 'measure' } },
    cases: personal,
    records: 30,
  },
  {
    what: 'the same where nothing is kept',
    options: { env: { PII_CACHE_SECONDS: '0', LIMITS_MODE: 'measure' } },
    cases: personal,
    records: 30,
  },
  {
    what: 'reads that could not be put on record',
    options: { auditFile: brokenFile, env: { PII_CACHE_SECONDS: '0', LIMITS_MODE: 'measure' } },
    cases: personal,
  },
  { what: 'what Atlas refuses', cases: failing },
  {
    what: 'what is over a limit where limits are only measured',
    options: { env: { ...limitsEnv, LIMITS_MODE: 'measure' } },
    cases: [
      ...limits.rows,
      {
        what: 'too many calls with a value that its variable cannot hold',
        sent: () => ({
          query:
            'query ($u: [String!]!, $n: Int) { flowsByUuid(uuids: $u) { uuid } a: __typename @skip(if: $n) }',
          variables: { u: ['a', 'b', 'c', 'd'], n: 'x' },
        }),
      },
      {
        what: 'too many calls with a value that is no entry',
        sent: () => ({
          query:
            'query ($u: [String!]!, $n: Int) { flowsByUuid(uuids: $u) { uuid } a: waitForFlow(uuid: "x", timeoutMs: $n) { uuid } }',
          variables: { u: ['a', 'b', 'c', 'd'], n: 'x' },
        }),
      },
    ],
  },
  {
    what: 'operations that are kept',
    options: {
      config: {
        persistedOperations: new Map([[sha256(kept), kept]]),
        tenants: tenants().map((tenant) =>
          tenant.id === 'capped' ? { ...tenant, persistedOnly: true } : tenant,
        ),
      },
    },
    cases: hashes.flatMap(([what, sent]) => [
      { what, sent: () => sent },
      { what: `${what}, of who may send no other`, as: 'capped 1', sent: () => sent },
    ]),
  },
];

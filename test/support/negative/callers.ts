import type { Credential } from './credentials.ts';
import { answered, type Group, nobody, type Row, refused } from './row.ts';

const query = '{ viewer { tenantId } }';

const nobodies = [
  'nobody at all',
  'a wrong key',
  'somebody over',
  'an expired JWT',
  'a JWT whose subject is a number',
  'a JWT whose subject is a list',
  'a JWT that is not valid yet',
  'a JWT for another audience',
  'a JWT of another issuer',
  'a JWT of a tenant that is not here',
  'a JWT that somebody else signed',
  'a JWT of algorithm none',
  'a JWT of algorithm none with a seal',
  'a JWT sealed with the public key',
  'an expired grant',
  'a grant that was revoked',
  'a grant of ten years',
  'a grant in the last hour of ten years',
  'a grant of a version that named no issuer',
  'a grant with the issuer of another',
  'a grant under another secret',
  'a grant whose flow was changed',
  'a grant of algorithm none',
] as const satisfies readonly Credential[];

const secondLine = ({ key }: { readonly key: string }) => `authorization: Bearer ${key}`;

const misplaced: readonly Row[] = [
  {
    what: 'a key in the query string',
    as: 'nobody at all',
    sent: ({ key }) => ({
      query,
      search: `?authorization=Bearer%20${key}&access_token=${key}&api_key=${key}&token=${key}`,
    }),
    outcomes: nobody,
  },
  {
    what: 'a key in a cookie',
    as: 'nobody at all',
    sent: ({ key }) => ({ query, headers: [`Cookie: authorization=Bearer ${key}; token=${key}`] }),
    outcomes: nobody,
  },
  {
    what: 'a key as the password of basic authentication',
    as: 'nobody at all',
    sent: ({ key }) => ({
      query,
      headers: [`Authorization: Basic ${Buffer.from(`user:${key}`).toString('base64')}`],
    }),
    outcomes: nobody,
  },
  {
    what: 'Authorization twice, a good key first',
    as: 'nobody at all',
    sent: (things) => ({
      query,
      headers: [`Authorization: Bearer ${things.key}`, 'Authorization: Bearer agk_another'],
    }),
    outcomes: nobody,
  },
  {
    what: 'Authorization twice, a good key last',
    as: 'nobody at all',
    sent: (things) => ({
      query,
      headers: ['Authorization: Bearer agk_another', secondLine(things)],
    }),
    outcomes: nobody,
  },
  {
    what: 'two keys in one Authorization',
    as: 'nobody at all',
    sent: ({ key }) => ({ query, headers: [`Authorization: Bearer ${key}, Bearer ${key}`] }),
    outcomes: nobody,
  },
];

/**
 * The payload of `connection_init` besides an object with a text is nothing, or no message at all.
 */
const inits: readonly Row[] = [
  { init: 'a text', outcome: 'closed 4400' },
  { init: ['a list'], outcome: 'closed 4400' },
  { init: 7, outcome: 'closed 4400' },
  { init: { authorization: 7 }, outcome: 'closed 4401' },
  { init: { authorization: ['Bearer x'] }, outcome: 'closed 4401' },
  { init: { authorization: { toString: 'Bearer x' } }, outcome: 'closed 4401' },
  { init: { authorization: null }, outcome: 'closed 4401' },
  { init: JSON.parse('{"__proto__":{"authorization":"Bearer x"}}'), outcome: 'closed 4401' },
].map(({ init, outcome }) => ({
  what: `connectionParams of ${JSON.stringify(init)}`,
  as: 'nobody at all',
  sent: () => ({ query, init }),
  outcomes: { WebSocket: outcome },
}));

const input = '{ flowUuid: "x", files: [{ documentId: "1", url: "https://files.example/1" }] }';

/** A read key writes nothing. */
const writes: readonly Row[] = [
  'mutation { createFlow(input: { applicationId: "1" }) { flow { uuid } } }',
  `mutation { uploadDocuments(input: ${input}) { flow { uuid } } }`,
  'mutation { issueFlowGrant(input: { flowUuid: "x" }) { token } }',
  'mutation { revokeFlowGrants(input: { flowUuid: "x" }) { revokedBefore } }',
  'mutation { createBatch(input: { files: [] }) { batch { batchId } } }',
].map((mutation) => ({
  what: `a write with a read key: ${nameOf(mutation)}`,
  as: 'reader',
  sent: () => ({ query: mutation }),
  outcomes: answered(`FORBIDDEN {"${nameOf(mutation)}":null}`),
}));

/** The field of a mutation. */
function nameOf(mutation: string): string {
  return /\w+(?=\()/.exec(mutation)?.[0] ?? '';
}

const notValid = 'The operation or its variables are not valid.';

/** The query of a caller without any access. */
const strangers: readonly Row[] = [
  {
    what: 'a stranger who asks what the graph is',
    as: 'stranger',
    sent: () => ({ query: '{ __schema { types { name } } }' }),
    outcomes: refused('FORBIDDEN'),
  },
  {
    what: 'the bearer of a grant who asks what the graph is',
    as: 'the bearer of a grant',
    sent: () => ({ query: '{ __type(name: "Flow") { name } }' }),
    outcomes: refused('FORBIDDEN'),
  },
  {
    what: 'a stranger who guesses a field',
    as: 'stranger',
    sent: () => ({ query: '{ flo { uuid } }' }),
    outcomes: refused('BAD_USER_INPUT'),
    message: notValid,
  },
  {
    what: 'a stranger who guesses a member of an input',
    as: 'stranger',
    sent: () => ({
      query: 'mutation ($input: CreateFlowInput!) { createFlow(input: $input) { flow { uuid } } }',
      variables: { input: { applicationId: 'x', productTyp: 'x' } },
    }),
    outcomes: refused('BAD_USER_INPUT'),
    message: notValid,
  },
  {
    what: 'a stranger who asks for a flow',
    as: 'stranger',
    sent: ({ flow }) => ({ query: `{ flow(uuid: "${flow}") { uuid } }` }),
    outcomes: answered('FORBIDDEN {"flow":null}'),
  },
];

/** The caller is not authenticated, or lacks a scope. */
export const callers: Group = {
  what: 'who is nobody is told nothing, and who may little does no more',
  rows: [
    ...nobodies.map((as): Row => ({ what: as, as, sent: () => ({ query }), outcomes: nobody })),
    ...misplaced,
    ...inits,
    ...writes,
    ...strangers,
  ],
};

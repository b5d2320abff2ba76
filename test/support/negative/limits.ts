import {
  answered,
  type Group,
  type Outcomes,
  type Row,
  refused,
  type Sent,
  type Things,
} from './row.ts';

/** The limits that the cases below are about. */
export const limitsEnv = {
  MAX_DEPTH: '4',
  MAX_TOKENS: '60',
  MAX_ALIASES: '3',
  MAX_DIRECTIVES: '2',
  MAX_ATLAS_CALLS: '3',
  MAX_VALUES: '1000',
};

/** So much of something, once within the limit and once one over it. */
export interface Case {
  readonly what: string;
  /** The answer within the limit. */
  readonly within: string;
  readonly most: number;
  readonly sent: (count: number) => Sent;
  readonly told: (count: number) => string;
  /** True if the limit also holds where limits are only measured. */
  readonly isHard?: boolean;
}

export const cases: readonly Case[] = [
  {
    what: 'tokens',
    within: '{"waitForFlow":null}',
    most: 60,
    // Fifteen besides the entries of the list.
    sent: (count) => ({
      query: `{ waitForFlow(uuid: "nobody's", until: [${'SUCCESS '.repeat(count - 15)}]) { uuid } }`,
    }),
    told: () => 'The operation has at least 61 tokens; at most 60 are taken.',
  },
  {
    what: 'depth',
    within: '{"flow":null}',
    most: 4,
    sent: (count) => ({
      query: `{ flow(uuid: "nobody's") { documents { extraction {
        ${count === 4 ? 'documentType' : '... on Extraction { fields { name } }'}
      } } } }`,
    }),
    told: (count) => `The operation has ${count} levels of fields; at most 4 are taken.`,
  },
  {
    what: 'depth through fragments',
    within: '{"flow":null}',
    most: 4,
    sent: (count) => ({
      query: `{ flow(uuid: "nobody's") { ...one } }
        fragment one on Flow { documents { ...two } }
        fragment two on Document { extraction { ${count === 4 ? 'documentType' : 'fields { name }'} } }`,
    }),
    told: (count) => `The operation has ${count} levels of fields; at most 4 are taken.`,
  },
  {
    what: 'aliases',
    within: '{"n0":{"tenantId":"acme"},"n1":{"tenantId":"acme"},"n2":{"tenantId":"acme"}}',
    most: 3,
    sent: (count) => ({ query: `{ ${named(count, 'viewer { tenantId }')} }` }),
    told: (count) => `The operation has ${count} aliases and repeated fields; at most 3 are taken.`,
  },
  {
    what: 'aliases of __typename',
    within: '{"n0":"Query","n1":"Query","n2":"Query"}',
    most: 3,
    sent: (count) => ({ query: `{ ${named(count, '__typename')} }` }),
    told: (count) => `The operation has ${count} aliases and repeated fields; at most 3 are taken.`,
  },
  {
    what: 'repeated fields',
    within: '{"__typename":"Query"}',
    most: 3,
    sent: (count) => ({ query: `{ __typename ${'__typename '.repeat(count)} }` }),
    told: (count) => `The operation has ${count} aliases and repeated fields; at most 3 are taken.`,
  },
  {
    what: 'directives',
    within: '{"n0":"Query","n1":"Query"}',
    most: 2,
    sent: (count) => ({
      query: `{ ${named(count, '__typename @include(if: true)')} }`,
    }),
    told: (count) => `The operation has ${count} directives; at most 2 are taken.`,
  },
  {
    what: 'calls to Atlas',
    within: '{"flowsByUuid":[null,null,null]}',
    most: 3,
    sent: (count) => ({
      query: 'query ($uuids: [String!]!) { flowsByUuid(uuids: $uuids) { uuid } }',
      variables: { uuids: Array.from({ length: count }, (_, place) => `nobody-${place}`) },
    }),
    told: (count) => `The operation has ${count} planned calls to Atlas; at most 3 are taken.`,
  },
  {
    what: 'values',
    within: '{"flows":{"edges":[]}}',
    most: 55,
    sent: (count) => ({
      query: `query ($first: Int!) { flows(first: $first, filter: { applicationId: "nobody's" }) {
        edges { cursor node { uuid id applicationId productType } } } }`,
      variables: { first: count },
    }),
    told: (count) => `The operation has ${52 + 17 * count} planned values; at most 1000 are taken.`,
  },
  {
    what: 'entries of a list',
    within: '{"waitForFlow":null}',
    most: 1_000,
    sent: (count) => ({
      query:
        'query ($until: [FlowState!]!) { waitForFlow(uuid: "nobody\'s", until: $until) { uuid } }',
      variables: { until: Array.from({ length: count }, () => 'SUCCESS') },
    }),
    told: (count) => `The operation has a list of ${count} entries; at most 1000 are taken.`,
  },
  {
    what: 'members of an object',
    within: '{"viewer":{"tenantId":"acme"}}',
    most: 1_000,
    isHard: true,
    sent: (count) => ({
      query: '{ viewer { tenantId } }',
      variables: { note: [numbered(count)] },
    }),
    told: (count) => `The operation has an object of ${count} members; at most 1000 are taken.`,
  },
];

function numbered(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, place) => [`member${place}`, place]));
}

function named(count: number, field: string): string {
  return Array.from({ length: count }, (_, place) => `n${place}: ${field}`).join(' ');
}

/** The limits of an operation. */
export const limits: Group = {
  what: 'so much is taken, and one more is not',
  env: limitsEnv,
  rows: cases.flatMap(({ what, most, within, sent, told }): Row[] => [
    {
      what: `${what} up to the limit`,
      sent: () => sent(most),
      outcomes: answered(within),
      atlas: ['flowStatus', 'flowExtracts'],
    },
    {
      what: `${what} one over the limit`,
      sent: () => sent(most + 1),
      outcomes: refused('QUERY_TOO_COMPLEX'),
      message: told(most + 1),
    },
  ]),
};

const short = () => ({ query: '{ __typename }' });
const done = answered('{"__typename":"Query"}');

const tooOften: Outcomes = {
  HTTP: '429 RATE_LIMITED',
  SSE: '429 RATE_LIMITED',
  'one SSE connection': '429 RATE_LIMITED',
  WebSocket: 'error RATE_LIMITED',
};
const batches = (count: number) => () => ({
  query: `mutation { ${named(count, 'createBatch(input: { files: [] }) { userErrors { code } }')} }`,
});

/** How often one may come. */
export const rates: Group = {
  what: 'so often is taken, and once more is not',
  rows: [
    {
      what: 'the last request of a minute',
      as: 'rated 1',
      before: 1,
      sent: short,
      // To reserve the stream, or to open the socket, was the last one.
      outcomes: {
        ...done,
        'one SSE connection': '429 RATE_LIMITED',
        WebSocket: 'error RATE_LIMITED',
      },
    },
    {
      what: 'one request more in a minute',
      as: 'rated 2',
      before: 2,
      sent: short,
      outcomes: tooOften,
    },
    {
      what: 'a mutation of more fields than are left in a minute',
      as: 'rated 3',
      before: 0,
      sent: batches(3),
      outcomes: {
        ...tooOften,
        SSE: '200 RATE_LIMITED',
        'one SSE connection': '202 RATE_LIMITED',
        WebSocket: 'next RATE_LIMITED',
      },
    },
  ],
};

const tooMany = (status: number) => ({
  SSE: `200 RATE_LIMITED`,
  'one SSE connection': `${status} RATE_LIMITED`,
  WebSocket: 'error RATE_LIMITED',
});
const watching = ({ HTTP: _, ...rest }: Outcomes): Outcomes => rest;
const begun = '{"flowUpdated":{"status":{"state":"NOT_STARTED"}}}';
const watched = watching(answered(begun));
const watch = ({ flow }: Things) => ({
  query: `subscription { flowUpdated(uuid: "${flow}") { status { state } } }`,
});
const looks = { atlas: ['flowStatus', 'verificationToken'] as const };

/** How many subscriptions may be open: of a caller, and on a socket. */
export const places: Group = {
  what: 'so many subscriptions are taken, and one more is not',
  env: { MAX_SUBSCRIPTIONS_PER_SOCKET: '3' },
  rows: [
    {
      what: 'the last subscription of a caller',
      as: 'capped 1',
      held: 0,
      sent: watch,
      outcomes: watched,
      ...looks,
    },
    {
      what: 'one subscription more of a caller',
      as: 'capped 2',
      held: 1,
      sent: watch,
      outcomes: tooMany(202),
    },
    {
      what: 'a wait beside the last subscription of a caller',
      as: 'capped 3',
      held: 1,
      sent: ({ flow }) => ({ query: `{ waitForFlow(uuid: "${flow}") { uuid } }` }),
      outcomes: answered('RATE_LIMITED {"waitForFlow":null}'),
    },
    {
      what: 'the last operation on a socket',
      held: 2,
      sent: watch,
      outcomes: { WebSocket: `next ${begun}` },
      ...looks,
    },
    {
      what: 'one operation more on a socket',
      held: 3,
      sent: watch,
      outcomes: { WebSocket: 'error RATE_LIMITED' },
    },
  ],
};

/** The same of the process, in which the two bystanders have their places. */
export const allPlaces: Group = {
  what: 'so many subscriptions of all are taken, and one more is not',
  env: { MAX_SUBSCRIPTIONS: '4' },
  rows: [
    {
      what: 'the last subscription of the process',
      held: 1,
      sent: watch,
      outcomes: watched,
      ...looks,
    },
    {
      what: 'one subscription more of the process',
      held: 2,
      sent: watch,
      outcomes: tooMany(202),
    },
  ],
};

const documentTypes = (selection: string) => () => ({
  query: `{ documentTypes { ${selection} } }`,
});

/** How long an answer may be: the first is made of the types' names, the second of more. */
export const answers: Group = {
  what: 'an answer of so many bytes is sent, and a longer one is not',
  env: { MAX_ANSWER_BYTES: '1500' },
  rows: [
    {
      what: 'an answer over the limit',
      sent: documentTypes('type category'),
      outcomes: answered('QUERY_TOO_COMPLEX'),
      message: 'The answer has more than 1500 bytes. Ask for less at a time.',
    },
    {
      what: 'a short answer after it',
      sent: short,
      outcomes: done,
    },
  ],
};

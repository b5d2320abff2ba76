import assert from 'node:assert/strict';
import test from 'node:test';
import { getIntrospectionQuery } from 'graphql';
import { type OpenGateway, openGateway } from '../support/open-gateway.ts';
import { codesOf, type Sent, transports } from './transports.ts';

const env = {
  MAX_DEPTH: '4',
  MAX_TOKENS: '60',
  MAX_ALIASES: '3',
  MAX_DIRECTIVES: '2',
  MAX_ATLAS_CALLS: '3',
};

/** So much of something, once within the limit and once one over it. */
interface Case {
  readonly what: string;
  readonly most: number;
  readonly sent: (count: number) => Sent;
  readonly told: (count: number) => string;
}

const cases: readonly Case[] = [
  {
    what: 'tokens',
    most: 60,
    // Fifteen besides the entries of the list.
    sent: (count) => ({
      query: `{ waitForFlow(uuid: "nobody's", until: [${'SUCCESS '.repeat(count - 15)}]) { uuid } }`,
    }),
    told: () => 'The operation has at least 61 tokens; at most 60 are taken.',
  },
  {
    what: 'depth',
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
    most: 3,
    sent: (count) => ({ query: `{ ${named(count, 'documentTypes { type }')} }` }),
    told: (count) => `The operation has ${count} aliases and repeated fields; at most 3 are taken.`,
  },
  {
    what: 'aliases of __typename',
    most: 3,
    sent: (count) => ({ query: `{ ${named(count, '__typename')} }` }),
    told: (count) => `The operation has ${count} aliases and repeated fields; at most 3 are taken.`,
  },
  {
    what: 'repeated fields',
    most: 3,
    sent: (count) => ({ query: `{ __typename ${'__typename '.repeat(count)} }` }),
    told: (count) => `The operation has ${count} aliases and repeated fields; at most 3 are taken.`,
  },
  {
    what: 'directives',
    most: 2,
    sent: (count) => ({
      query: `{ ${named(count, '__typename @include(if: true)')} }`,
    }),
    told: (count) => `The operation has ${count} directives; at most 2 are taken.`,
  },
  {
    what: 'calls to Atlas',
    most: 3,
    sent: (count) => ({
      query: 'query ($uuids: [String!]!) { flowsByUuid(uuids: $uuids) { uuid } }',
      variables: { uuids: Array.from({ length: count }, (_, place) => `nobody-${place}`) },
    }),
    told: (count) => `The operation has ${count} planned calls to Atlas; at most 3 are taken.`,
  },
  {
    what: 'entries of a list',
    most: 1_000,
    sent: (count) => ({
      query:
        'query ($until: [FlowState!]!) { waitForFlow(uuid: "nobody\'s", until: $until) { uuid } }',
      variables: { until: Array.from({ length: count }, () => 'SUCCESS') },
    }),
    told: (count) => `The operation has a list of ${count} entries; at most 1000 are taken.`,
  },
];

for (const { what, most, sent, told } of cases) {
  test(`${what} up to the limit are taken on every transport, and one more is not`, async (t) => {
    const gateway = await openGateway(t, { env });
    for (const [transport, ask] of transports) {
      const within = await ask(gateway, sent(most));
      assert.deepEqual(within.errors, undefined, transport);
      gateway.sandbox.clearCalls();
      const over = await ask(gateway, sent(most + 1));
      assert.equal(over.data ?? undefined, undefined, transport);
      assert.deepEqual(codesOf(over), ['QUERY_TOO_COMPLEX'], transport);
      assert.equal(over.errors?.[0]?.message, told(most + 1), transport);
      assert.equal(over.errors?.[0]?.extensions.http, undefined, transport);
      assert.equal(gateway.sandbox.countCalls(), 0, transport);
    }
  });
}

for (const [transport, ask] of transports) {
  test(`what is only measured is run by ${transport}, and told in the log`, async (t) => {
    const gateway = await openGateway(t, { env: { ...env, LIMITS_MODE: 'measure' } });
    for (const { what, most, sent, told } of cases) {
      const before = gateway.logLines().length;
      const answer = await ask(gateway, sent(most + 1));
      assert.equal(answer.errors, undefined, what);
      const lines = gateway
        .logLines()
        .slice(before)
        .filter(({ msg }) => msg === 'an operation is over a limit');
      assert.ok(lines.length > 0, what);
      for (const { level, tenant, limit, figure, most: limited } of lines) {
        assert.deepEqual([level, tenant], ['warn', 'default']);
        assert.ok(Number(figure) > Number(limited), `${limit} of ${what}: ${told(most + 1)}`);
      }
    }
  });

  if (transport === 'HTTP') continue;
  test(`an event of a subscription has the limit of a query by ${transport}`, async (t) => {
    const gateway = await openGateway(t, { env: { ...env, MAX_ATLAS_CALLS: '2' } });
    const watch = (selection: string) =>
      ask(gateway, {
        query: `subscription { flowUpdated(uuid: "nobody's") { ${selection} } }`,
      });
    assert.deepEqual(codesOf(await watch('uuid crossChecks { field }')), ['BAD_USER_INPUT']);
    assert.deepEqual(codesOf(await watch('uuid documents { state }')), ['QUERY_TOO_COMPLEX']);
  });
}

test('a refused operation has the status of one that is not valid', async (t) => {
  const gateway = await openGateway(t, { env });
  for (const { what, most, sent } of cases) {
    assert.equal(await statusOf(gateway, sent(most + 1)), 400, what);
  }
});

test('the questions of a playground and of code generators are within the limits', async (t) => {
  const gateway = await openGateway(t);
  const query = getIntrospectionQuery({
    descriptions: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
    oneOf: true,
  });
  const { data, errors } = await gateway.ask(query);
  assert.equal(errors, undefined);
  assert.ok(data.__schema.types.length > 50);
});

async function statusOf(gateway: OpenGateway, sent: Sent): Promise<number> {
  const response = await fetch(gateway.graphqlUrl, {
    method: 'POST',
    headers: { ...gateway.headers, accept: 'application/graphql-response+json' },
    body: JSON.stringify(sent),
  });
  await response.text();
  return response.status;
}

function named(count: number, field: string): string {
  return Array.from({ length: count }, (_, place) => `n${place}: ${field}`).join(' ');
}

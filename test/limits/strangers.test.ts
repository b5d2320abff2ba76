import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { type Principal, toVisibility } from '../../src/identity/principal.ts';
import { type Scope, scopes } from '../../src/identity/scopes.ts';
import { toKeyIssuer } from '../support/key-issuer.ts';
import { codesOf, transports } from '../support/limits/transports.ts';
import { type OpenGateway, openGateway } from '../support/open-gateway.ts';
import { toTenantId } from '../support/tenant-id.ts';

/** A gateway where one key has every scope and another none. */
async function openBoth(t: TestContext): Promise<{ known: OpenGateway; stranger: OpenGateway }> {
  const credentials = {
    clientId: 'sandbox-client',
    clientSecret: 'sandbox-secret',
    addressClientId: 'sandbox-client',
    addressClientSecret: 'sandbox-secret',
  };
  const toPrincipal = (callerId: string, held: ReadonlySet<Scope>): Principal => ({
    tenant: { id: toTenantId('default'), credentials },
    callerId,
    scopes: held,
    issuer: toKeyIssuer(callerId),
    grant: null,
    visibility: toVisibility(held, null),
    expiresAt: null,
    isCurrent: () => true,
    recheck: async () => true,
  });
  const known = await openGateway(t, {
    authenticate: async (authorization) =>
      authorization === 'Bearer stranger'
        ? toPrincipal('stranger', new Set())
        : toPrincipal('known', new Set(scopes)),
  });
  const headers = { ...known.headers, authorization: 'Bearer stranger' };
  return { known, stranger: { ...known, headers } };
}

const guesses: readonly [query: string, variables?: Record<string, unknown>][] = [
  ['{ flo { uuid } }'],
  ['{ flow(uid: "x") { uuid } }'],
  ['{ flow(uuid: "x") { statu } }'],
  ['{ flow(uuid: "x") { documents { extraction { aadhaarNumber { masked } } } } }'],
  ['{ flow(uuid: "x") { documents { extraction { ... on PanExtractio { documentType } } } } }'],
  ['{ waitForFlow(uuid: "x", until: [SUCCES]) { uuid } }'],
  [
    'query ($until: [FlowState!]!) { waitForFlow(uuid: "x", until: $until) { uuid } }',
    { until: ['SUCCES'] },
  ],
  ['query ($until: [FlowStat!]!) { waitForFlow(uuid: "x", until: $until) { uuid } }'],
  [
    'mutation ($input: CreateFlowInput!) { createFlow(input: $input) { flow { uuid } } }',
    { input: { applicationIdd: 'x' } },
  ],
  ['mutation { createFlow(input: {applicationIdd: "x"}) { flow { uuid } } }'],
  ['{ flow(uuid: "x") @skp(if: true) { uuid } }'],
  ['{ viewer }'],
  ['{ viewer { tenantId } __schema { types { name } } flo }'],
  ['query ($uuid: String!) { flow(uuid: $uuid) { uuid } }', { uuid: [1] }],
  ['query ($uuid: String!) { flow(uuid: $uuid) { uuid } }', {}],
  ['subscription { flowUpdate(uuid: "x") { uuid } }'],
  ['subscription { flowUpdated(uuid: "x") { statu } }'],
  ['subscription ($after: Int) { flowUpdated(uuid: "x", after: $after) { uuid } }', { after: 'x' }],
];

/** The message for every error of a caller that may not introspect. */
const notValid = {
  message: 'The operation or its variables are not valid.',
  code: 'BAD_USER_INPUT',
  locations: undefined,
};

for (const [transport, ask] of transports) {
  test(`a stranger who guesses names over ${transport} is told one thing of every fault`, async (t) => {
    const { known, stranger } = await openBoth(t);
    const told = new Set<string>();
    let suggestions = 0;
    for (const [query, variables] of guesses) {
      // A valid subscription is answered by events, whatever is wrong with its variables.
      if (transport === 'HTTP' && query.startsWith('subscription (')) continue;
      const sent = { query, ...(variables ? { variables } : {}) };
      // A fault that is remembered from a caller who is told it in full is not told to the other.
      await ask(known, sent);
      const answer: { errors?: readonly object[] } = await ask(stranger, sent);
      const [error, ...more] = JSON.parse(JSON.stringify(answer.errors ?? []));
      assert.deepEqual(more, [], query);
      const { message, locations, extensions } = error;
      assert.deepEqual({ message, code: extensions.code, locations }, notValid, query);
      const { errors = [] } = await ask(known, sent);
      for (const each of errors) told.add(each.message);
      suggestions += errors.filter((each) => each.message.includes('Did you mean')).length;
    }
    assert.ok(suggestions >= 6);
    assert.ok(told.size >= guesses.length - 2, 'all others are told what is wrong');
  });

  test(`a stranger over ${transport} is told no type of an argument that is null`, async (t) => {
    const { known, stranger } = await openBoth(t);
    const sent = {
      query: 'query ($uuid: String = "x") { flow(uuid: $uuid) { uuid } }',
      variables: { uuid: null },
    };
    const [theirs] = (await ask(stranger, sent)).errors ?? [];
    assert.equal(theirs?.message, notValid.message);
    const [ours] = (await ask(known, sent)).errors ?? [];
    assert.equal(ours?.message, 'Argument "uuid" of non-null type "String!" must not be null.');
  });

  test(`the graph is not described to a stranger over ${transport}`, async (t) => {
    const { known, stranger } = await openBoth(t);
    for (const query of [
      '{ __schema { types { name } } }',
      '{ __type(name: "Flow") { fields { name } } }',
      '{ ...f } fragment f on Query { x: __schema { description } }',
    ]) {
      assert.equal((await ask(known, { query })).errors, undefined);
      const answer = await ask(stranger, { query });
      assert.deepEqual(codesOf(answer), ['FORBIDDEN'], query);
      assert.equal(answer.data ?? undefined, undefined);
      assert.equal((await ask(known, { query })).errors, undefined);
    }
    assert.equal((await ask(stranger, { query: '{ __typename }' })).errors, undefined);
  });
}

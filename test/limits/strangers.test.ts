import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { type Principal, toVisibility } from '../../src/identity/principal.ts';
import { type Scope, scopes } from '../../src/identity/scopes.ts';
import { createSchema } from '../../src/schema/index.ts';
import { toKeyIssuer } from '../support/key-issuer.ts';
import { type OpenGateway, openGateway } from '../support/open-gateway.ts';
import { toTenantId } from '../support/tenant-id.ts';
import { codesOf, transports } from './transports.ts';

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
    isCurrent: () => true,
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
];

for (const [transport, ask] of transports) {
  test(`a stranger who guesses names over ${transport} is told none`, async (t) => {
    const { known, stranger } = await openBoth(t);
    let suggestions = 0;
    for (const [query, variables] of guesses) {
      const sent = { query, ...(variables ? { variables } : {}) };
      // Whoever asks first, what is remembered of it must not tell the other.
      await ask(known, sent);
      const { errors = [] } = await ask(stranger, sent);
      assert.ok(errors.length > 0, query);
      const asked = JSON.stringify(sent);
      for (const { message } of errors) {
        assert.doesNotMatch(message, /Did you mean/, query);
        for (const name of namesOfFields()) {
          if (!asked.includes(name))
            assert.ok(!message.includes(`"${name}"`), `${message} in ${query}`);
        }
      }
      const { errors: told = [] } = await ask(known, sent);
      suggestions += told.filter(({ message }) => message.includes('Did you mean')).length;
    }
    assert.ok(suggestions >= 6);
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

function namesOfFields(): string[] {
  const types = Object.values(createdSchema.getTypeMap());
  return types.flatMap((type) => ('getFields' in type ? Object.keys(type.getFields()) : []));
}

const createdSchema = createSchema();

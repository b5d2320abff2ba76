import assert from 'node:assert/strict';
import test from 'node:test';
import { getIntrospectionQuery } from 'graphql';
import { openCallers, transports } from '../support/privacy/open-callers.ts';

const grant = { flowUuid: 'uuid-1', canReadDocuments: true };

for (const [transport, ask] of Object.entries(transports)) {
  test(`over ${transport} whoever has a scope sees the graph, and nobody else, in whatever order`, async (t) => {
    const gateway = await openCallers(t);
    const strangers = [gateway.as({}), gateway.as({ grant })];
    const friends = [gateway.as({ scopes: ['flows:read'] }), gateway.as({ scopes: ['pii:read'] })];
    const queries = [
      getIntrospectionQuery(),
      '{ __type(name: "Flow") { name } }',
      '{ documentTypes { type } x: __schema { types { name } } }',
      'query { ...All } fragment All on Query { ... { __schema { types { name } } } }',
    ];
    for (const query of queries) {
      for (const caller of [strangers[0], ...friends, ...strangers, ...friends]) {
        if (caller === undefined) throw new Error('there are callers');
        const { data, errors } = await ask(t, caller, query);
        if (friends.includes(caller)) {
          assert.ok(data, query);
          continue;
        }
        assert.equal(data ?? null, null);
        assert.deepEqual(
          errors?.map(({ message, extensions }) => [message, extensions.code]),
          [['This needs a key or token with a scope.', 'FORBIDDEN']],
        );
      }
    }
    const { data } = await ask(t, gateway.as({}), '{ __typename documentTypes { __typename } }');
    assert.equal(data.__typename, 'Query');
  });

  test(`over ${transport} a guess is not helped on, but by whoever may see the graph`, async (t) => {
    const gateway = await openCallers(t);
    const guesses = [
      '{ flo(uuid: "1") { uuid } }',
      '{ flow(uid: "1", uuid: "1") { uuid } }',
      '{ flow(uuid: "1") { ... on Flo { uuid } } }',
      '{ node(id: "1") { uuid } }',
      '{ batch(batchId: "1", service: BULKY) { batchId } }',
      'mutation { createFlow(input: { applicationIds: "1" }) { flow { uuid } } }',
      '{ flow(uuid: "1") { uuid @skipp(if: true) } }',
    ];
    let suggestions = 0;
    for (const guess of guesses) {
      const answers = [
        await ask(t, gateway.as({ scopes: ['flows:read'] }), guess),
        await ask(t, gateway.as({ grant }), guess),
        await ask(t, gateway.as({}), guess),
      ];
      const [helped, ...told] = answers.map(({ errors }) => errors?.[0]?.message ?? '');
      if (/did you mean/i.test(helped ?? '')) suggestions += 1;
      for (const message of told) {
        assert.match(message, /\w/);
        assert.doesNotMatch(message, /did you mean/i);
      }
    }
    assert.ok(suggestions >= 4);
  });
}

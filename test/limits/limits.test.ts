import assert from 'node:assert/strict';
import test from 'node:test';
import { getIntrospectionQuery } from 'graphql';
import { codesOf, transports } from '../support/limits/transports.ts';
import { cases, limitsEnv as env } from '../support/negative/limits.ts';
import { openGateway } from '../support/open-gateway.ts';

for (const [transport, ask] of transports) {
  test(`an operation that is only measured is run by ${transport}, and told in the log`, async (t) => {
    const gateway = await openGateway(t, { env: { ...env, LIMITS_MODE: 'measure' } });
    for (const { what, most, sent, told, isHard = false } of cases) {
      if (isHard) continue;
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
    assert.deepEqual(codesOf(await watch('uuid crossChecks { field }')), ['NOT_FOUND']);
    assert.deepEqual(codesOf(await watch('uuid documents { state }')), ['QUERY_TOO_COMPLEX']);
  });
}

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

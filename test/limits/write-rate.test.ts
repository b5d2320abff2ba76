import assert from 'node:assert/strict';
import test from 'node:test';
import { codesOf, transports } from '../support/limits/transports.ts';
import { type OpenGateway, openGateway } from '../support/open-gateway.ts';

const most = 30;
const env = { RATE_LIMIT_PER_MINUTE: String(most) };

function createFlows(count: number, from = 0): string {
  return Array.from(
    { length: count },
    (_, place) =>
      `n${place}: createFlow(input: { applicationId: "many-${from + place}" }) { flow { uuid } }`,
  ).join(' ');
}

function countOpened({ sandbox }: OpenGateway): number {
  return sandbox.calls.filter(({ name }) => name === 'initFlow').length;
}

async function countLeft({ ask }: OpenGateway): Promise<number> {
  const { data } = await ask('{ viewer { limits { name remaining } } }');
  const limits: { name: string; remaining: number }[] = data.viewer.limits;
  return limits.find(({ name }) => name === 'requestsPerMinute')?.remaining ?? Number.NaN;
}

for (const [transport, ask] of transports) {
  /** Requests beside the operation's own: opening a socket is one, reserving and opening a stream two. */
  const more = { 'one SSE connection': 2, WebSocket: 1 }[transport] ?? 0;

  test(`each field of a mutation by ${transport} counts as a request`, async (t) => {
    const gateway = await openGateway(t, { env });
    const before = await countLeft(gateway);
    const { data, errors } = await ask(gateway, { query: `mutation { ${createFlows(12)} }` });
    assert.equal(errors, undefined);
    assert.equal(Object.keys(data).length, 12);
    // The mutation, and the question of what is left.
    assert.equal(await countLeft(gateway), before - 12 - 1 - more);
  });

  test(`a mutation by ${transport} of more fields than are left is refused whole`, async (t) => {
    const gateway = await openGateway(t, { env });
    const before = await countLeft(gateway);
    for (const count of [60, most]) {
      const answer = await ask(gateway, { query: `mutation { ${createFlows(count)} }` });
      assert.deepEqual(codesOf(answer), ['RATE_LIMITED']);
      assert.ok(Number(answer.errors?.[0]?.extensions.retryAfterMs) > 0);
      assert.equal(answer.data ?? null, null);
    }
    assert.equal(countOpened(gateway), 0);
    // Of a mutation that is refused the request alone is counted.
    const left = await countLeft(gateway);
    assert.equal(left, before - 2 - 1 - 2 * more);
    const { errors } = await ask(gateway, { query: `mutation { ${createFlows(left - more)} }` });
    assert.equal(errors, undefined);
    assert.equal(countOpened(gateway), left - more);
  });
}

test('a mutation that is refused for its fields has the status 429, and says when to come again', async (t) => {
  const { graphqlUrl, headers } = await openGateway(t, { env });
  const query = `mutation { ${createFlows(60)} }`;
  for (const accept of [
    'application/json',
    'application/graphql-response+json',
    'text/plain, */*',
  ]) {
    const response = await fetch(graphqlUrl, {
      method: 'POST',
      headers: { ...headers, accept },
      body: JSON.stringify({ query }),
    });
    assert.deepEqual([response.status, codesOf(await response.json())], [429, ['RATE_LIMITED']]);
    assert.match(response.headers.get('retry-after') ?? '', /^\d+$/);
  }
});

test('fields count through fragments, and those left out do not', async (t) => {
  const gateway = await openGateway(t, { env });
  const opens = (
    count: number,
  ) => `mutation ($is: Boolean!) { ...a ... on Mutation { ...b } __typename }
    fragment a on Mutation { ${createFlows(count)} }
    fragment b on Mutation { ${createFlows(count)} left: createFlow(input: { applicationId: "left" })
      @include(if: $is) { flow { uuid } } }`;
  const before = await countLeft(gateway);
  const some = await gateway.ask(opens(8), { is: false });
  assert.equal(some.errors, undefined);
  // Fields of one name are one field.
  assert.equal(await countLeft(gateway), before - 8 - 1);
  const { errors } = await gateway.ask(opens(30), { is: true });
  assert.deepEqual(codesOf({ errors: errors ?? [] }), ['RATE_LIMITED']);
});

test('fields of a mutation with variables that are refused are not counted', async (t) => {
  const gateway = await openGateway(t, { env });
  const before = await countLeft(gateway);
  const query = `mutation ($id: String!) { ${createFlows(20)}
    last: createFlow(input: { applicationId: $id }) { flow { uuid } } }`;
  const { errors } = await gateway.ask(query, { id: 7 });
  assert.deepEqual(codesOf({ errors: errors ?? [] }), ['BAD_USER_INPUT']);
  assert.equal(await countLeft(gateway), before - 1 - 1);
});

test('fields of a query count as one request', async (t) => {
  const gateway = await openGateway(t, { env });
  const before = await countLeft(gateway);
  await gateway.ask('{ a: viewer { tenantId } b: viewer { tenantId } c: viewer { tenantId } }');
  assert.equal(await countLeft(gateway), before - 1 - 1);
});

test('too many fields are run and told where limits are only measured', async (t) => {
  const gateway = await openGateway(t, { env: { ...env, LIMITS_MODE: 'measure' } });
  const { errors } = await gateway.ask(`mutation { ${createFlows(60)} }`);
  assert.equal(errors, undefined);
  assert.equal(countOpened(gateway), 60);
  const lines = gateway.logLines().filter(({ limit }) => limit === 'requestsPerMinute');
  assert.deepEqual(
    lines.map(({ msg, figure }) => [msg, figure]),
    [['a caller is over a limit', 60]],
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GraphAnswer, type OpenGateway, openGateway } from '../support/open-gateway.ts';

const timeout = 60_000;
const wait = 'query ($uuid: String!) { waitForFlow(uuid: $uuid, timeoutMs: 50000) { uuid } }';

/** Asks by HTTP as the holder of a key or grant. */
async function askAs(
  { graphqlUrl, headers }: OpenGateway,
  credential: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<GraphAnswer> {
  const response = await fetch(graphqlUrl, {
    method: 'POST',
    headers: { ...headers, authorization: `Bearer ${credential}` },
    body: JSON.stringify({ query, variables }),
  });
  return await response.json();
}

/** Issues two grants for a flow, by one operation that counts as two requests. */
async function issueTwo({ ask }: OpenGateway, flowUuid: string): Promise<readonly string[]> {
  const issue = 'issueFlowGrant(input: $input) { token }';
  const { data } = await ask(
    `mutation ($input: IssueFlowGrantInput!) { a: ${issue} b: ${issue} }`,
    { input: { flowUuid } },
  );
  return [data.a.token, data.b.token];
}

const codeOf = ({ errors }: GraphAnswer) => errors?.[0]?.extensions.code;

test('the requests of the bearers of its grants count as those of a caller', {
  timeout,
}, async (t) => {
  const gateway = await openGateway(t, { env: { RATE_LIMIT_PER_MINUTE: '6' } });
  const uuid = await gateway.openFlow();
  const [one = '', other = ''] = await issueTwo(gateway, uuid);
  const codes = [];
  for (const credential of [one, one, other, other, gateway.apiKey]) {
    codes.push(codeOf(await askAs(gateway, credential, '{ __typename }')));
  }
  assert.deepEqual(codes, [undefined, undefined, undefined, 'RATE_LIMITED', 'RATE_LIMITED']);
});

test('waits count as subscriptions, and one grant has half of what its issuer may have open', {
  timeout,
}, async (t) => {
  const gateway = await openGateway(t, { env: { MAX_SUBSCRIPTIONS_PER_CALLER: '4' } });
  const uuid = await gateway.openFlow();
  const [one = '', other = ''] = await issueTwo(gateway, uuid);
  /** Begins ten waits, and returns those that are still open once the others were refused. */
  async function beginTen(credential: string, refused: number) {
    const codes: unknown[] = [];
    const waits = Array.from({ length: 10 }, () => askAs(gateway, credential, wait, { uuid }));
    for (const answer of waits) void answer.then((given) => codes.push(codeOf(given)));
    while (codes.length < refused) await fetch(`${gateway.app.url}/health`);
    for (let turn = 0; turn < 10; turn += 1) await fetch(`${gateway.app.url}/health`);
    assert.deepEqual(
      codes,
      Array.from({ length: refused }, () => 'RATE_LIMITED'),
    );
    return waits;
  }
  const waits = await beginTen(one, 8);
  waits.push(...(await beginTen(other, 8)));
  waits.push(...(await beginTen(gateway.apiKey, 10)));
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  const done = (await Promise.all(waits)).filter(({ errors }) => errors === undefined);
  assert.equal(done.length, 4);
  for (const { data } of done) assert.deepEqual(data, { waitForFlow: { uuid } });
  const { errors } = await askAs(gateway, one, wait, { uuid });
  assert.equal(errors, undefined);
});

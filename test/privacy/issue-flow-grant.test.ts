import assert from 'node:assert/strict';
import test from 'node:test';
import { createFlowGrants } from '../../src/identity/flow-grants.ts';
import { openCallers } from '../support/privacy/open-callers.ts';

const secret = 'a-secret-for-callbacks-and-grants';
const issue = `mutation ($input: IssueFlowGrantInput!) {
  issueFlowGrant(input: $input) { token expiresAt userErrors { code path message } }
}`;

test('a grant is issued for a flow that exists, for a quarter of an hour and its status alone', async (t) => {
  const gateway = await openCallers(t, { env: { CALLBACK_SECRET: secret } });
  const flowUuid = await gateway.openFlow();
  const before = Date.now();
  const { data } = await gateway
    .as({ scopes: ['flows:write'] })
    .ask(issue, { input: { flowUuid } });
  const { token, expiresAt, userErrors } = data.issueFlowGrant;
  assert.deepEqual(userErrors, []);
  const { id, issuedAt, issuer, ...grant } =
    (await createFlowGrants({ secrets: [secret] }).read(token)) ?? {};
  assert.ok(id);
  assert.equal(issuer?.callerId, 'key-1');
  assert.ok(issuedAt !== undefined && issuedAt >= before && issuedAt <= Date.now());
  const expires = Date.parse(expiresAt);
  assert.deepEqual(grant, {
    tenantId: 'default',
    flowUuid,
    canReadDocuments: false,
    expiresAt: expires,
  });
  assert.ok(expires > before + 898_000 && expires <= Date.now() + 900_000);
});

test('a grant may hold for a minute to a day, and nothing is issued beyond', async (t) => {
  const gateway = await openCallers(t);
  const flowUuid = await gateway.openFlow();
  const issuer = gateway.as({ scopes: ['flows:write'] });
  for (const ttlSeconds of [60, 86_400]) {
    const { data } = await issuer.ask(issue, { input: { flowUuid, ttlSeconds } });
    assert.match(data.issueFlowGrant.token, /^agg_/);
  }
  gateway.sandbox.clearCalls();
  for (const ttlSeconds of [59, 0, -1, 86_401]) {
    const { data } = await issuer.ask(issue, { input: { flowUuid, ttlSeconds } });
    assert.deepEqual(data.issueFlowGrant, {
      token: null,
      expiresAt: null,
      userErrors: [
        {
          code: 'OUT_OF_RANGE',
          path: ['input', 'ttlSeconds'],
          message: 'ttlSeconds must be from 60 to 86400.',
        },
      ],
    });
  }
  assert.equal(gateway.sandbox.countCalls(), 0);
});

test('of a flow that Atlas does not have there is no grant', async (t) => {
  const gateway = await openCallers(t);
  const codes = async (flowUuid: string) => {
    const { data } = await gateway.ask(issue, { input: { flowUuid } });
    assert.equal(data.issueFlowGrant.token, null);
    return data.issueFlowGrant.userErrors.map(({ code }: { code: string }) => code);
  };
  assert.deepEqual(await codes('there-is-none'), ['NOT_FOUND']);
  assert.deepEqual(await codes(' '), ['REQUIRED']);
});

test("a caller without access to documents can't grant it", async (t) => {
  const gateway = await openCallers(t);
  const flowUuid = await gateway.openFlow();
  const input = { flowUuid, canReadDocuments: true };
  const { errors } = await gateway.as({ scopes: ['flows:write'] }).ask(issue, { input });
  assert.deepEqual(
    errors?.map(({ message }) => message),
    ['This needs the scope flows:read.'],
  );
  const { data } = await gateway
    .as({ scopes: ['flows:write', 'flows:read'] })
    .ask(issue, { input });
  assert.match(data.issueFlowGrant.token, /^agg_/);
});

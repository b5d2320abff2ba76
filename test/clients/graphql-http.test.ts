import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { openGateway } from '../support/open-gateway.ts';

test('the gateway passes every audit of GraphQL over HTTP', async (t) => {
  const { graphqlUrl, apiKey } = await openGateway(t);
  const authorization = `Bearer ${apiKey}`;
  const audits = serverAudits({
    url: graphqlUrl,
    fetchFn: (url: string, init: RequestInit = {}) =>
      fetch(url, { ...init, headers: { ...init.headers, authorization } }),
  });

  assert.equal(audits.length, 61);
  for (const audit of audits) {
    await t.test(audit.name, async () => {
      const result = await audit.fn();
      assert.equal(result.status, 'ok', 'reason' in result ? result.reason : result.name);
    });
  }
});

const mutation = `mutation IssueFlowGrant($input: IssueFlowGrantInput!) {
  issueFlowGrant(input: $input) { token expiresAt userErrors { code message path } }
}`;

/**
 * Runs on the lender's own backend, behind its own session: a grant for one flow and fifteen minutes.
 * The key stays on the backend; a phone never sees it.
 */
export async function issueGrant(url: string, apiKey: string, flowUuid: string): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ query: mutation, variables: { input: { flowUuid, ttlSeconds: 900 } } }),
  });
  const { data } = await response.json();
  const token = data?.issueFlowGrant?.token;
  if (typeof token !== 'string') throw new Error('The gateway issued no grant');
  return token;
}

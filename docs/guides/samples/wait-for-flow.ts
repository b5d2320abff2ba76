const query = `query WaitForFlow($uuid: String!) {
  waitForFlow(uuid: $uuid, timeoutMs: 3000) { id uuid status { state isTerminal } }
}`;

/** The state of a flow at its end, by nothing but requests. Throws what no repeat can change. */
export async function waitForEnd(
  url: string,
  getToken: () => Promise<string>,
  uuid: string,
): Promise<string> {
  let refused: string | null = null;
  for (;;) {
    const token = await getToken().catch(() => null);
    if (token !== null && token === refused) throw new Error('UNAUTHENTICATED');
    const body = token === null ? null : await ask(url, token, uuid).catch(() => null);
    const status = body?.data?.waitForFlow?.status;
    if (status?.isTerminal) return status.state;
    // After an answer the next request can follow at once.
    if (status) continue;
    const [error] = body?.errors ?? [];
    if (body?.data && !error) throw new Error('There is no such flow');
    // The token may have ended while the gateway waited.
    if (error?.extensions.code === 'UNAUTHENTICATED') refused = token;
    else if (error && !error.extensions.retryable) throw new Error(error.extensions.code);
    await new Promise((resolve) => setTimeout(resolve, 500 + Math.random() * 2_000));
  }
}

async function ask(url: string, token: string, uuid: string) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables: { uuid } }),
    // The gateway answers after three seconds at the latest: a longer silence is a lost network.
    signal: AbortSignal.timeout(6_000),
  });
  return await response.json();
}

const query = `query WaitForFlow($uuid: String!) {
  waitForFlow(uuid: $uuid, timeoutMs: 5000) { id uuid status { state isTerminal } }
}`;

/** The state of a flow at its end, by nothing but requests. Throws what no repeat can change. */
export async function waitForEnd(
  url: string,
  getToken: () => Promise<string>,
  uuid: string,
): Promise<string> {
  for (;;) {
    const body = await ask(url, getToken, uuid).catch(() => null);
    const status = body?.data?.waitForFlow?.status;
    if (status?.isTerminal) return status.state;
    if (body?.data && !status && !body.errors) throw new Error('There is no such flow');
    const [error] = body?.errors ?? [];
    if (error && !error.extensions.retryable) throw new Error(error.extensions.code);
    // After an answer the next request can follow at once.
    if (!status) await new Promise((resolve) => setTimeout(resolve, 1_000 + Math.random() * 2_000));
  }
}

async function ask(url: string, getToken: () => Promise<string>, uuid: string) {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await getToken()}`,
    },
    body: JSON.stringify({ query, variables: { uuid } }),
    // The gateway answers after five seconds at the latest: a longer silence is a lost network.
    signal: AbortSignal.timeout(8_000),
  });
  return await response.json();
}

import { type Client, createClient } from 'graphql-sse';

/** A client of graphql-sse that comes back from everything, over one request for each subscription. */
export function createStream(url: string, getToken: () => Promise<string>): Client {
  return createClient({
    url,
    // Called for each connection, so that none begins with a token that has ended.
    headers: async () => ({ authorization: `Bearer ${await getToken()}` }),
    retryAttempts: Number.POSITIVE_INFINITY,
    retry: (failures) => {
      const waitMs = Math.min(500 * 2 ** failures, 3_000) * (0.5 + Math.random() / 2);
      return new Promise((resolve) => setTimeout(resolve, waitMs));
    },
    fetchFn: fetchUntilSilent,
  });
}

/**
 * A client cannot ping over SSE: a response that does not begin within four seconds, or is silent for
 * eight, is given up.
 */
async function fetchUntilSilent(url: string, init: RequestInit): Promise<Response> {
  const control = new AbortController();
  const giveUp = () => control.abort(new Error('Nothing was received'));
  init.signal?.addEventListener('abort', giveUp);
  let watchdog = setTimeout(giveUp, 4_000);

  const response = await fetch(url, { ...init, signal: control.signal });
  const watched = new TransformStream<Uint8Array, Uint8Array>({
    transform(bytes, body) {
      clearTimeout(watchdog);
      watchdog = setTimeout(giveUp, 8_000);
      body.enqueue(bytes);
    },
    flush: () => clearTimeout(watchdog),
  });
  const body = response.body?.pipeThrough(watched, { signal: control.signal }) ?? null;
  return new Response(body, response);
}

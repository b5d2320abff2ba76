import type { Client } from 'graphql-ws';

interface Renewed extends Record<string, unknown> {
  readonly reauthenticate: {
    readonly expiresAt: string | null;
    readonly userErrors: readonly { readonly code: string }[];
  } | null;
}

const mutation = `mutation Renew($token: String!) {
  reauthenticate(input: { token: $token }) { expiresAt userErrors { code message } }
}`;

/**
 * Renews the open socket of graphql-ws by a newer token of the same caller; all its subscriptions go
 * on. Returns until when the socket holds now; null: no set time.
 */
export async function renewSocket(socket: Client, token: string): Promise<string | null> {
  const results = socket.iterate<Renewed>({ query: mutation, variables: { token } });
  for await (const { data, errors } of results) {
    const [fault] = [...(data?.reauthenticate?.userErrors ?? []), ...(errors ?? [])];
    if (data?.reauthenticate && !fault) return data.reauthenticate.expiresAt;
    throw new Error('The newer token was not taken', { cause: fault });
  }
  throw new Error('The socket was closed');
}

/**
 * Renews a socket once three quarters of its token's time are over, and then again. `expiresAt` is
 * `extensions.session.expiresAt` of the first event of a subscription. Returns a function that stops.
 */
export function renewInTime(
  socket: Client,
  expiresAt: string | null,
  getToken: () => Promise<string>,
): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const schedule = (endsAt: string | null) => {
    if (endsAt === null) return;
    timer = setTimeout(renew, ((Date.parse(endsAt) - Date.now()) * 3) / 4);
  };
  // If it fails, the socket closes with 4403 in the end, and the next one begins with a new token.
  const renew = () =>
    getToken()
      .then((token) => renewSocket(socket, token))
      .then(schedule, () => {});
  schedule(expiresAt);
  return () => clearTimeout(timer);
}

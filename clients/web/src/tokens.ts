/**
 * Returns a token for the next connection or request: a key, a JWT or a flow grant, with or without
 * `Bearer `. `refused` is the token that the gateway refused last, or one that is about to end, which a
 * cache must not return again.
 * A rejection is treated like a lost network and repeated.
 */
export type GetToken = (refused?: string) => string | Promise<string>;

export interface Tokens {
  /** A token for the next connection or request. Calls at the same time share one `getToken`. */
  fetch(): Promise<string>;
  /** A token to take the place of one that is about to end; the same where there is no other. */
  newerThan(token: string): Promise<string>;
  /** Fulfilled with true if `getToken` has no other token than the refused one. */
  isRefusedForGood(token: string): Promise<boolean>;
}

/** Asks the application for tokens and remembers the one that was refused last. */
export function createTokens(getToken: GetToken): Tokens {
  let refused: string | undefined;
  let pending: Promise<string> | null = null;

  function fetch(): Promise<string> {
    pending ??= (async () => getToken(refused))().finally(() => {
      pending = null;
    });
    return pending;
  }

  return {
    fetch,
    newerThan: async (token) => getToken(token),
    async isRefusedForGood(token) {
      refused = token;
      return (await fetch()) === token;
    },
  };
}

/** The value of an `authorization` header for a token. */
export function toAuthorization(token: string): string {
  return /^bearer /i.test(token) ? token : `Bearer ${token}`;
}

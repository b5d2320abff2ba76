import { createHmac } from 'node:crypto';
import type { TokenFamily } from '../atlas/api/endpoints.ts';
import { shortErrorResponse } from './error-response.ts';
import type { SandboxClock } from './sandbox-clock.ts';

/** A client's name and secret, as Atlas hands them out. */
export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

interface Issued {
  readonly family: TokenFamily;
  readonly clientId: string;
  readonly expiresAt: number;
}

/** The tokens in force. Several of one client may be (CONTRACT 2.3). */
export interface IssuedTokens {
  issue(family: TokenFamily, clientId: string): string;
  /** Whose token it is; null where `holderOf` refuses it. */
  find(family: TokenFamily, token: string | undefined): string | null;
  /** Whose token it is. Refused when it is unknown, expired, revoked or of another family. */
  holderOf(family: TokenFamily, token: string | undefined): string;
  revoke(token: string | undefined): void;
  revokeAll(): void;
}

/** Tokens of `lifetimeSeconds` each, in three parts like a JWT, the same in every sandbox. */
export function createTokens(clock: SandboxClock, lifetimeSeconds: number): IssuedTokens {
  const tokens = new Map<string, Issued>();
  let issuedCount = 0;

  function issue(family: TokenFamily, clientId: string): string {
    forgetExpired();
    issuedCount += 1;
    const issuedAt = clock.now();
    const expiresAt = issuedAt + lifetimeSeconds * 1000;
    const token = toToken({
      sub: clientId,
      aud: family,
      jti: String(issuedCount),
      iat: Math.floor(issuedAt / 1000),
      exp: Math.floor(expiresAt / 1000),
    });
    tokens.set(token, { family, clientId, expiresAt });
    return token;
  }

  /** The oldest come first, so the first one in force ends the search. */
  function forgetExpired(): void {
    for (const [token, issued] of tokens) {
      if (issued.expiresAt > clock.now()) return;
      tokens.delete(token);
    }
  }

  function find(family: TokenFamily, token: string | undefined): string | null {
    const issued = token === undefined ? undefined : tokens.get(token);
    const counts = issued?.family === family && issued.expiresAt > clock.now();
    return counts ? issued.clientId : null;
  }

  function holderOf(family: TokenFamily, token: string | undefined): string {
    const clientId = find(family, token);
    if (clientId === null) throw shortErrorResponse(401, 'Invalid token');
    return clientId;
  }

  function revoke(token: string | undefined): void {
    if (token !== undefined) tokens.delete(token);
  }

  return { issue, find, holderOf, revoke, revokeAll: () => tokens.clear() };
}

function toToken(claims: Record<string, unknown>): string {
  const signed = [{ alg: 'HS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  // The key guards nothing: a token counts because it is in the map above.
  return `${signed}.${createHmac('sha256', 'sandbox').update(signed).digest('base64url')}`;
}

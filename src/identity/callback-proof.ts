import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { TenantId } from '../tenant-id.ts';

/** The part of a flow's callback path that only this gateway can have made. */
export interface CallbackProof {
  /** A new reference with its seal, for the path of one flow: `<tenant>.<reference>.<seal>`. */
  issuePath(tenantId: TenantId): { reference: string; path: string };
  /** Whose flow a path stands for; null when no secret of ours sealed it. */
  readPath(path: string): { tenantId: TenantId; reference: string } | null;
  /** A token for Atlas to bring along with the callback (CONTRACT 5.1), and its life in seconds. */
  issueToken(path: string): { token: string; lifetimeSeconds: number };
  /** Whether a token was issued for this path and still lives. */
  isTokenFor(path: string, token: string): boolean;
}

/** The options of `createCallbackProof`. */
export interface CallbackProofOptions {
  /** The newest first; what any of them sealed is taken, so that they can be rotated. */
  readonly secrets: readonly [string, ...string[]];
  readonly now?: () => number;
}

const tokenLifetimeSeconds = 600;

/** Seals callback paths and tokens with HMAC-SHA-256, so that any process with the secret can check. */
export function createCallbackProof({
  secrets,
  now = Date.now,
}: CallbackProofOptions): CallbackProof {
  const isSealed = (purpose: string, text: string, seal: string) =>
    secrets.some((secret) => isEqual(sealOf(secret, purpose, text), seal));

  return {
    issuePath(tenantId) {
      const reference = randomBytes(16).toString('base64url');
      const text = `${Buffer.from(tenantId).toString('base64url')}.${reference}`;
      return { reference, path: `${text}.${sealOf(secrets[0], 'path', text)}` };
    },
    readPath(path) {
      const [tenant, reference, seal, ...rest] = path.split('.');
      if (!tenant || !reference || !seal || rest.length > 0) return null;
      if (!isSealed('path', `${tenant}.${reference}`, seal)) return null;
      return { tenantId: readTenantId(tenant), reference };
    },
    issueToken(path) {
      const expiresAt = Math.floor(now() / 1000) + tokenLifetimeSeconds;
      const seal = sealOf(secrets[0], 'token', `${path} ${expiresAt}`);
      return { token: `${expiresAt}.${seal}`, lifetimeSeconds: tokenLifetimeSeconds };
    },
    isTokenFor(path, token) {
      const [expiresAt, seal, ...rest] = token.split('.');
      if (!expiresAt || !seal || rest.length > 0 || !/^\d{1,12}$/.test(expiresAt)) return false;
      if (Number(expiresAt) * 1000 < now()) return false;
      return isSealed('token', `${path} ${expiresAt}`, seal);
    },
  };
}

/** The tenant's id in a path, where our own seal shows that we put it there. */
function readTenantId(sealed: string): TenantId {
  return Buffer.from(sealed, 'base64url').toString() as TenantId;
}

function sealOf(secret: string, purpose: string, text: string): string {
  return createHmac('sha256', secret).update(`${purpose} ${text}`).digest('base64url');
}

function isEqual(expected: string, given: string): boolean {
  const [one, other] = [Buffer.from(expected), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}

import { createHash } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import { createJwtKeys } from './jwt-keys.ts';

/** Signatures that the key which checks them can't make (RFC 7518, RFC 8037). */
export const jwtAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;
/** The name of an accepted signature algorithm. */
export type JwtAlgorithm = (typeof jwtAlgorithms)[number];

/** Whose JWTs are taken, and what is read in them. */
export interface JwtTrust {
  /** Where the keys are (RFC 7517). */
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly JwtAlgorithm[];
  readonly tenantClaim: string;
  readonly scopesClaim: string;
  readonly clockToleranceSeconds: number;
}

/** The verified claims of a JWT. */
export interface JwtClaims {
  readonly tenant: string;
  readonly subject: string;
  /** Words as they stand there; not all need be scopes of ours. */
  readonly scopes: readonly string[];
  /** When nobody takes it any more, in milliseconds since the epoch. */
  readonly endsAt: number;
}

/** Verifies JWTs and reads their claims. */
export interface JwtReader {
  /** The `iss` that a JWT must have. */
  readonly issuer: string;
  /** Reads a JWT; null when it proves nobody. Rejects with an IdentityUnavailableError alone. */
  read(token: string): Promise<JwtClaims | null>;
}

/** The options of `createJwtReader`. */
export interface JwtReaderOptions {
  readonly trust: JwtTrust;
  /** The wall clock, in milliseconds since the epoch: for the end of a JWT. */
  readonly now?: () => number;
  /** The monotonic clock, in milliseconds: for how long a checked JWT is remembered. */
  readonly monotonicMs?: () => number;
  /** Told when the keys could not be had; at most once in five seconds. */
  readonly onUnavailable?: () => void;
}

const mostTokenLength = 8_192;
/** A signature that was checked is taken as checked for so long, or to the token's end. */
const rememberedMs = 60_000;
const mostRemembered = 10_000;
/** Access tokens (RFC 9068, 2.1), and what most providers call them; others are for other uses. */
const types = [undefined, 'jwt', 'at+jwt', 'application/at+jwt'];

/**
 * Reads JWTs (RFC 7519, by the advice of RFC 8725) against the keys of one identity provider.
 */
export function createJwtReader(options: JwtReaderOptions): JwtReader {
  const { trust, now = Date.now, onUnavailable = () => {} } = options;
  const monotonicMs = options.monotonicMs ?? (() => performance.now());
  const toleranceMs = trust.clockToleranceSeconds * 1000;
  const remembered = new LRUCache<string, { claims: JwtClaims; until: number }>({
    max: mostRemembered,
  });
  const url = new URL(trust.jwksUrl);
  // Loaded where somebody is trusted, and nowhere else.
  const loaded = import('jose');
  const keys = loaded.then((jose) => createJwtKeys({ jose, url, monotonicMs, onUnavailable }));

  async function verify(token: string, id: string): Promise<JwtClaims | null> {
    const { decodeProtectedHeader, errors, jwtVerify } = await loaded;
    const options = {
      issuer: trust.issuer,
      audience: trust.audience,
      algorithms: [...trust.algorithms],
      clockTolerance: trust.clockToleranceSeconds,
      currentDate: new Date(now()),
      requiredClaims: ['exp', 'sub'],
    };
    try {
      const { typ, alg, kid } = decodeProtectedHeader(token);
      if (!types.includes(typ?.toLowerCase()) || !isTrusted(alg)) return null;
      if (kid !== undefined && typeof kid !== 'string') return null;
      const header = { alg, ...(kid === undefined ? {} : { kid }) };
      return await (await keys).try({ header, id }, async (key) => {
        try {
          return toClaims((await jwtVerify(token, key, options)).payload);
        } catch (error) {
          const isOtherKeys = error instanceof errors.JWSSignatureVerificationFailed;
          // An error that is no JOSEError is a fault of the key, such as one that is too short.
          if (isOtherKeys || !(error instanceof errors.JOSEError)) return undefined;
          throw error;
        }
      });
    } catch (error) {
      // The token is not valid, or jose can't read it as one.
      if (error instanceof errors.JOSEError || error instanceof TypeError) return null;
      throw error;
    }
  }

  function isTrusted(alg: string | undefined): alg is JwtAlgorithm {
    return trust.algorithms.some((trusted) => trusted === alg);
  }

  function toClaims(payload: JWTPayload): JwtClaims | null {
    const { sub: subject, exp } = payload;
    const tenant = payload[trust.tenantClaim];
    if (typeof tenant !== 'string' || exp === undefined) return null;
    // jose requires that there is a subject, and not that it is a text.
    if (typeof subject !== 'string' || subject === '') return null;
    const scopes = toWords(payload[trust.scopesClaim]);
    return { tenant, subject, scopes, endsAt: exp * 1000 + toleranceMs };
  }

  return {
    issuer: trust.issuer,
    async read(token) {
      if (token.length > mostTokenLength) return null;
      // The hash of all of it, signature too: nobody finds here what was made for somebody else.
      const key = createHash('sha256').update(token).digest('base64url');
      const known = remembered.get(key);
      if (known && monotonicMs() < known.until && now() < known.claims.endsAt) return known.claims;
      const claims = await verify(token, key);
      if (claims === null) return null;
      remembered.set(key, { claims, until: monotonicMs() + rememberedMs });
      return claims;
    },
  };
}

/** A claim of scopes is words with blanks between (RFC 8693, 4.2) or a list of them. */
function toWords(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return claim.split(' ').filter(Boolean);
  if (!Array.isArray(claim)) return [];
  return claim.filter((word) => typeof word === 'string');
}

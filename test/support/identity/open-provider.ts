import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { JwtTrust } from '../../../src/identity/jwt.ts';

/** An identity provider on a free port. */
export interface Provider {
  readonly jwksUrl: string;
  /** The environment of a gateway that trusts it. */
  readonly env: Readonly<Record<string, string>>;
  /** The same as the trust of one. */
  readonly trust: JwtTrust;
  /** Its public key as a text, for who would take that for a shared secret. */
  readonly publicKey: string;
  /** How often it was asked for its keys. */
  countFetches(): number;
  /** The keys that it publishes. */
  keys: readonly JWK[];
  /** Whether it answers with anything but 503. */
  isUp: boolean;
  /** Signs claims, sound ones in the place of those that are not given; undefined leaves one out. */
  sign(
    claims?: Record<string, unknown>,
    header?: SigningHeader,
    key?: CryptoKey | Uint8Array,
  ): Promise<string>;
}

export interface SigningHeader {
  readonly alg?: string;
  /** Undefined leaves it out. */
  readonly kid?: string | undefined;
  readonly typ?: string;
}

const issuer = 'https://login.example/';
const audience = 'atlas-gateway';

/** Opens a provider with one RSA key, closed with the test. Times are by the clock given. */
export async function openProvider(
  t: TestContext,
  now: () => number = Date.now,
): Promise<Provider> {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'key-1', use: 'sig', alg: 'RS256' };
  let fetches = 0;
  const server = createServer((_request, response) => {
    fetches += 1;
    if (!provider.isUp) response.writeHead(503).end();
    else
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ keys: provider.keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // it listens on a port
  const jwksUrl = `http://127.0.0.1:${port}/keys`;

  const provider: Provider = {
    jwksUrl,
    env: { JWT_JWKS_URL: jwksUrl, JWT_ISSUER: issuer, JWT_AUDIENCE: audience },
    trust: {
      jwksUrl,
      issuer,
      audience,
      algorithms: ['RS256'],
      tenantClaim: 'tenant',
      scopesClaim: 'scope',
      clockToleranceSeconds: 5,
    },
    publicKey: await exportSPKI(publicKey),
    countFetches: () => fetches,
    keys: [jwk],
    isUp: true,
    sign(claims = {}, header = {}, key = privateKey) {
      const seconds = Math.floor(now() / 1000);
      const sound = {
        iss: issuer,
        aud: audience,
        sub: 'user-1',
        exp: seconds + 600,
        tenant: 'acme',
      };
      return new SignJWT({ ...sound, scope: 'flows:read', ...claims })
        .setProtectedHeader(withoutUndefined({ alg: 'RS256', kid: 'key-1', ...header }))
        .sign(key);
    },
  };
  return provider;
}

/** A header whose undefined members are not there. */
function withoutUndefined({ alg = '', kid, ...rest }: SigningHeader) {
  return { alg, ...rest, ...(kid === undefined ? {} : { kid }) };
}

import { generateKeyPair, SignJWT } from 'jose';
import { createFlowGrants } from '../../../src/identity/flow-grants.ts';
import type { Provider } from '../identity/open-provider.ts';
import { toKey } from '../identity/tenant-settings.ts';
import { toKeyIssuer } from '../key-issuer.ts';
import { toTenantId } from '../tenant-id.ts';
import { acme, acmeKey, bolt, boltKey } from '../tenants/open-tenants.ts';

export const callbackSecret = 'the-callback-secret-of-this-suite';

/** Keys beside those of acme and bolt, by who sends them. */
const moreKeys = {
  reader: 'agk_the-key-that-only-reads',
  writer: 'agk_the-key-that-only-writes',
  matcher: 'agk_the-key-that-matches-what-it-may-not-see',
  stranger: 'agk_the-key-without-a-scope',
  'somebody over': 'agk_the-key-that-has-ended',
  'rated 1': 'agk_the-first-key-with-a-rate',
  'rated 2': 'agk_the-second-key-with-a-rate',
  'rated 3': 'agk_the-third-key-with-a-rate',
  'capped 1': 'agk_the-first-key-with-a-cap',
  'capped 2': 'agk_the-second-key-with-a-cap',
  'capped 3': 'agk_the-third-key-with-a-cap',
  'capped 4': 'agk_the-fourth-key-with-a-cap',
  'capped 5': 'agk_the-fifth-key-with-a-cap',
  'busy 1': 'agk_the-first-key-of-a-busy-tenant',
  'busy 2': 'agk_the-second-key-of-a-busy-tenant',
  'full 1': 'agk_the-first-key-of-a-full-tenant',
  'full 2': 'agk_the-second-key-of-a-full-tenant',
} as const;

const ended = Date.UTC(2020, 0);

/** The tenants of the world: acme and bolt, and four that may do little at a time. */
export const tenants = () => [
  acme({
    callbackHosts: ['hooks.example'],
    origins: ['https://app.example'],
    keys: [
      toKey(acmeKey),
      toKey(moreKeys.reader, { name: 'reader', scopes: new Set(['flows:read']) }),
      toKey(moreKeys.writer, { name: 'writer', scopes: new Set(['flows:write', 'pii:read']) }),
      toKey(moreKeys.matcher, {
        name: 'matcher',
        scopes: new Set(['flows:read', 'addresses:match']),
      }),
      toKey(moreKeys.stranger, { name: 'stranger', scopes: new Set() }),
      toKey(moreKeys['somebody over'], { name: 'over', expiresAt: ended }),
    ],
  }),
  bolt(),
  {
    ...acme({ limits: { requestsPerMinute: 2 } }),
    id: toTenantId('rated'),
    jwtTenants: [],
    keys: [
      toKey(moreKeys['rated 1'], { name: 'first' }),
      toKey(moreKeys['rated 2'], { name: 'second' }),
      toKey(moreKeys['rated 3'], { name: 'third' }),
    ],
  },
  {
    ...acme({ limits: { subscriptions: 1 } }),
    id: toTenantId('capped'),
    jwtTenants: [],
    keys: [
      toKey(moreKeys['capped 1'], { name: 'first' }),
      toKey(moreKeys['capped 2'], { name: 'second' }),
      toKey(moreKeys['capped 3'], { name: 'third' }),
      toKey(moreKeys['capped 4'], { name: 'fourth' }),
      toKey(moreKeys['capped 5'], { name: 'fifth' }),
    ],
  },
  {
    ...acme({ limits: { tenant: { requestsPerMinute: 3 } } }),
    id: toTenantId('busy'),
    jwtTenants: [],
    keys: [
      toKey(moreKeys['busy 1'], { name: 'first' }),
      toKey(moreKeys['busy 2'], { name: 'second' }),
    ],
  },
  {
    ...acme({ limits: { tenant: { subscriptions: 2 } } }),
    id: toTenantId('full'),
    jwtTenants: [],
    keys: [
      toKey(moreKeys['full 1'], { name: 'first' }),
      toKey(moreKeys['full 2'], { name: 'second' }),
    ],
  },
];

/** The parts of the credentials. */
export interface Mint {
  readonly provider: Provider;
  readonly now: () => number;
  /** Of acme's: two flows, and leave for each, one of them given so long ago that it is over. */
  readonly flow: string;
  readonly grant: string;
  /** The same for a minute from the start. */
  readonly briefGrant: string;
  readonly overGrant: string;
  /** Of the first flow, revoked since. */
  readonly revokedGrant: string;
}

type Make = (mint: Mint) => Promise<string> | string;

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const seconds = ({ now }: Mint, after: number) => Math.floor(now() / 1000) + after;

/** The claims of a grant. */
function claimsOf(grant: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(grant.split('.')[1] ?? '', 'base64url').toString());
}

/** A grant with other claims, as somebody signs it who has the secret. */
async function signAgain(grant: string, claims: object): Promise<string> {
  const key = new TextEncoder().encode(`flow-grant ${callbackSecret}`);
  const jwt = new SignJWT({ ...claimsOf(grant), ...claims }).setProtectedHeader({ alg: 'HS256' });
  return `agg_${await jwt.sign(key)}`;
}

/** The callers of a row and their credentials. */
const makers = {
  acme: () => acmeKey,
  bolt: () => boltKey,
  'acme by JWT': ({ provider }) => provider.sign(),
  'bolt by JWT': ({ provider }) => provider.sign({ tenant: 'bolt' }),
  'the bearer of a grant': ({ grant }) => grant,

  'the bearer of a brief grant': ({ briefGrant }) => briefGrant,

  'nobody at all': () => '',
  'a wrong key': () => 'agk_nobody-has-this-one',
  'an expired JWT': (mint) => mint.provider.sign({ exp: seconds(mint, -60) }),
  'a JWT that is not valid yet': (mint) => mint.provider.sign({ nbf: seconds(mint, 60) }),
  'a JWT for another audience': ({ provider }) => provider.sign({ aud: 'another-gateway' }),
  'a JWT of another issuer': ({ provider }) => provider.sign({ iss: 'https://evil.example/' }),
  'a JWT of a tenant that is not here': ({ provider }) => provider.sign({ tenant: 'corp' }),
  'a JWT that somebody else signed': async ({ provider }) =>
    provider.sign({}, {}, (await generateKeyPair('RS256')).privateKey),
  'a JWT of algorithm none': async ({ provider }) =>
    `${encode({ alg: 'none' })}.${(await provider.sign()).split('.')[1]}.`,
  'a JWT of algorithm none with a seal': async ({ provider }) => {
    const [, claims, seal] = (await provider.sign()).split('.');
    return `${encode({ alg: 'none' })}.${claims}.${seal}`;
  },
  'a JWT sealed with the public key': ({ provider }) =>
    provider.sign({}, { alg: 'HS256' }, new TextEncoder().encode(provider.publicKey)),
  'a JWT whose subject is a number': ({ provider }) => provider.sign({ sub: 7 }),
  'a JWT whose subject is a list': ({ provider }) => provider.sign({ sub: ['user-1'] }),
  'an expired grant': ({ overGrant }) => overGrant,
  'a grant that was revoked': ({ revokedGrant }) => revokedGrant,
  'a grant of ten years': ({ grant, now }) => signAgain(grant, { exp: now() / 1000 + 315_360_000 }),
  'a grant in the last hour of ten years': ({ grant, now }) =>
    signAgain(grant, { iat: now() / 1000 - 315_360_000 }),
  'a grant of a version that named no issuer': ({ grant }) =>
    signAgain(grant, { iat: undefined, by: undefined }),
  'a grant with the issuer of another': ({ grant, revokedGrant }) =>
    signAgain(grant, { by: claimsOf(revokedGrant).by }),
  'a grant under another secret': async ({ flow, now }) => {
    const grants = createFlowGrants({ secrets: ['a secret of somebody else'], now });
    const wanted = {
      tenantId: toTenantId('acme'),
      flowUuid: flow,
      canReadDocuments: true,
      issuer: toKeyIssuer(),
      ttlSeconds: 600,
    };
    return (await grants.issue(wanted)).token;
  },
  'a grant whose flow was changed': ({ grant }) => {
    const [head, claims = '', seal] = grant.split('.');
    const changed = JSON.parse(Buffer.from(claims, 'base64url').toString());
    return `${head}.${encode({ ...changed, flow: 'LOS-another', documents: true })}.${seal}`;
  },
  'a grant of algorithm none': ({ grant }) =>
    `agg_${encode({ alg: 'none' })}.${grant.split('.')[1]}.`,
} satisfies Record<string, Make>;

export type Credential = keyof typeof makers | keyof typeof moreKeys;

/** Makes what everybody brings. */
export async function mintAll(mint: Mint): Promise<ReadonlyMap<Credential, string>> {
  // Both have their names for keys.
  const made = new Map(Object.entries(moreKeys) as [Credential, string][]);
  for (const [name, make] of Object.entries(makers)) {
    made.set(name as Credential, await (make as Make)(mint));
  }
  return made;
}

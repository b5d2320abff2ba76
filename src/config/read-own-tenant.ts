import type { AtlasCredentials } from '../atlas/api/tenant.ts';
import { hashKey } from '../identity/api-keys.ts';
import { defaultScopes } from '../identity/scopes.ts';
import type { TenantKey, TenantSettings } from '../identity/tenants.ts';
import type { Environment } from './environment.ts';
import { toTenantId } from './tenant-shape.ts';
import { type Variable, variables } from './variables.ts';

const credentials = ['ATLAS_CLIENT_ID', 'ATLAS_CLIENT_SECRET'] as const;
const addressCredentials = ['ATLAS_ADDRESS_CLIENT_ID', 'ATLAS_ADDRESS_CLIENT_SECRET'] as const;

/** The secrets of the one tenant that the environment describes. */
export const ownTenantSecrets = [
  ...credentials,
  ...addressCredentials,
  'GATEWAY_API_KEY',
  'SANDBOX_CALLBACK_TOKEN',
] as const satisfies readonly Variable[];

/** All that describes that tenant, and has no place beside a file of tenants. */
export const ownTenantVariables = [
  ...ownTenantSecrets,
  'ALLOW_HTTP_FILES',
] as const satisfies readonly Variable[];

const sentInHeaders = ['GATEWAY_API_KEY', ...credentials, ...addressCredentials] as const;
/** Whom the embedded sandbox knows. */
const embedded = { clientId: 'sandbox-client', clientSecret: 'sandbox-secret' };
const embeddedProductType = 'POC_CDL';

/** The options of `readOwnTenant`. */
export interface OwnTenantOptions {
  /** Whether the sandbox is brought along, and all it needs with it. */
  readonly isEmbedded: boolean;
  readonly origins: readonly string[];
}

/** The one tenant that the environment describes. */
export function readOwnTenant(
  environment: Environment<Variable>,
  { isEmbedded, origins }: OwnTenantOptions,
): TenantSettings {
  const { read, readToken, readWord, fault } = environment;
  for (const name of sentInHeaders) {
    if (/^[\x21-\x7e]*$/.test(read(name) ?? '')) continue;
    fault(`${name} can't be sent in a header: give ASCII letters, digits or signs, no blank.`);
  }
  const apiKey = read('GATEWAY_API_KEY') ?? (isEmbedded ? variables.GATEWAY_API_KEY : undefined);
  return {
    id: toTenantId('default'),
    credentials: isEmbedded
      ? toCredentials(embedded.clientId, embedded.clientSecret)
      : readCredentials(environment),
    keys: apiKey === undefined ? [] : [toKey(apiKey)],
    scopes: new Set(defaultScopes),
    limits: {},
    origins,
    productType: read('ATLAS_PRODUCT_TYPE') ?? (isEmbedded ? embeddedProductType : undefined),
    allowHttpFiles: readWord('ALLOW_HTTP_FILES', ['true', 'false'], 'false') === 'true',
    persistedOnly: false,
    jwtTenants: ['default'],
    sandboxCallbackToken: readToken('SANDBOX_CALLBACK_TOKEN'),
  };
}

function readCredentials({ read, fault }: Environment<Variable>): AtlasCredentials {
  for (const name of credentials) {
    if (read(name) !== undefined) continue;
    fault(`${name} is missing: it is needed once ATLAS_BASE_URL is set.`);
  }
  const [addressId, addressSecret] = addressCredentials.map(read);
  if ((addressId === undefined) !== (addressSecret === undefined)) {
    const missing = addressCredentials[addressId === undefined ? 0 : 1];
    fault(`${missing} is missing: the address service's id and secret go together.`);
  }
  const [clientId = '', clientSecret = ''] = credentials.map(read);
  return toCredentials(clientId, clientSecret, addressId, addressSecret);
}

function toCredentials(
  clientId: string,
  clientSecret: string,
  addressClientId = clientId,
  addressClientSecret = clientSecret,
): AtlasCredentials {
  return { clientId, clientSecret, addressClientId, addressClientSecret };
}

function toKey(apiKey: string): TenantKey {
  return {
    name: 'gateway-key',
    sha256: hashKey(apiKey),
    scopes: new Set(defaultScopes),
    expiresAt: null,
  };
}

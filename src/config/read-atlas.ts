import type { AtlasConfig } from './config.ts';
import type { Environment } from './environment.ts';
import type { Variable } from './variables.ts';

const credentials = ['ATLAS_CLIENT_ID', 'ATLAS_CLIENT_SECRET'] as const;
const addressCredentials = ['ATLAS_ADDRESS_CLIENT_ID', 'ATLAS_ADDRESS_CLIENT_SECRET'] as const;
const sentInHeaders = ['GATEWAY_API_KEY', ...credentials, ...addressCredentials] as const;

/** Where Atlas is, and what it knows the gateway by; null: nowhere, bring the sandbox. */
export function readAtlas({ read, readUrl, fault }: Environment<Variable>): AtlasConfig | null {
  for (const name of sentInHeaders) {
    if (/^[\x21-\x7e]*$/.test(read(name) ?? '')) continue;
    fault(`${name} can't be sent in a header: give ASCII letters, digits or signs, no blank.`);
  }
  const baseUrl = readUrl('ATLAS_BASE_URL');
  const sandboxBaseUrl = readUrl('ATLAS_SANDBOX_BASE_URL');
  if (read('ATLAS_BASE_URL') === undefined) {
    const orphans = [...credentials, ...addressCredentials, 'ATLAS_SANDBOX_BASE_URL'] as const;
    for (const name of orphans.filter((variable) => read(variable) !== undefined)) {
      fault(`${name} is set without ATLAS_BASE_URL: set that too, or unset ${name}.`);
    }
    return null;
  }
  for (const name of [...credentials, 'GATEWAY_API_KEY'] as const) {
    if (read(name) !== undefined) continue;
    fault(`${name} is missing: it is needed once ATLAS_BASE_URL is set.`);
  }
  const [addressId, addressSecret] = addressCredentials.map(read);
  if ((addressId === undefined) !== (addressSecret === undefined)) {
    const missing = addressCredentials[addressId === undefined ? 0 : 1];
    fault(`${missing} is missing: the address service's id and secret go together.`);
  }
  const clientId = read('ATLAS_CLIENT_ID') ?? '';
  const clientSecret = read('ATLAS_CLIENT_SECRET') ?? '';
  return {
    baseUrl: baseUrl ?? '',
    sandboxBaseUrl: sandboxBaseUrl ?? baseUrl ?? '',
    clientId,
    clientSecret,
    addressClientId: addressId ?? clientId,
    addressClientSecret: addressSecret ?? clientSecret,
  };
}

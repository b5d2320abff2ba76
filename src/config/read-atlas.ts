import type { AtlasConfig } from './config.ts';
import type { Environment } from './environment.ts';
import type { Variable } from './variables.ts';

/** What only makes sense before an Atlas that was named. */
const orphans = [
  'ATLAS_CLIENT_ID',
  'ATLAS_CLIENT_SECRET',
  'ATLAS_ADDRESS_CLIENT_ID',
  'ATLAS_ADDRESS_CLIENT_SECRET',
  'ATLAS_SANDBOX_BASE_URL',
  'TENANTS_FILE',
] as const;

/** Where Atlas is; null: nowhere, bring the sandbox. */
export function readAtlas({ read, readUrl, fault }: Environment<Variable>): AtlasConfig | null {
  const baseUrl = readUrl('ATLAS_BASE_URL');
  const sandboxBaseUrl = readUrl('ATLAS_SANDBOX_BASE_URL');
  if (read('ATLAS_BASE_URL') !== undefined) {
    return { baseUrl: baseUrl ?? '', sandboxBaseUrl: sandboxBaseUrl ?? baseUrl ?? '' };
  }
  for (const name of orphans.filter((variable) => read(variable) !== undefined)) {
    fault(`${name} is set without ATLAS_BASE_URL: set that too, or unset ${name}.`);
  }
  return null;
}

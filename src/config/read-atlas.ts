import type { AtlasConfig } from './config.ts';
import type { Environment } from './environment.ts';
import type { Variable } from './variables.ts';

/** Variables that have an effect only where the address of an Atlas is given. */
const orphans = [
  'ATLAS_CLIENT_ID',
  'ATLAS_CLIENT_SECRET',
  'ATLAS_ADDRESS_CLIENT_ID',
  'ATLAS_ADDRESS_CLIENT_SECRET',
  'ATLAS_SANDBOX_BASE_URL',
  'TENANTS_FILE',
] as const;

const sandboxWords = ['0', '1'] as const;

/** The addresses of Atlas; null where the embedded sandbox takes its place. */
export function readAtlas(environment: Environment<Variable>): AtlasConfig | null {
  const { read, readUrl, readWord, fault } = environment;
  const baseUrl = readUrl('ATLAS_BASE_URL');
  const sandbox = readWord('SANDBOX', sandboxWords, read('NODE_ENV') === 'production' ? '0' : '1');
  const sandboxBaseUrl = readUrl('ATLAS_SANDBOX_BASE_URL');
  if (read('ATLAS_BASE_URL') !== undefined) {
    if (read('SANDBOX') === '1') fault('SANDBOX is set beside ATLAS_BASE_URL: unset one of them.');
    return { baseUrl: baseUrl ?? '', sandboxBaseUrl: sandboxBaseUrl ?? baseUrl ?? '' };
  }
  for (const name of orphans.filter((variable) => read(variable) !== undefined)) {
    fault(`${name} is set without ATLAS_BASE_URL: set that too, or unset ${name}.`);
  }
  // A deployment that lost the variable must not answer with synthetic papers.
  if (sandbox === '0') {
    fault('ATLAS_BASE_URL is missing: give it, or SANDBOX=1 for the sandbox with synthetic data.');
  }
  return null;
}

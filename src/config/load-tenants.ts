import type { TenantSettings } from '../identity/tenants.ts';
import { checkSecrets } from './check-secrets.ts';
import { ConfigError } from './config-error.ts';
import { createEnvironment, type Environment } from './environment.ts';
import { ownTenantSecrets, ownTenantVariables, readOwnTenant } from './read-own-tenant.ts';
import { readTenants } from './read-tenants.ts';
import { missingFileFault, type SecretVariable, withSecretFiles } from './secret-files.ts';
import type { SecretSources } from './secret-text.ts';
import type { Variable } from './variables.ts';

/** The sources of the settings of tenants. */
export interface TenantSources extends SecretSources {
  readonly now: () => number;
}

/**
 * Reads the tenants alone, from the environment and the file that it names. Throws a ConfigError
 * that names every fault in them.
 */
export function loadTenants(sources: TenantSources): readonly TenantSettings[] {
  const missing: SecretVariable[] = [];
  const env = withSecretFiles(sources.env, sources.readFile, (name) => void missing.push(name));
  const environment = createEnvironment<Variable>(env);
  // The secrets of the process itself are read once, at its start.
  const own = ownTenantSecrets.filter((name) => missing.includes(name));
  for (const name of own) environment.fault(missingFileFault(name));
  const tenants = readAllTenants(environment, { ...sources, env });
  checkSecrets(environment, ownTenantSecrets);
  if (environment.issues.length > 0) throw new ConfigError(environment.issues);
  return tenants;
}

/** The same among other things: faults are noted with the environment's. */
export function readAllTenants(
  environment: Environment<Variable>,
  sources: TenantSources,
): readonly TenantSettings[] {
  const { read, fault, readOrigins } = environment;
  const origins = readOrigins('CORS_ORIGINS');
  const path = read('TENANTS_FILE');
  const isEmbedded = read('ATLAS_BASE_URL') === undefined;
  if (path === undefined || isEmbedded)
    return [readOwnTenant(environment, { isEmbedded, origins })];
  for (const name of ownTenantVariables.filter((each) => read(each) !== undefined)) {
    // Neither silently dead nor silently alive: whoever set it meant one of the two.
    fault(`${name} is set beside TENANTS_FILE: give it to a tenant there, and unset ${name}.`);
  }
  const defaults = { origins, productType: read('ATLAS_PRODUCT_TYPE') };
  return readTenants({ ...sources, path, defaults, fault });
}

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { AtlasCredentials } from '../atlas/api/tenant.ts';
import { createEnvironment } from '../config/environment.ts';
import { readAtlas } from '../config/read-atlas.ts';
import { readOwnTenant } from '../config/read-own-tenant.ts';
import { missingFileFault, type SecretVariable, withSecretFiles } from '../config/secret-files.ts';
import { type Variable, variables } from '../config/variables.ts';

/** The help text of the program. */
export const usage = `npm run contact -- [--yes] [--minutes 15] FILE_URL [FILE_URL ...]
  FILE_URL       address of a document that Atlas can fetch for at least ten minutes
  --yes          make more than ten calls without asking
  --minutes 15   how long to wait for the flow and for each batch; 0: ask once
The environment names the Atlas, as for the gateway: ATLAS_BASE_URL, ATLAS_CLIENT_ID,
ATLAS_CLIENT_SECRET, ATLAS_PRODUCT_TYPE; optionally ATLAS_ADDRESS_CLIENT_ID and _SECRET,
ATLAS_SANDBOX_BASE_URL (walks the sandbox API too), POLL_INTERVAL_MS, ATLAS_CROSS_CHECK_NAMES,
and PUBLIC_URL with HOST and PORT (receives the callback).`;

/** The settings of a walk. */
export interface ContactSettings {
  readonly baseUrl: string;
  /** The host of the sandbox API; null: it is not walked. */
  readonly sandboxBaseUrl: string | null;
  readonly credentials: AtlasCredentials;
  readonly productType: string;
  readonly fileUrls: readonly string[];
  readonly mayExceed: boolean;
  readonly waitMs: number;
  readonly pollIntervalMs: number;
  /** The address at which Atlas reaches this process; null: no callback is expected. */
  readonly publicUrl: string | null;
  readonly host: string;
  readonly port: number;
}

/**
 * Reads the arguments and the environment. Returns the settings, or the faults in them, a sentence
 * each; no fault quotes a value.
 */
export function loadContactSettings(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ContactSettings | readonly string[] {
  const missing: SecretVariable[] = [];
  const readFile = (path: string) => readFileSync(path, 'utf8');
  const withSecrets = withSecretFiles(env, readFile, (name) => void missing.push(name));
  const environment = createEnvironment<Variable>({ ...withSecrets, SANDBOX: '0' });
  const { read, readUrl, readNumber, fault, issues } = environment;
  for (const name of missing) fault(missingFileFault(name));
  const given = toArguments(args);
  const atlas = readAtlas(environment);
  const tenant = readOwnTenant(environment, { isEmbedded: false, origins: [] });
  const { productType } = tenant;
  if (atlas !== null && productType === undefined) {
    fault('ATLAS_PRODUCT_TYPE is missing: Atlas asks for it with every flow and batch.');
  }
  const minutes = /^\d{1,3}$/.test(given?.values.minutes ?? '15')
    ? Number(given?.values.minutes ?? '15')
    : Number.NaN;
  if (given === null || Number.isNaN(minutes)) fault(`The arguments are not understood.\n${usage}`);
  const fileUrls = given?.positionals ?? [];
  if (given !== null && fileUrls.length === 0) fault(`Give at least one FILE_URL.\n${usage}`);
  if (!fileUrls.every((url) => /^https?:$/.test(URL.parse(url)?.protocol ?? ''))) {
    fault('A FILE_URL is no http or https address.');
  }
  const settings = {
    baseUrl: atlas?.baseUrl ?? '',
    sandboxBaseUrl:
      read('ATLAS_SANDBOX_BASE_URL') === undefined ? null : (atlas?.sandboxBaseUrl ?? null),
    credentials: tenant.credentials,
    productType: productType ?? '',
    fileUrls,
    mayExceed: given?.values.yes ?? false,
    waitMs: minutes * 60_000,
    pollIntervalMs: readNumber(
      'POLL_INTERVAL_MS',
      Number(variables.POLL_INTERVAL_MS),
      50,
      3_600_000,
    ),
    publicUrl: readUrl('PUBLIC_URL') ?? null,
    host: read('HOST') ?? variables.HOST,
    port: readNumber('PORT', Number(variables.PORT), 0, 65_535),
  };
  return issues.length > 0 ? issues : settings;
}

function toArguments(args: readonly string[]) {
  const options = { yes: { type: 'boolean' }, minutes: { type: 'string' } } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch {
    return null;
  }
}

import { createReadSecret } from './secret-text.ts';
import type { Variable } from './variables.ts';

/** Variables that hold a secret, and may name the file it stands in: `file:/path`. */
export const secretVariables = [
  'ATLAS_CLIENT_ID',
  'ATLAS_CLIENT_SECRET',
  'ATLAS_ADDRESS_CLIENT_ID',
  'ATLAS_ADDRESS_CLIENT_SECRET',
  'GATEWAY_API_KEY',
  'CALLBACK_SECRET',
  'REDIS_URL',
  'SANDBOX_CALLBACK_TOKEN',
  'AUDIT_SECRET',
] as const satisfies readonly Variable[];
/** The name of a variable that may be read from a file. */
export type SecretVariable = (typeof secretVariables)[number];

/** The fault of a secret whose file can't be read or is empty. */
export function missingFileFault(name: SecretVariable): string {
  return `${name} names a file that can't be read, or holds nothing.`;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The environment with every secret in the place of the file it stands in, as a container's secrets
 * are mounted. `onMissing` is told of each variable whose file can't be read or is empty.
 */
export function withSecretFiles(
  env: Env,
  readFile: (path: string) => string,
  onMissing: (name: SecretVariable) => void,
): Env {
  const readSecret = createReadSecret({ env, readFile });
  const found = secretVariables.flatMap((name): [string, string | undefined][] => {
    const given = env[name]?.trim();
    if (!given?.startsWith('file:')) return [];
    const secret = readSecret(given);
    if (secret === undefined) onMissing(name);
    return [[name, secret]];
  });
  return found.length === 0 ? env : { ...env, ...Object.fromEntries(found) };
}

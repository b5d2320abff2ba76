import { plainName } from '../config/tenant-shape.ts';
import { createApiKey, hashKey } from '../identity/api-keys.ts';
import { isScope, scopes } from '../identity/scopes.ts';
import { type Command, exitCodes, type GivenArguments, UsageError } from './command.ts';

interface KeySettings {
  readonly tenant: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expires: string | undefined;
}

const text = { type: 'string' } as const;

/** Makes an API key. */
export const key: Command = {
  name: 'key',
  positionals: [],
  summary: 'Makes an API key, and the line that TENANTS_FILE is to hold of it.',
  help: `  --tenant acme                    the tenant that it belongs to
  --scopes flows:read,flows:write  its scopes: ${scopes.join(', ')}
  --name backend                   its name in logs and audits; main by default
  --expires 2027-06-30T00:00:00Z   the end of its life; none by default

The key is shown once and kept nowhere. Nothing is read from the environment.

Exit codes: 0 the key is printed, 64 wrong usage.`,
  options: { tenant: text, scopes: text, name: text, expires: text },
  async run(given, { print }) {
    const { tenant, name, scopes: granted, expires } = readSettings(given);
    const made = createApiKey();
    const kept = { name, sha256: hashKey(made), scopes: granted, ...(expires ? { expires } : {}) };
    print(`A key of ${tenant}. It is shown this once, and kept nowhere:\n`);
    print(`${made}\n`);
    print(`Put this among the keys of ${tenant} in TENANTS_FILE, and send the gateway SIGHUP:\n`);
    print(JSON.stringify(kept));
    return exitCodes.done;
  },
};

/** Returns the requested settings of the key; throws a UsageError with every fault in them. */
function readSettings({ values }: GivenArguments): KeySettings {
  const { tenant, name = 'main', expires } = values;
  const words = String(values.scopes ?? '')
    .split(',')
    .filter(Boolean);
  const faults = [
    ...(plainName.test(String(tenant ?? '')) ? [] : ['--tenant: give the id of a tenant.']),
    ...(plainName.test(String(name))
      ? []
      : ['--name: give 1 to 64 letters, digits or any of . _ -']),
    ...(words.length > 0 && words.every(isScope) ? [] : ['--scopes: give some of the scopes.']),
    ...(expires === undefined || Date.parse(String(expires)) > Date.now()
      ? []
      : ['--expires: give a date to come, such as 2027-06-30T00:00:00Z.']),
  ];
  if (faults.length > 0) throw new UsageError(faults.join('\n'));
  return {
    tenant: String(tenant),
    name: String(name),
    scopes: [...new Set(words)],
    expires: expires === undefined ? undefined : new Date(String(expires)).toISOString(),
  };
}

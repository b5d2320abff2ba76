import { parseArgs } from 'node:util';
import { plainName } from './config/tenant-shape.ts';
import { createApiKey, hashKey } from './identity/api-keys.ts';
import { isScope, scopes } from './identity/scopes.ts';

const wrongUsage = 64; // EX_USAGE of sysexits.h
const usage = `npm run key -- --tenant acme --scopes flows:read,flows:write [--name backend] [--expires 2027-06-30T00:00:00Z]
scopes: ${scopes.join(', ')}`;

interface Wanted {
  readonly tenant: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expires: string | undefined;
}

const wanted = readWanted(process.argv.slice(2));
if (typeof wanted === 'string') {
  process.stderr.write(`${wanted}\n\n${usage}\n`);
  process.exitCode = wrongUsage;
} else {
  const key = createApiKey();
  const { tenant, name, scopes: held, expires } = wanted;
  const kept = { name, sha256: hashKey(key), scopes: held, ...(expires ? { expires } : {}) };
  process.stdout.write(
    [
      `A key of ${tenant}. It is shown this once, and kept nowhere:`,
      '',
      key,
      '',
      `Put this among the keys of ${tenant} in TENANTS_FILE, and send the gateway SIGHUP:`,
      '',
      JSON.stringify(kept),
      '',
    ].join('\n'),
  );
}

/** Returns the requested key settings, or the fault in them. */
function readWanted(args: readonly string[]): Wanted | string {
  const given = toValues(args);
  if (given === null) return 'This takes --tenant, --scopes, --name and --expires, each once.';
  const { tenant, name = 'main', expires } = given;
  const words = (given.scopes ?? '').split(',').filter(Boolean);
  const faults = [
    ...(plainName.test(tenant ?? '') ? [] : ['--tenant: give the id of a tenant.']),
    ...(plainName.test(name) ? [] : ['--name: give 1 to 64 letters, digits or any of . _ -']),
    ...(words.length > 0 && words.every(isScope) ? [] : ['--scopes: give some of the scopes.']),
    ...(expires === undefined || Date.parse(expires) > Date.now()
      ? []
      : ['--expires: give a date to come, such as 2027-06-30T00:00:00Z.']),
  ];
  if (faults.length > 0 || tenant === undefined) return faults.join('\n');
  return {
    tenant,
    name,
    scopes: [...new Set(words)],
    expires: expires === undefined ? undefined : new Date(expires).toISOString(),
  };
}

function toValues(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const options = { tenant: text, scopes: text, name: text, expires: text };
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values;
  } catch {
    return null;
  }
}

import { z } from 'zod';
import { scopes } from '../identity/scopes.ts';
import type { TenantSettings } from '../identity/tenants.ts';
import { createReadSecret, type SecretSources } from './secret-text.ts';
import { createTenantShape, type GivenTenant } from './tenant-shape.ts';

/** The settings of a tenant that the file leaves out. */
export interface TenantDefaults {
  readonly origins: readonly string[];
  readonly productType: string | undefined;
}

/** The options of `readTenants`. */
export interface ReadTenantsOptions extends SecretSources {
  readonly path: string;
  readonly defaults: TenantDefaults;
  readonly now: () => number;
  /** Told of each fault, by its place in the file and never by a value. */
  readonly fault: (issue: string) => void;
}

/** How far the clock by which a moment was set may be ahead of this one. */
const clockToleranceMs = 60_000;

type Fault = (place: readonly PropertyKey[], cure: string) => void;

/** The tenants of a file; with any fault, those that have none. */
export function readTenants(options: ReadTenantsOptions): readonly TenantSettings[] {
  const { path, defaults, now } = options;
  const fault: Fault = (place, cure) =>
    options.fault(`TENANTS_FILE is faulty at ${toPlace(place)}: ${cure}.`);
  const rows = readRows(() => options.readFile(path), options.fault);
  const shape = createTenantShape(createReadSecret(options));
  const sound = rows.flatMap((row, index) => {
    const { success, data, error } = shape.safeParse(row);
    for (const { path: place, message } of error?.issues ?? []) {
      fault(['tenants', index, ...place], message);
    }
    if (success && (data.grantsNotBefore ?? 0) > now() + clockToleranceMs) {
      fault(['tenants', index, 'grantsNotBefore'], 'give a date and time that has come');
    }
    return success ? [toSettings(data, defaults, now())] : [];
  });
  // Conflicts of a row with others are reported together with the faults of the row itself.
  checkKeys(rows.map(toLoose), now(), fault);
  checkDoubles(rows.map(toLoose), fault);
  checkTokens(sound, options.fault);
  return sound;
}

/** The rows as JSON; none, with a fault, when the file has none. V8's own words would quote it. */
function readRows(read: () => string, fault: (issue: string) => void): readonly unknown[] {
  const cure = 'give a file with JSON such as {"tenants":[{"id":"acme",…}]}';
  try {
    const file = z.strictObject({ tenants: z.array(z.unknown()) }).safeParse(JSON.parse(read()));
    if (file.success) return file.data.tenants;
    fault(`TENANTS_FILE can't be used: ${cure}.`);
  } catch (error) {
    const place = / \(line \d+ column \d+\)/.exec(
      error instanceof SyntaxError ? error.message : '',
    );
    fault(`TENANTS_FILE can't be read${place?.[0] ?? ''}: ${cure}.`);
  }
  return [];
}

function toSettings(given: GivenTenant, defaults: TenantDefaults, now: number): TenantSettings {
  const { atlas, keys, grantsNotBefore, ...rest } = given;
  const { clientId, clientSecret } = atlas;
  return {
    ...rest,
    credentials: {
      clientId,
      clientSecret,
      addressClientId: atlas.addressClientId ?? clientId,
      addressClientSecret: atlas.addressClientSecret ?? clientSecret,
    },
    keys: keys.map(({ expires, ...key }) => ({ ...key, expiresAt: expires ?? null })),
    origins: given.origins ?? defaults.origins,
    productType: given.productType ?? defaults.productType,
    jwtTenants: given.jwtTenants ?? [given.id],
    // A clock that is ahead of this one must not end the grants that are issued from now on.
    ...(grantsNotBefore === undefined ? {} : { grantsNotBefore: Math.min(grantsNotBefore, now) }),
  };
}

/** A row as far as it can be understood, whatever else is wrong with it. */
const looseRow = z.object({
  id: z.string().optional().catch(undefined),
  scopes: z.array(z.unknown()).catch([...scopes]),
  jwtTenants: z.array(z.unknown()).optional().catch(undefined),
  keys: z
    .array(
      z
        .object({
          name: z.string().optional().catch(undefined),
          sha256: z.string().toLowerCase().optional().catch(undefined),
          scopes: z.array(z.unknown()).catch([]),
          expires: z.string().optional().catch(undefined),
        })
        .catch({ name: undefined, sha256: undefined, scopes: [], expires: undefined }),
    )
    .catch([]),
});
type LooseRow = z.output<typeof looseRow>;

function toLoose(row: unknown): LooseRow {
  return looseRow.catch({ id: undefined, scopes: [], jwtTenants: [], keys: [] }).parse(row);
}

function checkKeys(rows: readonly LooseRow[], now: number, fault: Fault): void {
  for (const [index, { keys, scopes: most }] of rows.entries()) {
    const live = new Map<string, number>();
    for (const [place, key] of keys.entries()) {
      const at = ['tenants', index, 'keys', place];
      if (
        key.scopes.some((scope) => scopes.some((known) => known === scope) && !most.includes(scope))
      ) {
        fault([...at, 'scopes'], 'give no scope that the tenant itself has not');
      }
      const isOver = key.expires !== undefined && Date.parse(key.expires) <= now;
      if (key.name === undefined || isOver) continue;
      const count = (live.get(key.name) ?? 0) + 1;
      live.set(key.name, count);
      if (count === 3) fault(at, 'give at most two keys of one name that have not expired');
    }
  }
}

/** The values that must be unique among all tenants. */
function checkDoubles(rows: readonly LooseRow[], fault: Fault): void {
  const seen = new Map<string, Set<unknown>>();
  const isFirst = (kind: string, value: unknown): boolean => {
    const values = seen.get(kind) ?? new Set();
    if (values.has(value)) return false;
    seen.set(kind, values.add(value));
    return true;
  };
  for (const [index, { id, keys, jwtTenants }] of rows.entries()) {
    const isOwnId = id === undefined || isFirst('id', id);
    if (!isOwnId) fault(['tenants', index, 'id'], 'give each tenant an id of its own');
    for (const [place, { sha256 }] of keys.entries()) {
      if (sha256 === undefined || isFirst('key', sha256)) continue;
      fault(['tenants', index, 'keys', place, 'sha256'], 'give each key once');
    }
    // Without a list of its own a tenant is meant by its id.
    const claims = jwtTenants ?? (isOwnId && id !== undefined ? [id] : []);
    for (const [place, claim] of claims.entries()) {
      if (isFirst('claim', claim)) continue;
      const at = jwtTenants ? ['jwtTenants', place] : ['id'];
      fault(['tenants', index, ...at], 'give each value of the tenant claim to one tenant');
    }
  }
}

function checkTokens(sound: readonly TenantSettings[], fault: (issue: string) => void): void {
  const tokens = sound.flatMap(({ sandboxCallbackToken: token }) => token ?? []);
  if (new Set(tokens).size === tokens.length) return;
  fault('TENANTS_FILE has a sandboxCallbackToken twice: give each tenant its own.');
}

function toPlace(place: readonly PropertyKey[]): string {
  return place
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
}

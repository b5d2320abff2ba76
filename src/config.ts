import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  type CrossCheckNames,
  crossCheckNames,
  defaultCrossCheckNames,
} from './atlas/cross-checks.ts';
import { createEnvironment } from './environment.ts';
import { type LogLevel, logLevels } from './log.ts';

/** Where the gateway finds Atlas; null means that it brings its own sandbox. */
export interface AtlasConfig {
  readonly baseUrl: string;
  readonly sandboxBaseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly addressClientId: string;
  readonly addressClientSecret: string;
}

/** How many subscriptions may be open at once. */
export interface SubscriptionLimits {
  readonly perSocket: number;
  readonly perCaller: number;
  readonly perProcess: number;
}

/** What an operation may be, and how often one may come. */
export interface OperationLimits {
  /** False: what would be refused is only said in the log. */
  readonly isEnforced: boolean;
  readonly depth: number;
  readonly tokens: number;
  readonly aliases: number;
  readonly directives: number;
  readonly atlasCalls: number;
  readonly requestsPerMinute: number;
}

export interface Config {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly atlas: AtlasConfig | null;
  readonly productType: string | undefined;
  readonly crossCheckNames: CrossCheckNames;
  readonly apiKey: string;
  /** How Atlas reaches the gateway; undefined: at the gateway's own address. */
  readonly publicUrl: string | undefined;
  readonly callbackSecrets: readonly [string, ...string[]];
  readonly pollIntervalMs: number;
  readonly subscriptions: SubscriptionLimits;
  readonly limits: OperationLimits;
  /** Where pages of browsers may come from, besides this gateway's own. */
  readonly corsOrigins: readonly string[];
  /** Operations that may be asked for by the SHA-256 of their text, in hex. */
  readonly persistedOperations: ReadonlyMap<string, string>;
  /** Over how long open sockets are closed when the process is told to end. */
  readonly drainMs: number;
  /** What Atlas brings along with the account's callback of the sandbox API; undefined: none. */
  readonly sandboxCallbackToken: string | undefined;
  /** Where reads of personal data are put on record, and the key of their subjects' hashes. */
  readonly audit: { readonly place: string; readonly secret: string };
  readonly logLevel: LogLevel;
  /** What is allowed and yet worth a line in the log. */
  readonly warnings: readonly string[];
}

/** All that is wrong with the environment, in one message. */
export class ConfigError extends Error {
  readonly issues: readonly string[];

  constructor(issues: readonly string[]) {
    super(
      `The configuration has ${issues.length} fault(s):\n${issues.map((issue) => `  - ${issue}`).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.issues = issues;
  }
}

/** Every variable that is read, with its default as the README's table shows it. */
export const variables = {
  HOST: '127.0.0.1',
  PORT: '4000',
  ATLAS_BASE_URL: null,
  ATLAS_SANDBOX_BASE_URL: 'ATLAS_BASE_URL',
  ATLAS_CLIENT_ID: null,
  ATLAS_CLIENT_SECRET: null,
  ATLAS_ADDRESS_CLIENT_ID: 'ATLAS_CLIENT_ID',
  ATLAS_ADDRESS_CLIENT_SECRET: 'ATLAS_CLIENT_SECRET',
  ATLAS_PRODUCT_TYPE: null,
  ATLAS_CROSS_CHECK_NAMES: null,
  GATEWAY_API_KEY: 'demo-key',
  PUBLIC_URL: null,
  CALLBACK_SECRET: null,
  POLL_INTERVAL_MS: '5000',
  MAX_SUBSCRIPTIONS_PER_SOCKET: '100',
  MAX_SUBSCRIPTIONS_PER_CALLER: '25000',
  MAX_SUBSCRIPTIONS: '50000',
  MAX_DEPTH: '12',
  MAX_TOKENS: '2000',
  MAX_ALIASES: '100',
  MAX_DIRECTIVES: '50',
  MAX_ATLAS_CALLS: '200',
  RATE_LIMIT_PER_MINUTE: '60000',
  LIMITS_MODE: 'enforce',
  CORS_ORIGINS: null,
  PERSISTED_OPERATIONS_FILE: null,
  DRAIN_MS: '5000',
  SANDBOX_CALLBACK_TOKEN: null,
  AUDIT_LOG: 'stdout',
  AUDIT_SECRET: null,
  LOG_LEVEL: 'info',
} as const satisfies Record<string, string | null>;

type Variable = keyof typeof variables;

const credentials = ['ATLAS_CLIENT_ID', 'ATLAS_CLIENT_SECRET'] as const;
const addressCredentials = ['ATLAS_ADDRESS_CLIENT_ID', 'ATLAS_ADDRESS_CLIENT_SECRET'] as const;
const limitsModes = ['enforce', 'measure'] as const;
const sandboxPollIntervalMs = 500;
const sandboxProductType = 'POC_CDL';

export interface ConfigSources {
  readonly readFile?: (path: string) => string;
}

/**
 * Reads the environment, and the files that it names; changes nothing. Throws a ConfigError that
 * names every fault and its cure.
 */
export function loadConfig(
  env: Readonly<Record<string, string | undefined>>,
  { readFile = (path) => readFileSync(path, 'utf8') }: ConfigSources = {},
): Config {
  const { issues, fault, read, readUrl, readNumber, readWord, readOrigins } =
    createEnvironment<Variable>(env);
  const warnings: string[] = [];

  function readMost(name: Extract<Variable, `${'MAX' | 'RATE'}_${string}`>, high: number) {
    return readNumber(name, Number(variables[name]), 1, high);
  }

  function readToken(name: Variable): string | undefined {
    const token = read(name);
    if (token === undefined || /^[\w.~-]{16,256}$/.test(token)) return token;
    fault(`${name} is unusable: give 16 to 256 letters, digits or any of . _ ~ -`);
    return undefined;
  }

  function readAtlas(): AtlasConfig | null {
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
    const clientId = read('ATLAS_CLIENT_ID') ?? '';
    const clientSecret = read('ATLAS_CLIENT_SECRET') ?? '';
    return {
      baseUrl: baseUrl ?? '',
      sandboxBaseUrl: sandboxBaseUrl ?? baseUrl ?? '',
      clientId,
      clientSecret,
      ...readAddressCredentials(clientId, clientSecret),
    };
  }

  function readAddressCredentials(clientId: string, clientSecret: string) {
    const [id, secret] = addressCredentials.map(read);
    if ((id === undefined) !== (secret === undefined)) {
      const missing = addressCredentials[id === undefined ? 0 : 1];
      fault(`${missing} is missing: the address service's id and secret go together.`);
    }
    return { addressClientId: id ?? clientId, addressClientSecret: secret ?? clientSecret };
  }

  function readCrossCheckNames(): CrossCheckNames {
    const text = read('ATLAS_CROSS_CHECK_NAMES');
    if (text === undefined) return defaultCrossCheckNames;
    try {
      const given = crossCheckNames.partial().safeParse(JSON.parse(text));
      if (given.success) return { ...defaultCrossCheckNames, ...withoutUndefined(given.data) };
    } catch {
      // no JSON: the same fault
    }
    fault(
      'ATLAS_CROSS_CHECK_NAMES is not understood: give JSON such as {"field":["name"],"value":[["left","right"]]}.',
    );
    return defaultCrossCheckNames;
  }

  function readSecrets(): readonly [string, ...string[]] {
    const given = read('CALLBACK_SECRET')
      ?.split(',')
      .map((secret) => secret.trim());
    const [first, ...rest] = given ?? [randomBytes(32).toString('base64url')];
    if (first && rest.length <= 1 && [first, ...rest].every((secret) => secret.length >= 16)) {
      return [first, ...rest];
    }
    fault('CALLBACK_SECRET is unusable: give one or two (comma between) of 16 characters or more.');
    return [''];
  }

  function readPersisted(): ReadonlyMap<string, string> {
    const path = read('PERSISTED_OPERATIONS_FILE');
    if (path === undefined) return new Map();
    try {
      const operations = Object.entries(JSON.parse(readFile(path)));
      const sound = operations.filter(isPersisted);
      if (sound.length === operations.length) return new Map(sound);
    } catch {
      // not to be read, or no JSON: the same fault
    }
    fault(
      'PERSISTED_OPERATIONS_FILE can\'t be used: give a file with JSON such as {"<sha256 in hex>":"query …"}.',
    );
    return new Map();
  }

  const atlas = readAtlas();
  const defaultIntervalMs = atlas ? Number(variables.POLL_INTERVAL_MS) : sandboxPollIntervalMs;
  const config: Config = {
    host: read('HOST') ?? variables.HOST,
    port: readNumber('PORT', Number(variables.PORT), 0, 65_535),
    atlas,
    productType: read('ATLAS_PRODUCT_TYPE') ?? (atlas ? undefined : sandboxProductType),
    crossCheckNames: readCrossCheckNames(),
    apiKey: read('GATEWAY_API_KEY') ?? variables.GATEWAY_API_KEY,
    publicUrl: readUrl('PUBLIC_URL'),
    callbackSecrets: readSecrets(),
    subscriptions: {
      perSocket: readMost('MAX_SUBSCRIPTIONS_PER_SOCKET', 10_000),
      perCaller: readMost('MAX_SUBSCRIPTIONS_PER_CALLER', 1_000_000),
      perProcess: readMost('MAX_SUBSCRIPTIONS', 1_000_000),
    },
    drainMs: readNumber('DRAIN_MS', Number(variables.DRAIN_MS), 0, 600_000),
    sandboxCallbackToken: readToken('SANDBOX_CALLBACK_TOKEN'),
    audit: {
      place: read('AUDIT_LOG') ?? variables.AUDIT_LOG,
      secret: readToken('AUDIT_SECRET') ?? randomBytes(32).toString('base64url'),
    },
    pollIntervalMs: readNumber('POLL_INTERVAL_MS', defaultIntervalMs, 50, 3_600_000),
    limits: {
      isEnforced: readWord('LIMITS_MODE', limitsModes, variables.LIMITS_MODE) === 'enforce',
      depth: readMost('MAX_DEPTH', 1_000),
      tokens: readMost('MAX_TOKENS', 100_000),
      aliases: readMost('MAX_ALIASES', 100_000),
      directives: readMost('MAX_DIRECTIVES', 100_000),
      atlasCalls: readMost('MAX_ATLAS_CALLS', 1_000_000),
      requestsPerMinute: readMost('RATE_LIMIT_PER_MINUTE', 100_000_000),
    },
    corsOrigins: readOrigins('CORS_ORIGINS'),
    persistedOperations: readPersisted(),
    logLevel: readWord('LOG_LEVEL', logLevels, variables.LOG_LEVEL),
    warnings,
  };
  for (const name of ['GATEWAY_API_KEY', ...credentials, ...addressCredentials] as const) {
    if (/^[\x21-\x7e]*$/.test(read(name) ?? '')) continue;
    fault(`${name} can't be sent in a header: give ASCII letters, digits or signs, no blank.`);
  }
  if (!/^[\w.:-]+$/.test(config.host)) {
    fault('HOST is no host: give a name or an IP address, without scheme, port or brackets.');
  }
  const isGiven = read('POLL_INTERVAL_MS') !== undefined;
  if (isGiven && config.pollIntervalMs < Number(variables.POLL_INTERVAL_MS)) {
    warnings.push('POLL_INTERVAL_MS is below 5000, the least that Atlas asks for.');
  }
  if (issues.length > 0) throw new ConfigError(issues);
  return config;
}

function isPersisted(entry: [string, unknown]): entry is [string, string] {
  const [hash, query] = entry;
  return typeof query === 'string' && createHash('sha256').update(query).digest('hex') === hash;
}

function withoutUndefined<Members extends object>(
  members: Members,
): { [Name in keyof Members]?: Exclude<Members[Name], undefined> } {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  // Only the undefined ones are gone; the names and the rest of the types are as they were.
  return Object.fromEntries(entries) as {
    [Name in keyof Members]?: Exclude<Members[Name], undefined>;
  };
}

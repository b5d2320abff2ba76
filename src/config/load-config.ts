import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { logLevels } from '../logging/log.ts';
import { checkSecrets } from './check-secrets.ts';
import type { Config } from './config.ts';
import { ConfigError } from './config-error.ts';
import { createEnvironment, type Environment } from './environment.ts';
import { readAllTenants } from './load-tenants.ts';
import { readAtlas } from './read-atlas.ts';
import { readCrossCheckNames } from './read-cross-check-names.ts';
import { readJwt } from './read-jwt.ts';
import { readOperationLimits, readSubscriptionLimits, readTrustedProxies } from './read-limits.ts';
import { readPersisted } from './read-persisted.ts';
import { readRedisUrl } from './read-redis-url.ts';
import {
  missingFileFault,
  type SecretVariable,
  secretVariables,
  withSecretFiles,
} from './secret-files.ts';
import { type Variable, variables } from './variables.ts';

const sandboxPollIntervalMs = 500;
/** The embedded sandbox forgets its flows when it ends, so the gateway does too. */
const inMemory = ':memory:';

/** The sources of the configuration. */
export interface ConfigSources {
  readonly readFile?: (path: string) => string;
  readonly now?: () => number;
}

/**
 * Reads the environment, and the files that it names; changes nothing. Throws a ConfigError that
 * names every fault and its cure.
 */
export function loadConfig(
  given: Readonly<Record<string, string | undefined>>,
  { readFile = (path) => readFileSync(path, 'utf8'), now = Date.now }: ConfigSources = {},
): Config {
  const missing: SecretVariable[] = [];
  const env = withSecretFiles(given, readFile, (name) => void missing.push(name));
  const environment = createEnvironment<Variable>(env);
  for (const name of missing) environment.fault(missingFileFault(name));
  const { issues, read, readUrl, readNumber, readToken } = environment;
  const warnings: string[] = [];
  const atlas = readAtlas(environment);
  const defaultIntervalMs = atlas ? Number(variables.POLL_INTERVAL_MS) : sandboxPollIntervalMs;
  const jwt = readJwt(environment);
  const tenants = readAllTenants(environment, { env, readFile, now });
  checkEntrance(environment, { tenants, jwt }, now());
  const config: Config = {
    host: readHost(environment),
    port: readNumber('PORT', Number(variables.PORT), 0, 65_535),
    atlas,
    tenants,
    jwt,
    shownApiKey: atlas ? null : (read('GATEWAY_API_KEY') ?? variables.GATEWAY_API_KEY),
    crossCheckNames: readCrossCheckNames(environment),
    publicUrl: readUrl('PUBLIC_URL'),
    callbackSecrets: readCallbackSecrets(environment),
    store: {
      directory: read('DATA_DIR') ?? (atlas ? variables.DATA_DIR : inMemory),
      retentionDays: readNumber('RETENTION_DAYS', Number(variables.RETENTION_DAYS), 1, 3_650),
      eventRetentionDays: readNumber(
        'EVENT_RETENTION_DAYS',
        Number(variables.EVENT_RETENTION_DAYS),
        1,
        3_650,
      ),
    },
    redisUrl: readRedisUrl(environment),
    workers: readNumber('WORKERS', Number(variables.WORKERS), 1, 64),
    subscriptions: readSubscriptionLimits(environment),
    trustedProxies: readTrustedProxies(environment),
    shutdownGraceMs: readNumber(
      'SHUTDOWN_GRACE_MS',
      Number(variables.SHUTDOWN_GRACE_MS),
      0,
      600_000,
    ),
    drainMs: readNumber('DRAIN_MS', Number(variables.DRAIN_MS), 0, 600_000),
    piiCacheMs:
      1000 * readNumber('PII_CACHE_SECONDS', Number(variables.PII_CACHE_SECONDS), 0, 3600),
    audit: {
      place: read('AUDIT_LOG') ?? variables.AUDIT_LOG,
      secret: readToken('AUDIT_SECRET') ?? randomBytes(32).toString('base64url'),
    },
    operationTimeoutMs: readNumber(
      'OPERATION_TIMEOUT_MS',
      Number(variables.OPERATION_TIMEOUT_MS),
      500,
      600_000,
    ),
    atlasConcurrency: readNumber(
      'ATLAS_CONCURRENCY',
      Number(variables.ATLAS_CONCURRENCY),
      1,
      10_000,
    ),
    atlasPipelining: readNumber('ATLAS_PIPELINING', Number(variables.ATLAS_PIPELINING), 1, 100),
    sandboxStageMs: readNumber('SANDBOX_STAGE_MS', Number(variables.SANDBOX_STAGE_MS), 10, 600_000),
    pollIntervalMs: readNumber('POLL_INTERVAL_MS', defaultIntervalMs, 50, 3_600_000),
    limits: readOperationLimits(environment),
    persistedOperations: readPersisted(environment, readFile),
    metricsPort: readMetricsPort(environment),
    otlpEndpoint: readUrl('OTEL_EXPORTER_OTLP_ENDPOINT'),
    logLevel: environment.readWord('LOG_LEVEL', logLevels, variables.LOG_LEVEL),
    warnings,
  };
  if (config.workers > 1 && atlas === null) {
    environment.fault('WORKERS needs ATLAS_BASE_URL: the embedded sandbox is one process.');
  }
  checkSecrets(environment, secretVariables);
  const isGiven = read('POLL_INTERVAL_MS') !== undefined;
  if (isGiven && config.pollIntervalMs < Number(variables.POLL_INTERVAL_MS)) {
    warnings.push('POLL_INTERVAL_MS is below 5000, the least that Atlas asks for.');
  }
  if (issues.length > 0) throw new ConfigError(issues);
  return config;
}

/** A gateway that could recognise nobody is not started. */
function checkEntrance(
  { read, fault, issues }: Environment<Variable>,
  { tenants, jwt }: Pick<Config, 'tenants' | 'jwt'>,
  now: number,
): void {
  const canEnter = tenants.some(
    ({ keys, jwtTenants }) =>
      keys.some(({ expiresAt }) => expiresAt === null || now < expiresAt) ||
      (jwt !== null && jwtTenants.length > 0),
  );
  const isFile = read('TENANTS_FILE') !== undefined;
  if (canEnter) return;
  if (!isFile) {
    fault('GATEWAY_API_KEY is missing: give it, or TENANTS_FILE with keys, or JWT_JWKS_URL.');
  } else if (!issues.some((issue) => issue.startsWith('TENANTS_FILE'))) {
    fault(
      'TENANTS_FILE lets nobody in: give a tenant a key that has not expired, or JWT_JWKS_URL.',
    );
  }
}

/** A port of its own: what is measured is not for the callers of the graph. */
function readMetricsPort({ read, readNumber, fault }: Environment<Variable>): number | null {
  const given = read('METRICS_PORT');
  if (given === undefined) return null;
  if (given !== '0' && given === (read('PORT') ?? variables.PORT)) {
    fault('METRICS_PORT is the same as PORT: give it one of its own.');
  }
  return readNumber('METRICS_PORT', 0, 0, 65_535);
}

function readHost({ read, fault }: Environment<Variable>): string {
  const host = read('HOST') ?? variables.HOST;
  if (!/^[\w.:-]+$/.test(host)) {
    fault('HOST is no host: give a name or an IP address, without scheme, port or brackets.');
  }
  return host;
}

function readCallbackSecrets({ read, fault }: Environment<Variable>): Config['callbackSecrets'] {
  const given = read('CALLBACK_SECRET')
    ?.split(',')
    .map((secret) => secret.trim());
  if (given === undefined) return undefined;
  const [first, ...rest] = given;
  if (first && rest.length <= 1 && [first, ...rest].every((secret) => secret.length >= 16)) {
    return [first, ...rest];
  }
  fault('CALLBACK_SECRET is unusable: give one or two (comma between) of 16 characters or more.');
  return [''];
}

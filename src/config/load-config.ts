import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { logLevels } from '../log.ts';
import type { Config } from './config.ts';
import { ConfigError } from './config-error.ts';
import { createEnvironment, type Environment } from './environment.ts';
import { readAtlas } from './read-atlas.ts';
import { readCrossCheckNames } from './read-cross-check-names.ts';
import { readOperationLimits, readSubscriptionLimits } from './read-limits.ts';
import { readPersisted } from './read-persisted.ts';
import { type Variable, variables } from './variables.ts';

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
  const environment = createEnvironment<Variable>(env);
  const { issues, read, readUrl, readNumber, readToken } = environment;
  const warnings: string[] = [];
  const atlas = readAtlas(environment);
  const defaultIntervalMs = atlas ? Number(variables.POLL_INTERVAL_MS) : sandboxPollIntervalMs;
  const config: Config = {
    host: readHost(environment),
    port: readNumber('PORT', Number(variables.PORT), 0, 65_535),
    atlas,
    productType: read('ATLAS_PRODUCT_TYPE') ?? (atlas ? undefined : sandboxProductType),
    crossCheckNames: readCrossCheckNames(environment),
    apiKey: read('GATEWAY_API_KEY') ?? variables.GATEWAY_API_KEY,
    publicUrl: readUrl('PUBLIC_URL'),
    callbackSecrets: readCallbackSecrets(environment),
    subscriptions: readSubscriptionLimits(environment),
    drainMs: readNumber('DRAIN_MS', Number(variables.DRAIN_MS), 0, 600_000),
    sandboxCallbackToken: readToken('SANDBOX_CALLBACK_TOKEN'),
    piiCacheMs:
      1000 * readNumber('PII_CACHE_SECONDS', Number(variables.PII_CACHE_SECONDS), 0, 3600),
    audit: {
      place: read('AUDIT_LOG') ?? variables.AUDIT_LOG,
      secret: readToken('AUDIT_SECRET') ?? randomBytes(32).toString('base64url'),
    },
    pollIntervalMs: readNumber('POLL_INTERVAL_MS', defaultIntervalMs, 50, 3_600_000),
    limits: readOperationLimits(environment),
    corsOrigins: environment.readOrigins('CORS_ORIGINS'),
    persistedOperations: readPersisted(environment, readFile),
    logLevel: environment.readWord('LOG_LEVEL', logLevels, variables.LOG_LEVEL),
    warnings,
  };
  const isGiven = read('POLL_INTERVAL_MS') !== undefined;
  if (isGiven && config.pollIntervalMs < Number(variables.POLL_INTERVAL_MS)) {
    warnings.push('POLL_INTERVAL_MS is below 5000, the least that Atlas asks for.');
  }
  if (issues.length > 0) throw new ConfigError(issues);
  return config;
}

function readHost({ read, fault }: Environment<Variable>): string {
  const host = read('HOST') ?? variables.HOST;
  if (!/^[\w.:-]+$/.test(host)) {
    fault('HOST is no host: give a name or an IP address, without scheme, port or brackets.');
  }
  return host;
}

function readCallbackSecrets({
  read,
  fault,
}: Environment<Variable>): readonly [string, ...string[]] {
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

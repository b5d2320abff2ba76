import type { CrossCheckNames } from '../atlas/cross-checks.ts';
import type { LogLevel } from '../log.ts';

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
  /** How long anything personal is kept in memory, in milliseconds; 0: no longer than it takes. */
  readonly piiCacheMs: number;
  /** Where reads of personal data are put on record, and the key of their subjects' hashes. */
  readonly audit: { readonly place: string; readonly secret: string };
  readonly logLevel: LogLevel;
  /** What is allowed and yet worth a line in the log. */
  readonly warnings: readonly string[];
}

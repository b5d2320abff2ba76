import type { CrossCheckNames } from '../atlas/answers/cross-checks.ts';
import type { JwtTrust } from '../identity/jwt.ts';
import type { TenantSettings } from '../identity/tenants.ts';
import type { LogLevel } from '../logging/log.ts';

/** Where the gateway finds Atlas; null means that it brings its own sandbox. */
export interface AtlasConfig {
  readonly baseUrl: string;
  readonly sandboxBaseUrl: string;
}

/** How many subscriptions may be open at once; of a caller, where its tenant says nothing else. */
export interface SubscriptionLimits {
  readonly perSocket: number;
  readonly perCaller: number;
  readonly perProcess: number;
  /** Sockets whose caller is not known yet. */
  readonly pendingSockets: number;
}

/** The limits on the size of an operation and on the rate of requests. */
export interface OperationLimits {
  /** False: what would be refused is only said in the log. */
  readonly isEnforced: boolean;
  readonly depth: number;
  readonly tokens: number;
  readonly aliases: number;
  readonly directives: number;
  /** Planned values of an answer. */
  readonly values: number;
  /** Bytes of an answer's data; holds whatever `isEnforced` says. */
  readonly answerBytes: number;
  /** This and the next, where a caller's tenant says nothing else. */
  readonly atlasCalls: number;
  readonly requestsPerMinute: number;
  /** Of all callers of the process together. */
  readonly requestsPerMinuteOfAll: number;
}

/** The whole configuration of a process, validated. */
export interface Config {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly atlas: AtlasConfig | null;
  /** The tenants that are served: those of TENANTS_FILE, or the one that the environment describes. */
  readonly tenants: readonly TenantSettings[];
  /** Whose JWTs are taken; null: nobody's. */
  readonly jwt: JwtTrust | null;
  /** The key to show to whoever tries the embedded sandbox; null before any other Atlas. */
  readonly shownApiKey: string | null;
  readonly crossCheckNames: CrossCheckNames;
  /** How Atlas reaches the gateway; undefined: at the gateway's own address. */
  readonly publicUrl: string | undefined;
  /** The newest first; undefined: one that the store makes and keeps. */
  readonly callbackSecrets: readonly [string, ...string[]] | undefined;
  /** Where what outlives the process is kept (`:memory:`: nowhere), and for how long. */
  readonly store: {
    readonly directory: string;
    readonly retentionDays: number;
    /** How long events of the log are kept. */
    readonly eventRetentionDays: number;
  };
  /** How long one operation waits for Atlas, over all its calls. */
  readonly operationTimeoutMs: number;
  /** The most calls under way to one origin of Atlas. */
  readonly atlasConcurrency: number;
  /** How many reads follow each other on one socket to Atlas before the first is answered. */
  readonly atlasPipelining: number;
  /** The Redis by which many processes are one; undefined: this one is alone. Holds a password. */
  readonly redisUrl: string | undefined;
  /** How many processes of this machine are this gateway. */
  readonly workers: number;
  /** The duration of one stage of a flow in the embedded sandbox, in milliseconds. */
  readonly sandboxStageMs: number;
  readonly pollIntervalMs: number;
  readonly subscriptions: SubscriptionLimits;
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  readonly limits: OperationLimits;
  /** Operations that may be asked for by the SHA-256 of their text, in hex. */
  readonly persistedOperations: ReadonlyMap<string, string>;
  /** How long the process serves on once it is told to end, not ready any more. */
  readonly shutdownGraceMs: number;
  /** The period over which open sockets are closed after a signal to end, in milliseconds. */
  readonly drainMs: number;
  /** How long anything personal is kept in memory, in milliseconds; 0: no longer than it takes. */
  readonly piiCacheMs: number;
  /** Where reads of personal data are put on record, and the key of their subjects' hashes. */
  readonly audit: { readonly place: string; readonly secret: string };
  /** Where metrics can be read, on `host`; 0: any free port; null: nowhere. */
  readonly metricsPort: number | null;
  /** The base URL of what collects traces, by OTLP over HTTP; undefined: none are made. */
  readonly otlpEndpoint: string | undefined;
  readonly logLevel: LogLevel;
  /** Warnings for the log about settings that are permitted but risky. */
  readonly warnings: readonly string[];
}

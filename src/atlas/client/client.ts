import { createTurns, type Turns } from '../../turns.ts';
import { mayCall } from '../api/call-meter.ts';
import {
  type EndpointAnswer,
  type EndpointInput,
  type EndpointName,
  endpointRow,
  type Service,
} from '../api/endpoints.ts';
import { AtlasError } from '../api/errors.ts';
import type { Tenant } from '../api/tenant.ts';
import { createDeadlines, type Deadline, type StartDeadline } from '../deadline/deadline.ts';
import { type After, systemAfter, systemMonotonicMs } from '../deadline/timer.ts';
import { createCircuits, type ServiceHealth } from '../resilience/circuits.ts';
import type { AtlasObserver } from '../resilience/observer.ts';
import { createRetryBudget } from '../resilience/retry-budget.ts';
import type { Priority } from '../transport/concurrency-limiter.ts';
import type { Transport } from '../transport/transport.ts';
import { createUpstreamHosts } from '../transport/upstream-hosts.ts';
import { createBeginAttempt } from './attempt.ts';
import { type CallTerms, ClientCall, type SendRequest } from './client-call.ts';
import { createCredentialsProviders } from './credentials-provider.ts';
import { createInFlightReads } from './in-flight-reads.ts';
import { createRetryLoop } from './retry-loop.ts';
import { createTokenExchange } from './token-exchange.ts';
import { createTokens, type ShareToken } from './tokens.ts';

/** The options of one call. */
export interface CallOptions extends CallTerms {
  /**
   * Sends a request even if an identical read is in flight, since that one may have left before a
   * change.
   */
  readonly isFresh?: boolean;
  /** The deadline of the caller for all its calls; by default one for this call alone. */
  readonly deadline?: Deadline | undefined;
}

/** The options of `createAtlasClient`. */
export interface AtlasClientOptions extends AtlasObserver {
  /** The base URL of each service, with or without a path (CONTRACT 1). */
  readonly baseUrls: Readonly<Record<Service, string>>;
  readonly openTransport: (origin: string) => Transport;
  /** The maximum number of concurrent calls to one host; 256 by default. */
  readonly concurrency?: number;
  /** Begins the deadline of a call without one; 15 seconds by default. */
  readonly startDeadline?: StartDeadline;
  /** A monotonic clock, in milliseconds, which measures all durations; that of the process by default. */
  readonly now?: () => number;
  /** The wall clock, in milliseconds since the epoch: for dates that Atlas sends, and for `health`. */
  readonly wallNow?: () => number;
  readonly after?: After;
  readonly random?: () => number;
  /** The turns of the event loop over which long work is divided; by default turns of its own. */
  readonly turns?: Turns;
  /** Shares tokens between processes; by default each process fetches its own. */
  readonly shareToken?: ShareToken;
}

/** The client of the Atlas API. */
export interface AtlasClient {
  /**
   * Makes one call of the endpoint table for a tenant. Returns the validated answer with every
   * Aadhaar number masked; null for a status that the table marks as absence. Rejects with an
   * `AtlasError` and nothing else.
   */
  call<Name extends EndpointName>(
    tenant: Tenant,
    name: Name,
    input: EndpointInput<Name>,
    options?: CallOptions,
  ): Promise<EndpointAnswer<Name> | null>;
  /** True once Atlas has sent any response, whatever its status. */
  hasAnswered(): boolean;
  /**
   * Requests a token once to test whether Atlas can be reached; a refusal counts as a response too.
   * A failure opens no circuit breaker; a success closes the one of the tenant's tokens.
   */
  probe(tenant: Tenant): Promise<boolean>;
  /**
   * Drops the tokens, circuit breakers and reads of a tenant whose credentials changed or that was
   * removed, so that an open circuit of the old credentials does not affect the new ones.
   */
  forget(tenant: Tenant): void;
  /** The health of each service as the tenant's calls found it. */
  health(tenant: Tenant): ServiceHealth[];
  /** True if the circuit breaker of this kind of call is closed. */
  isWell(tenant: Tenant, endpoint: EndpointName): boolean;
  /** The number of calls that wait for a permit, by priority. */
  countWaiting(): Record<Priority, number>;
  close(): Promise<void>;
}

const defaultTimeoutMs = 15_000;
const defaultConcurrency = 256;

/**
 * Creates the client of the Atlas API: addresses, credentials, tokens, deadlines, retries,
 * validation and classified failures.
 */
export function createAtlasClient(options: AtlasClientOptions): AtlasClient {
  const {
    now = systemMonotonicMs,
    wallNow = Date.now,
    after = systemAfter,
    random = Math.random,
    turns = createTurns(),
  } = options;
  const {
    startDeadline = createDeadlines({ timeoutMs: defaultTimeoutMs, now, after }),
    concurrency = defaultConcurrency,
  } = options;
  const observer: AtlasObserver = options;
  const inFlight = createInFlightReads(now);
  const origins = createUpstreamHosts({ ...options, concurrency });
  const circuits = createCircuits({ now, wallNow, onChange: options.onCircuitChange });
  let hasAnswer = false;
  const onAnswer = () => {
    hasAnswer = true;
  };
  const attemptOptions = {
    origins,
    circuits,
    observer,
    startDeadline,
    now,
    wallNow,
    after,
    turns,
    onAnswer,
  };
  const beginAttempt = createBeginAttempt(attemptOptions);
  const budget = createRetryBudget(now);
  const attempt = createRetryLoop({ beginAttempt, budget, origins, observer, after, random });
  const exchange = createTokenExchange({ attempt, startDeadline, observer });
  const tokens = createTokens({
    share: options.shareToken,
    now,
    random,
    exchange: (tenant, family, ids) => exchange(tenant, family, { ids }),
  });
  const credentialsProviders = createCredentialsProviders(tokens);
  // Covers the token, the request and its retries.
  const send: SendRequest = (request) =>
    attempt(request, credentialsProviders[endpointRow(request.name).service]);

  /**
   * Sends a write. A write is never coalesced, and reads that began before it are not shared with
   * later callers.
   */
  async function write<Name extends EndpointName>(
    tenant: Tenant,
    name: Name,
    input: EndpointInput<Name>,
    options: CallOptions,
  ): Promise<EndpointAnswer<Name> | null> {
    const { meter, deadline = startDeadline() } = options;
    if (!mayCall(meter)) throw new AtlasError({ endpoint: name, failure: 'too-many-calls' });
    if (meter) meter.calls += 1;
    inFlight.invalidate(tenant);
    try {
      return await send(new ClientCall(send, tenant, name, input, deadline, options));
    } finally {
      inFlight.invalidate(tenant);
    }
  }

  /**
   * Uses an exchange of its own, because other calls that waited for it would fail with its only
   * attempt. A token that other processes hold is used, because a new one might invalidate theirs.
   */
  async function check(tenant: Tenant): Promise<void> {
    const family = 'verification';
    if (tokens.cached(tenant, family) !== undefined) return;
    const fetchToken = () => exchange(tenant, family, { isCheck: true });
    const { shareToken } = options;
    await (shareToken
      ? shareToken({ tenant, family, currentValue: undefined }, fetchToken)
      : fetchToken());
  }

  return {
    call(tenant, name, input, options = {}) {
      if (!endpointRow(name).isRepeatable) return write(tenant, name, input, options);
      const { meter, isFresh, deadline = startDeadline() } = options;
      if (!mayCall(meter)) {
        return Promise.reject(new AtlasError({ endpoint: name, failure: 'too-many-calls' }));
      }
      const read = new ClientCall(send, tenant, name, input, deadline, options);
      if (isFresh) inFlight.forget(tenant, read.key);
      const answer = inFlight.coalesce(read, deadline);
      if (meter) meter[read.isStarted ? 'calls' : 'coalesced'] += 1;
      return answer;
    },
    hasAnswered: () => hasAnswer,
    probe: (tenant) =>
      check(tenant).then(
        () => true,
        () => hasAnswer,
      ),
    forget(tenant) {
      tokens.forget(tenant);
      circuits.forget(tenant);
      budget.forget(tenant);
      inFlight.invalidate(tenant);
      origins.forget(tenant.id);
    },
    health: circuits.health,
    isWell: (tenant, endpoint) => circuits.of(tenant, endpoint).breaker.state() === 'CLOSED',
    countWaiting: origins.countWaiting,
    close: origins.close,
  };
}

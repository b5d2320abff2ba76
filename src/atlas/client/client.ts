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

export interface CallOptions extends CallTerms {
  /** Asks anew even if the same read is under way: for news that this read may not have seen. */
  readonly isFresh?: boolean;
  /** How long the caller waits, over all its calls; a deadline for this one alone unless given. */
  readonly deadline?: Deadline | undefined;
}

export interface AtlasClientOptions extends AtlasObserver {
  /** Where each service lives (CONTRACT 1): a base URL, with or without a path. */
  readonly baseUrls: Readonly<Record<Service, string>>;
  readonly openTransport: (origin: string) => Transport;
  /** The most calls under way to one origin; 256 unless given. */
  readonly concurrency?: number;
  /** Begins the deadline of a call that came with none; 15 seconds unless given. */
  readonly startDeadline?: StartDeadline;
  /** A monotonic clock, in milliseconds, which measures all durations; that of the process by default. */
  readonly now?: () => number;
  /** The wall clock, in milliseconds since the epoch: for dates that Atlas sends, and for `health`. */
  readonly wallNow?: () => number;
  readonly after?: After;
  readonly random?: () => number;
  /** What long work is divided over; turns of its own unless given. */
  readonly turns?: Turns;
  /** Where many processes use one token. */
  readonly shareToken?: ShareToken;
}

export interface AtlasClient {
  /**
   * Makes one call of the endpoint table for a tenant and answers what Atlas said, validated and
   * with every Aadhaar number masked; null where the table says that a status means absence.
   * Rejects with an `AtlasError` and nothing else.
   */
  call<Name extends EndpointName>(
    tenant: Tenant,
    name: Name,
    input: EndpointInput<Name>,
    options?: CallOptions,
  ): Promise<EndpointAnswer<Name> | null>;
  /** Whether Atlas has answered anything at all, well or badly, since the start. */
  hasAnswered(): boolean;
  /**
   * Requests a token once, to see whether Atlas is there; a refusal counts as an answer too. It opens
   * no breaker and lengthens none; an answer closes the one of the tenant's tokens.
   */
  probe(tenant: Tenant): Promise<boolean>;
  /**
   * Forgets all that was got, or found out, by a tenant's credentials: they have changed, or it is
   * gone. What they were shut off for must not keep the new ones out.
   */
  forget(tenant: Tenant): void;
  /** What the tenant's calls found each service to be. */
  health(tenant: Tenant): ServiceHealth[];
  /** Whether nothing keeps the tenant's calls of an endpoint's kind from Atlas. */
  isWell(tenant: Tenant, endpoint: EndpointName): boolean;
  /** How many calls wait for a place, by lane. */
  countWaiting(): Record<Priority, number>;
  close(): Promise<void>;
}

const defaultTimeoutMs = 15_000;
const defaultConcurrency = 256;

/** The one way to Atlas: addresses, credentials, tokens, deadline, validation, named failures. */
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
  // With all it needs: token, request, and whatever tries follow.
  const send: SendRequest = (request) =>
    attempt(request, credentialsProviders[endpointRow(request.name).service]);

  /** Not shared, and nothing that was asked before it is shared with who comes after it. */
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
   * By an exchange of its own, for calls that waited for the same one would fail with its only try. A
   * token that other processes have is no reason for another, which might end theirs.
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

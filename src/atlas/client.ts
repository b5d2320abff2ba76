import { createAttempts } from './attempts.ts';
import type { CallMeter } from './call-meter.ts';
import { createCircuits, type ServiceHealth } from './circuits.ts';
import { createDeadlines, type Deadline, type StartDeadline, waitUnder } from './deadline.ts';
import {
  type EndpointAnswer,
  type EndpointInput,
  type EndpointName,
  endpointRow,
  type Service,
  type TokenFamily,
  tokenEndpoints,
} from './endpoints.ts';
import { createInFlight } from './in-flight.ts';
import type { Lane } from './lanes.ts';
import type { AtlasObserver } from './observer.ts';
import { createOrigins } from './origins.ts';
import { createRetryBudget } from './retry-budget.ts';
import type { Tenant } from './tenant.ts';
import { type After, systemAfter } from './timer.ts';
import { createTokenExchange } from './token-exchange.ts';
import { createTokens, type ShareToken } from './tokens.ts';
import type { Transport } from './transport.ts';
import { createTries, type Question } from './tries.ts';

export interface CallOptions {
  readonly meter?: CallMeter | undefined;
  /** Asks anew even if the same read is under way: for news that this read may not have seen. */
  readonly isFresh?: boolean;
  /** How long the caller waits, over all its calls; a deadline for this one alone unless given. */
  readonly deadline?: Deadline | undefined;
  /** Which lane the call takes where calls wait; `interactive` unless given. */
  readonly lane?: Lane | undefined;
}

export interface AtlasClientOptions extends AtlasObserver {
  /** Where each service lives (CONTRACT 1): a base URL, with or without a path. */
  readonly baseUrls: Readonly<Record<Service, string>>;
  readonly openTransport: (origin: string) => Transport;
  /** The most calls under way to one origin; 256 unless given. */
  readonly concurrency?: number;
  /** Begins the deadline of a call that came with none; 15 seconds unless given. */
  readonly startDeadline?: StartDeadline;
  readonly now?: () => number;
  readonly after?: After;
  readonly random?: () => number;
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
  /** Asks for a token, to see whether Atlas is there; a refusal counts as an answer too. */
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
  countWaiting(): Record<Lane, number>;
  close(): Promise<void>;
}

const defaultTimeoutMs = 15_000;
const defaultConcurrency = 256;
/** What an operation asks beyond so many calls is work in bulk. */
const mostInteractiveCalls = 25;

/** The one way to Atlas: addresses, credentials, tokens, deadline, validation, named failures. */
export function createAtlasClient(options: AtlasClientOptions): AtlasClient {
  const { now = Date.now, after = systemAfter, random = Math.random } = options;
  const {
    startDeadline = createDeadlines({ timeoutMs: defaultTimeoutMs, now, after }),
    concurrency = defaultConcurrency,
  } = options;
  const observer: AtlasObserver = options;
  const inFlight = createInFlight(now);
  const origins = createOrigins({ ...options, concurrency });
  const circuits = createCircuits({ now, onChange: options.onCircuitChange });
  let answered = false;
  const onAnswer = () => {
    answered = true;
  };
  const trying = { origins, circuits, observer, startDeadline, now, after, onAnswer };
  const tryOnce = createTries(trying);
  const budget = createRetryBudget(now);
  const attempt = createAttempts({ tryOnce, budget, origins, observer, after, random });
  const exchange = createTokenExchange({ attempt, startDeadline, observer });
  const tokens = createTokens({
    share: options.shareToken,
    now,
    random,
    exchange: (tenant, family) => exchange(tenant, family),
  });

  /** One call with all it needs: token, request, and whatever tries follow. */
  function ask<Name extends EndpointName>(
    question: Question<Name>,
    meter?: CallMeter,
  ): Promise<EndpointAnswer<Name> | null> {
    const { service } = endpointRow(question.name);
    const onRepeat = () => {
      if (meter) meter.calls += 1;
    };
    if (service === 'address') {
      const { addressClientId, addressClientSecret } = question.tenant.credentials;
      const credentials = { client_id: addressClientId, client_secret: addressClientSecret };
      const onUnauthorized = () => false;
      return attempt(question, { credentials: () => credentials, onUnauthorized, onRepeat });
    }
    return attempt(question, { ...toTokenMeans(question, service), onRepeat });
  }

  function toTokenMeans<Name extends EndpointName>(
    { tenant, name, deadline }: Question<Name>,
    family: TokenFamily,
  ) {
    let refusals = 0;
    return {
      credentials() {
        const held = tokens.held(tenant, family);
        if (held !== undefined) return { Token: held };
        const fetched = tokens.get(tenant, family);
        return waitUnder(name, deadline, fetched).then((token) => ({ Token: token }));
      },
      // One try more with another token; when that is refused too, the refusal stands.
      onUnauthorized({ Token: refused }: Readonly<Record<string, string>>) {
        if (refused !== undefined) tokens.refuse(tenant, family, refused);
        refusals += 1;
        return refusals === 1;
      },
    };
  }

  /** The ordinary way, for its token serves the first call; past an open circuit, one at a time. */
  async function askForToken(tenant: Tenant): Promise<void> {
    const endpoint = tokenEndpoints.verification;
    if (circuits.of(tenant, endpoint).breaker.waitMs() === 0) {
      await tokens.get(tenant, 'verification');
      return;
    }
    const start = () => exchange(tenant, 'verification', { isForced: true });
    const deadline = startDeadline();
    await inFlight.share({ tenant, endpoint, key: 'probe', deadline, start });
  }

  return {
    async call(tenant, name, input, { meter, isFresh = false, ...given } = {}) {
      const { deadline = startDeadline() } = given;
      if (!endpointRow(name).isRepeatable) {
        if (meter) meter.calls += 1;
        inFlight.seal(tenant);
        const lane = toLane(name, given.lane, meter);
        const written = ask({ tenant, name, input, deadline, lane, meter }, meter);
        return await written.finally(() => inFlight.seal(tenant));
      }
      const key = `${name} ${JSON.stringify(input)}`;
      if (isFresh) inFlight.forget(tenant, key);
      let isMine = false;
      const read = inFlight.share({
        tenant,
        endpoint: name,
        key,
        deadline,
        start: (longest) => {
          isMine = true;
          const lane = toLane(name, given.lane, meter);
          return ask({ tenant, name, input, deadline: longest, lane, meter }, meter);
        },
      });
      if (meter) meter[isMine ? 'calls' : 'coalesced'] += 1;
      return await read;
    },
    hasAnswered: () => answered,
    probe: (tenant) =>
      askForToken(tenant).then(
        () => true,
        () => answered,
      ),
    forget(tenant) {
      tokens.forget(tenant);
      circuits.forget(tenant);
      budget.forget(tenant);
      inFlight.seal(tenant);
    },
    health: circuits.health,
    isWell: (tenant, endpoint) => circuits.of(tenant, endpoint).breaker.state() === 'CLOSED',
    countWaiting: origins.countWaiting,
    close: origins.close,
  };
}

/** Batches are work in bulk, and so is what one operation asks beyond what a screen needs. */
function toLane(name: EndpointName, given: Lane = 'interactive', meter?: CallMeter): Lane {
  const { service } = endpointRow(name);
  if (service === 'bulk' || service === 'docstream') return 'batch';
  const isMuch = given === 'interactive' && meter && meter.calls > mostInteractiveCalls;
  return isMuch ? 'batch' : given;
}

import { readAnswer, toTransportFailure } from './answer.ts';
import {
  type EndpointAnswer,
  type EndpointInput,
  type EndpointName,
  endpointRow,
  type Service,
  tokenEndpoints,
} from './endpoints.ts';
import { AtlasError, type AtlasFailure } from './errors.ts';
import { createInFlight } from './in-flight.ts';
import type { Tenant } from './tenant.ts';
import { createTokens } from './tokens.ts';
import type { HttpAnswer, Transport } from './transport.ts';

/** What is known of one request to Atlas after it ended; holds no values. */
export interface AtlasCall {
  readonly endpoint: EndpointName;
  readonly tenantId: string;
  readonly durationMs: number;
  readonly outcome: 'answered' | 'absent' | AtlasFailure;
  readonly status: number | undefined;
}

/** Counts the requests that one operation caused; a shared one counts for who started it. */
export interface CallMeter {
  calls: number;
  coalesced: number;
  /** Answers that were known, so that no call was needed. */
  cached: number;
}

export interface CallOptions {
  readonly meter?: CallMeter | undefined;
  /** Asks anew even if the same read is under way: for news that this read may not have seen. */
  readonly isFresh?: boolean;
}

export interface AtlasClientOptions {
  /** Where each service lives (CONTRACT 1): a base URL, with or without a path. */
  readonly baseUrls: Readonly<Record<Service, string>>;
  readonly openTransport: (origin: string) => Transport;
  /** One deadline for a call with all it needs: token, request, the try after a 401. */
  readonly deadlineMs?: number;
  /** What aborts after so many milliseconds; the clock on the wall unless a test gives another. */
  readonly startDeadline?: (deadlineMs: number) => AbortSignal;
  readonly now?: () => number;
  readonly random?: () => number;
  readonly onCall?: (call: AtlasCall) => void;
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
  /** Forgets all that was got by a tenant's credentials: they have changed, or it is gone. */
  forget(tenant: Tenant): void;
  close(): Promise<void>;
}

const defaultDeadlineMs = 10_000;

/** The one way to Atlas: addresses, credentials, tokens, deadline, validation, named failures. */
export function createAtlasClient(options: AtlasClientOptions): AtlasClient {
  const now = options.now ?? Date.now;
  const deadlineMs = options.deadlineMs ?? defaultDeadlineMs;
  const startDeadline = options.startDeadline ?? AbortSignal.timeout;
  const inFlight = createInFlight();
  const { transportOf, closeAll } = openTransports(options.baseUrls, options.openTransport);
  let answered = false;

  const tokens = createTokens({
    now,
    random: options.random ?? Math.random,
    exchange: async (tenant, family) => {
      const signal = startDeadline(deadlineMs);
      const answer = await observe(tenant, tokenEndpoints[family], async () => {
        const { clientId, clientSecret } = tenant.credentials;
        const headers = { 'Client-Id': clientId, 'Client-Secret': clientSecret };
        return await send(tokenEndpoints[family], {}, headers, signal);
      });
      if (answer === null)
        throw new AtlasError({ endpoint: tokenEndpoints[family], failure: 'rejected' });
      return { value: answer.access_token, lifetimeMs: (answer.expires_in ?? 3600) * 1000 };
    },
  });

  async function callOnce<Name extends EndpointName>(
    tenant: Tenant,
    name: Name,
    input: EndpointInput<Name>,
  ): Promise<EndpointAnswer<Name> | null> {
    const row = endpointRow(name);
    const signal = startDeadline(deadlineMs);
    if (row.service === 'address') {
      const { addressClientId, addressClientSecret } = tenant.credentials;
      const headers = { client_id: addressClientId, client_secret: addressClientSecret };
      return await observe(tenant, name, () => send(name, input, headers, signal));
    }
    const { service } = row;
    const firstToken = await beforeAbort(name, signal, tokens.get(tenant, service));
    try {
      return await observe(tenant, name, () => send(name, input, { Token: firstToken }, signal));
    } catch (error) {
      if (!(error instanceof AtlasError) || error.failure !== 'unauthorized') throw error;
      tokens.refuse(tenant, service, firstToken);
    }
    // One try more with another token; when that is refused too, the refusal stands.
    const secondToken = await beforeAbort(name, signal, tokens.get(tenant, service));
    try {
      return await observe(tenant, name, () => send(name, input, { Token: secondToken }, signal));
    } catch (error) {
      if (error instanceof AtlasError && error.failure === 'unauthorized') {
        tokens.refuse(tenant, service, secondToken);
      }
      throw error;
    }
  }

  async function send<Name extends EndpointName>(
    name: Name,
    input: EndpointInput<Name>,
    credentials: Record<string, string>,
    signal: AbortSignal,
  ): Promise<EndpointAnswer<Name> | null> {
    const row = endpointRow(name);
    const { transport, basePath } = transportOf(row.service);
    const hasBody = row.method === 'POST' && row.credentials !== 'exchange';
    let answer: HttpAnswer;
    try {
      answer = await transport.send({
        method: row.method,
        path: `${basePath}${row.path}${row.method === 'GET' ? toQuery(input) : ''}`,
        headers: {
          accept: 'application/json',
          ...(hasBody ? { 'content-type': 'application/json' } : {}),
          ...credentials,
        },
        ...(hasBody ? { body: JSON.stringify(input) } : {}),
        signal,
      });
    } catch (error) {
      throw toTransportFailure(name, error);
    }
    answered = true;
    return readAnswer(name, answer, now);
  }

  async function observe<Answer>(
    tenant: Tenant,
    endpoint: EndpointName,
    request: () => Promise<Answer | null>,
  ): Promise<Answer | null> {
    const startedAt = now();
    const report = (outcome: AtlasCall['outcome'], status?: number) =>
      options.onCall?.({
        endpoint,
        tenantId: tenant.id,
        durationMs: now() - startedAt,
        outcome,
        status,
      });
    try {
      const answer = await request();
      report(answer === null ? 'absent' : 'answered');
      return answer;
    } catch (error) {
      if (error instanceof AtlasError) report(error.failure, error.status);
      throw error;
    }
  }

  return {
    async call(tenant, name, input, { meter, isFresh = false } = {}) {
      if (!endpointRow(name).isRepeatable) {
        if (meter) meter.calls += 1;
        inFlight.seal(tenant);
        return await callOnce(tenant, name, input).finally(() => inFlight.seal(tenant));
      }
      if (isFresh) inFlight.forget(tenant, readKey(name, input));
      let isMine = false;
      const read = inFlight.share(tenant, readKey(name, input), () => {
        isMine = true;
        return callOnce(tenant, name, input);
      });
      if (meter) meter[isMine ? 'calls' : 'coalesced'] += 1;
      return await read;
    },
    hasAnswered: () => answered,
    probe: (tenant) =>
      tokens.get(tenant, 'verification').then(
        () => true,
        () => answered,
      ),
    forget(tenant) {
      tokens.forget(tenant);
      inFlight.seal(tenant);
    },
    close: closeAll,
  };
}

function readKey(name: EndpointName, input: object): string {
  return `${name} ${JSON.stringify(input)}`;
}

function openTransports(
  baseUrls: Readonly<Record<Service, string>>,
  open: (origin: string) => Transport,
) {
  const transports = new Map<string, Transport>();
  return {
    transportOf(service: Service): { transport: Transport; basePath: string } {
      const { origin, pathname } = new URL(baseUrls[service]);
      const transport = transports.get(origin) ?? open(origin);
      transports.set(origin, transport);
      return { transport, basePath: pathname.replace(/\/+$/, '') };
    },
    async closeAll(): Promise<void> {
      await Promise.all([...transports.values()].map((transport) => transport.close()));
    },
  };
}

function toQuery(input: object): string {
  const pairs = Object.entries(input).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]);
  return `?${new URLSearchParams(pairs)}`;
}

/** A wait that ends at the deadline, whoever else still waits for the same thing. */
async function beforeAbort<T>(
  endpoint: EndpointName,
  signal: AbortSignal,
  wait: Promise<T>,
): Promise<T> {
  let stop: () => void = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new AtlasError({ endpoint, failure: 'deadline' }));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([wait, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

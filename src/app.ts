import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Build } from './build.ts';
import { createCallers } from './compose/callers.ts';
import { openMemory } from './compose/memory.ts';
import { createPermits } from './compose/permits.ts';
import { createReadReadiness } from './compose/readiness.ts';
import { writable } from './compose/register-file.ts';
import { createSchemaDependencies } from './compose/schema-dependencies.ts';
import { createShutdown } from './compose/shutdown.ts';
import { createUpstream } from './compose/upstream.ts';
import { createWatches } from './compose/watches.ts';
import type { AtlasConfig, Config } from './config/config.ts';
import type { Authenticate } from './identity/authenticate.ts';
import { createCallbackProof } from './identity/callback-proof.ts';
import { readKeyLives } from './identity/key-lives.ts';
import { createTenantPolicy } from './identity/tenant-policy.ts';
import { createTenants, type TenantSettings } from './identity/tenants.ts';
import { listen } from './listening.ts';
import { type Clock, systemClock } from './live/clock.ts';
import { recordDocumentResults } from './live/document-results.ts';
import { type Log, toErrorFields } from './logging/log.ts';
import { startObserving } from './observe/observing.ts';
import { type AuditFile, createCountedAudit } from './privacy/audit-file.ts';
import { introspectionRulesFor, isStranger } from './schema/introspection.ts';
import { createCallbackRoute } from './server/callbacks/callbacks.ts';
import { createOfferCallback } from './server/callbacks/offer-callback.ts';
import { createPokeWatches } from './server/callbacks/poke-watches.ts';
import { createSandboxCallbackRoute } from './server/callbacks/sandbox-callback.ts';
import type { FastPath } from './server/graphql-http/fast-path.ts';
import { createGraphqlRoute } from './server/graphql-http/graphql-route.ts';
import { createHandleByYoga } from './server/graphql-http/handle-by-yoga.ts';
import { createAuthenticateRequest } from './server/http/authenticate-request.ts';
import { createClientAddress } from './server/http/client-address.ts';
import { createCorsRoute } from './server/http/cors.ts';
import { createDocumentsRoute } from './server/http/documents.ts';
import { createHealthRoute } from './server/http/health.ts';
import { createHttpServer } from './server/http/http.ts';
import { readPageFiles } from './server/http/page-files.ts';
import { createPlaygroundRoute, type PlaygroundOptions } from './server/http/playground.ts';
import type { PlaygroundSettings } from './server/http/playground-settings.ts';
import { toReachableHost, toUrlHost } from './server/http/reachable-host.ts';
import { createCallerLimits } from './server/operation/caller-limits.ts';
import { createReadQuery } from './server/operation/persisted-operations.ts';
import { createOperationPipeline } from './server/operation/pipeline.ts';
import { createRateLimit } from './server/operation/rate-limit.ts';
import { startEventStreams } from './server/streaming/event-streams.ts';
import { createOperationRunner } from './server/streaming/operation-runner.ts';
import { createSharedOperations } from './server/streaming/shared-operations.ts';
import { createEventsAnswer } from './server/streaming/sse.ts';
import { createSseStreamRoute } from './server/streaming/sse-stream.ts';
import { startWebSockets } from './server/streaming/websocket.ts';
import { createTurns } from './turns.ts';

/** The options of `startApp`. */
export interface AppOptions {
  readonly config: Config & { readonly atlas: AtlasConfig };
  readonly log: Log;
  /** The version and the commit that `/health` and the metrics tell. */
  readonly build: Build;
  /** The facts in the page of the playground; by default its files are those in `build/playground`. */
  readonly playground: Omit<Partial<PlaygroundOptions>, 'settings'> & {
    readonly settings: Omit<PlaygroundSettings, 'hasDocuments'> & Partial<PlaygroundSettings>;
  };
  readonly clock?: Clock;
  /** The authentication of callers; by default that of the configuration. */
  readonly authenticate?: Authenticate;
  /** How long a request may take to arrive whole; as the HTTP server has it by default. */
  readonly requestTimeoutMs?: number;
  /** Where reads of personal data are put on record. */
  readonly auditFile: Pick<AuditFile, 'write'> & Partial<AuditFile>;
  /** The fast path over HTTP; one that declines every request leaves them all to Yoga. */
  readonly fastPath?: FastPath;
}

/** A running gateway. */
export interface App {
  /** Where it listens: `http://host:port`. */
  readonly url: string;
  /** Where its metrics are read, `http://host:port/metrics`; null: nowhere. */
  readonly metricsUrl: string | null;
  /** How many flows and batches are watched now. */
  countWatched(): number;
  /**
   * Opens the audit's file anew, and applies the tenants as they are read now. Connections of
   * removed callers are closed within half a minute; other callers are not affected.
   */
  reload(readTenants: () => readonly TenantSettings[]): void;
  /**
   * Serves on for `SHUTDOWN_GRACE_MS`, not ready any more; then ends all reading, lets what is under
   * way finish, and closes every socket.
   */
  close(): Promise<void>;
}

const pageDirectory = fileURLToPath(new URL('../build/playground', import.meta.url));
const documentsDirectory = fileURLToPath(new URL('../build/docs', import.meta.url));
/** How long the last result of a subscription is kept for those who join it late. */
const mostSharedMs = 30_000;

/** Builds the whole house and opens its door. Everything that lives is made here. */
export async function startApp({
  config,
  log,
  build,
  playground,
  clock = systemClock,
  authenticate: givenAuthenticate,
  requestTimeoutMs,
  auditFile,
  fastPath,
}: AppOptions): Promise<App> {
  const memory = await openMemory({ config, log, clock });
  const { ledger, secrets, shared } = memory;
  const { host, metricsPort, otlpEndpoint } = config;
  const observing = await startObserving({ host, metricsPort, otlpEndpoint, log, clock });
  const { events, atlas: observer, onPoll } = observing;
  const turns = createTurns();
  const reached = createUpstream({ config, log, observer, clock, turns, shared });
  const onStoreFailure = (error: unknown) => log.error('the store failed', toErrorFields(error));
  const atlas = recordDocumentResults(reached.atlas, {
    register: memory.register,
    clock,
    isReopened: (tenant, flowUuid) => watches.flows.isReopened(tenant, flowUuid),
    onStoreFailure,
  });
  const upstream = { ...reached, atlas };
  const { client } = upstream;
  const tenants = createTenants(config.tenants);
  const policy = createTenantPolicy({ ...config, tenants });
  const watches = createWatches({ config, policy, upstream, memory, log, onPoll, clock });
  const { flows, batches, followUp } = watches;
  const proof = createCallbackProof({ secrets, now: clock.now });
  const callers = createCallers({ config, tenants, upstream, memory, log, clock });
  const { origins } = policy;
  const { caps, ...connectionCaps } = createPermits(policy, config.subscriptions.perProcess);
  const rateLimit = createRateLimit({
    isEnforced: config.limits.isEnforced,
    perMinute: policy.requestsPerMinute,
    tenantPerMinute: policy.tenantRequestsPerMinute,
    processPerMinute: config.limits.requestsPerMinuteOfAll,
    log,
    clock,
    ...(shared && { counter: shared.counter }),
  });
  const audit = createCountedAudit(auditFile);
  const address = { url: config.publicUrl ?? '' };
  const foundation = createSchemaDependencies({
    config,
    upstream,
    watches,
    memory,
    grants: callers.grants,
    auditFile: audit,
    ...createCallerLimits({
      policy,
      caps,
      rateLimit,
      mostSubscriptions: config.subscriptions.perProcess,
    }),
    offerCallback: createOfferCallback(proof, address),
    clock,
  });
  const authenticate = givenAuthenticate ?? callers.authenticate;
  const authenticateRequest = createAuthenticateRequest({ authenticate, origins });
  const pipeline = createOperationPipeline({
    foundation,
    limits: { ...config.limits, atlasCalls: policy.atlasCalls },
    readQuery: createReadQuery({
      operations: config.persistedOperations,
      isPersistedOnly: policy.isPersistedOnly,
    }),
    rulesFor: introspectionRulesFor,
    isStranger,
    rateLimit,
    log,
    turns,
  });
  const runner = createOperationRunner({
    pipeline,
    shared: createSharedOperations(clock, Math.min(mostSharedMs, config.piiCacheMs), turns),
    caps,
    rateLimit,
    log,
    monotonicMs: clock.monotonicMs,
    events,
  });
  const streams = startEventStreams(clock);
  const shutdown = createShutdown({ config, clock });
  const pokes = createPokeWatches({ tenants, ledger, followUp, batches });
  const transport = {
    authenticate,
    authenticateRequest,
    runner,
    streams,
    clock,
    mostOperations: config.subscriptions.perSocket,
    rateLimit,
    ...connectionCaps,
    mostPending: config.subscriptions.pendingSockets,
    clientAddress: createClientAddress(config.trustedProxies),
    isDraining: shutdown.isDraining,
    events,
  };
  const server = createHttpServer({
    log,
    monotonicMs: clock.monotonicMs,
    after: clock.after,
    events,
    requestTimeoutMs,
    isClosing: shutdown.isClosing,
    routes: [
      createHealthRoute(
        createReadReadiness({ config, tenants, client, memory, shutdown, clock }),
        build,
      ),
      createPlaygroundRoute({
        readFiles: () => readPageFiles(pageDirectory),
        ...playground,
        settings: { hasDocuments: existsSync(documentsDirectory), ...playground.settings },
      }),
      createDocumentsRoute(documentsDirectory),
      createCorsRoute(origins),
      createGraphqlRoute({
        pipeline,
        authenticateRequest,
        rateLimit,
        answerByEvents: createEventsAnswer(transport),
        monotonicMs: clock.monotonicMs,
        handleByYoga: createHandleByYoga(pipeline, events),
        fastPath,
      }),
      createSseStreamRoute(transport),
      createSandboxCallbackRoute({
        proof,
        rateLimit,
        log,
        accounts: policy.sandboxAccounts,
        onCallback: pokes.onSandboxCallback,
      }),
      createCallbackRoute({ proof, rateLimit, log, onCallback: pokes.onFlowCallback }),
    ],
  });
  const sockets = startWebSockets({ ...transport, origins, server });

  const port = await listen(server, { host, port: config.port, variable: 'PORT' });
  address.url ||= `http://${toReachableHost(config.host, networkInterfaces())}:${port}`;
  // Behind the graph's: of workers the first port that is opened is taken for the gateway's.
  const openMetricsPort = await observing.listen({
    subscriptions: () => caps.count(),
    webSockets: sockets.count,
    eventStreams: streams.count,
    watchers: { flow: flows.countWatched, batch: batches.countWatched },
    callbacks: () => ledger.countReceived(),
    drift: () => upstream.drift.counts,
    shared: memory.shared,
    isRegisterFailing: () => (memory.describeRegister?.() ?? writable) !== writable,
    auditFailures: audit.countFailed,
    keys: () => readKeyLives(tenants.all(), clock.now()),
    queue: client.countWaiting,
    build,
    breakers: () =>
      tenants
        .all()
        .flatMap((tenant) =>
          client.health(tenant).map((each) => ({ tenantId: tenant.id, ...each })),
        ),
  });

  for (const tenant of tenants.all()) {
    followUp.catchUp(tenant).catch(onStoreFailure);
  }

  return {
    url: `http://${toUrlHost(config.host)}:${port}`,
    metricsUrl:
      openMetricsPort === null
        ? null
        : `http://${toUrlHost(config.host)}:${openMetricsPort}/metrics`,
    countWatched: () => flows.countWatched() + batches.countWatched(),
    reload(readTenants) {
      auditFile.reopen?.();
      callers.reload(readTenants);
    },
    close: () =>
      shutdown.close({
        server,
        stopSubscriptions: caps.close,
        sockets,
        streams,
        watches: [followUp, flows, batches, watches.eventFeed],
        last: [client, observing, memory],
      }),
  };
}

import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Tenant } from './atlas/tenant.ts';
import { createFoundation } from './compose/foundation.ts';
import { createUpstream } from './compose/upstream.ts';
import { createWatches } from './compose/watches.ts';
import type { AtlasConfig, Config } from './config/config.ts';
import { type Authenticate, createAuthenticate } from './identity/authenticate.ts';
import { createCallbackProof } from './identity/callback-proof.ts';
import { createFlowGrants } from './identity/flow-grants.ts';
import { type Clock, systemClock } from './live/clock.ts';
import type { Log } from './log.ts';
import { type AuditFile, openAuditFile } from './privacy/audit.ts';
import { batchKey } from './schema/context.ts';
import { introspectionRulesFor, isStranger } from './schema/introspection.ts';
import { createCallbackRoute } from './server/callbacks.ts';
import { createCorsRoute } from './server/cors.ts';
import { startEventStreams } from './server/event-streams.ts';
import { createGraph } from './server/graph.ts';
import { createGraphqlRoute } from './server/graphql-route.ts';
import { createHealthRoute } from './server/health.ts';
import { createHttpServer } from './server/http.ts';
import { createOperationRunner } from './server/operation-runner.ts';
import { createReadQuery } from './server/persisted-operations.ts';
import { createPlaygroundRoute } from './server/playground.ts';
import { createRateLimit } from './server/rate-limit.ts';
import { toReachableHost, toUrlHost } from './server/reachable-host.ts';
import { createReadyOperations, type JourneySubjects } from './server/ready-operations.ts';
import { createSandboxCallbackRoute } from './server/sandbox-callback.ts';
import { createSharedOperations } from './server/shared-operations.ts';
import { createEventsAnswer } from './server/sse.ts';
import { createSseStreamRoute } from './server/sse-stream.ts';
import { createSubscriptionCaps } from './server/subscription-caps.ts';
import { startWebSockets } from './server/websocket.ts';
import { createCallbackLedger } from './store/callback-ledger.ts';
import { createMemoryRegister } from './store/register.ts';

export interface AppOptions {
  readonly config: Config & { readonly atlas: AtlasConfig };
  readonly log: Log;
  /** What the playground's operations are about, and the key it fills in; null: none. */
  readonly playground: JourneySubjects & { readonly apiKey: string | null };
  readonly clock?: Clock;
  /** Who is who; by default whoever has the key of the configuration. */
  readonly authenticate?: Authenticate;
  /** Where reads of personal data are put on record; by default where the configuration says. */
  readonly auditFile?: Pick<AuditFile, 'write'>;
}

export interface App {
  /** Where it listens: `http://host:port`. */
  readonly url: string;
  /** How many flows and batches are watched now. */
  countWatched(): number;
  /** Ends all reading, lets what is under way finish, and closes every socket. */
  close(): Promise<void>;
}

/** How long the last result of a subscription is kept for those who join it late. */
const mostSharedMs = 30_000;
/** How long requests under way may take to finish once the process is told to end. */
const mostWaitMs = 10_000;

/** Builds the whole house and opens its door. Everything that lives is made here. */
export async function startApp({
  config,
  log,
  playground,
  clock = systemClock,
  authenticate: givenAuthenticate,
  auditFile = openAuditFile(config.audit.place),
}: AppOptions): Promise<App> {
  const tenant = toTenant(config);
  const register = createMemoryRegister();
  const ledger = createCallbackLedger();
  const upstream = createUpstream({ config, log, clock });
  const { client } = upstream;
  const watches = createWatches({ config, upstream, register, ledger, log, clock });
  const { flows, batches } = watches;
  const proof = createCallbackProof({ secrets: config.callbackSecrets, now: clock.now });
  const grants = createFlowGrants({ secrets: config.callbackSecrets, now: clock.now });
  const caps = createSubscriptionCaps(config.subscriptions);
  const rateLimit = createRateLimit({
    isEnforced: config.limits.isEnforced,
    perMinute: () => config.limits.requestsPerMinute,
    log,
    now: clock.now,
  });
  /** Where Atlas finds this gateway, once it listens. */
  const address = { reachableUrl: '' };
  const foundation = createFoundation({
    config,
    upstream,
    watches,
    register,
    ledger,
    proof,
    grants,
    auditFile,
    caps,
    rateLimit,
    clock,
    publicUrl: () => config.publicUrl ?? address.reachableUrl,
  });
  const isAllowedOrigin = (origin: string) => config.corsOrigins.includes(origin);
  const authenticate =
    givenAuthenticate ??
    createAuthenticate({ tenant, apiKey: config.apiKey, grants, now: clock.now });
  const readQuery = createReadQuery({
    operations: config.persistedOperations,
    isPersistedOnly: () => false,
  });
  const graph = createGraph({
    foundation,
    limits: { ...config.limits, atlasCalls: () => config.limits.atlasCalls },
    readQuery,
    rulesFor: introspectionRulesFor,
    isStranger,
    log,
  });
  const runner = createOperationRunner({
    graph,
    shared: createSharedOperations(clock, Math.min(mostSharedMs, config.piiCacheMs)),
    caps,
    rateLimit,
    readQuery,
    log,
    now: clock.now,
  });
  const streams = startEventStreams(clock);
  let isDraining = false;
  const transport = {
    authenticate,
    runner,
    streams,
    clock,
    mostOperations: config.subscriptions.perSocket,
    mostSockets: config.subscriptions.perProcess,
    mostStreams: config.subscriptions.perProcess,
    isDraining: () => isDraining,
  };
  const server = createHttpServer({
    log,
    now: clock.now,
    routes: [
      createHealthRoute(async () => {
        const isUp = client.hasAnswered() || (await client.probe(tenant));
        const isReady = isUp && !isDraining;
        const received = ledger.countReceived();
        return {
          isReady,
          detail: {
            atlas: isUp ? 'answers' : 'does not answer',
            ...(isDraining ? { closing: true } : {}),
            callbacks: received > 0 ? `${received} received` : 'none has ever come: polling',
          },
        };
      }),
      createPlaygroundRoute({
        apiKey: playground.apiKey,
        operations: createReadyOperations(playground),
      }),
      createCorsRoute(isAllowedOrigin),
      createGraphqlRoute({
        graph,
        authenticate,
        rateLimit,
        readQuery,
        answerByEvents: createEventsAnswer(transport),
        now: clock.now,
      }),
      createSseStreamRoute(transport),
      createSandboxCallbackRoute({
        proof,
        rateLimit,
        log,
        token: config.sandboxCallbackToken,
        tenantId: tenant.id,
        onCallback: () => batches.pokeAll(tenant, batchKey('SANDBOX', '')),
      }),
      createCallbackRoute({
        proof,
        rateLimit,
        log,
        onCallback: (tenantId, reference) => {
          if (tenantId !== tenant.id) return;
          const flowUuid = ledger.called(tenantId, reference);
          if (flowUuid !== undefined) flows.poke(tenant, flowUuid);
        },
      }),
    ],
  });
  const sockets = startWebSockets({ ...transport, server, isAllowedOrigin });

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port, config.host, resolve);
  });
  const { port } = server.address() as AddressInfo; // listening on a host and port, not on a pipe
  address.reachableUrl = `http://${toReachableHost(config.host, networkInterfaces())}:${port}`;

  async function closeAll(): Promise<void> {
    isDraining = true;
    caps.close();
    await Promise.all([sockets.drain(config.drainMs), streams.drain(config.drainMs)]);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await sockets.close();
    streams.close();
    flows.close();
    batches.close();
    server.closeIdleConnections();
    const cancelKill = clock.after(mostWaitMs, () => server.closeAllConnections());
    await closed;
    cancelKill();
    await client.close();
  }
  let closing: Promise<void> | undefined;

  return {
    url: `http://${toUrlHost(config.host)}:${port}`,
    countWatched: () => flows.countWatched() + batches.countWatched(),
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}

function toTenant({ atlas, productType }: AppOptions['config']): Tenant {
  const { clientId, clientSecret, addressClientId, addressClientSecret } = atlas;
  return {
    id: 'default',
    credentials: { clientId, clientSecret, addressClientId, addressClientSecret },
    ...(productType === undefined ? {} : { productType }),
  };
}

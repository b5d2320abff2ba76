import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EndpointName } from '../atlas/api/endpoints.ts';
import { createCallLog, type SandboxCall } from './call-log.ts';
import type { CallbackDelivery } from './callbacks.ts';
import { createClientOf } from './client-of.ts';
import { type CrossCheckNames, defaultCrossCheckNames } from './cross-checks.ts';
import type { Placement } from './documents.ts';
import { createFaultQueue, type Fault } from './fault-queue.ts';
import type { FlowStatus, Outcome } from './flow.ts';
import { createHandlers } from './handlers.ts';
import type { Credentials } from './issued-tokens.ts';
import { createListener } from './listener.ts';
import { type SandboxClock, systemSandboxClock } from './sandbox-clock.ts';
import { createStoryFaults } from './story-faults.ts';
import { createWorld } from './world.ts';

/** How a sandbox is set up; everything has a default. */
export interface SandboxOptions {
  /** 127.0.0.1. */
  host?: string;
  /** 0: whichever is free. */
  port?: number;
  /** `sandbox-client` with `sandbox-secret`. Each client sees its own flows and batches only. */
  credentials?: readonly Credentials[];
  /** How long a stage of a flow takes: 1200. */
  stageMs?: number;
  /** 3600. */
  tokenLifetimeSeconds?: number;
  /** The clock on the wall. */
  clock?: SandboxClock;
  /** Whether `POST /_sandbox/faults` is there: no. */
  allowFaultRequests?: boolean;
  /** Where extracted fields stand in `ocr_data`: flat. */
  placement?: Placement;
  /** The member names of a cross-check; `defaultCrossCheckNames` where not given. */
  crossCheckNames?: Partial<CrossCheckNames>;
}

/** A small Atlas, running. */
export interface Sandbox {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** The last 50,000 calls, refused ones too, in the order of arrival. */
  readonly calls: readonly SandboxCall[];
  /** Callbacks that are over, delivered or not. */
  readonly callbacks: readonly CallbackDelivery[];
  /** How many calls came since the last `clearCalls`, of one endpoint or of all. */
  countCalls(name?: EndpointName): number;
  clearCalls(): void;
  /**
   * Misbehaves for the next `times` calls (1) of an endpoint, after what was asked for before; where
   * a client is named, for calls of that one only, and nobody else meets it.
   */
  fault(name: EndpointName, fault: Fault, times?: number, clientId?: string): void;
  clearFaults(): void;
  /** Fixes members of a flow's status, whatever its stages do, until `finishFlow`. */
  setFlowStatus(flowUuid: string, status: Partial<FlowStatus>): void;
  /** Ends a flow at once; SUCCESS reads all its documents first. The callback goes out. */
  finishFlow(flowUuid: string, outcome: Outcome): void;
  /** Sends a flow's callback as it stands now, once more or too early. */
  sendCallback(flowUuid: string): Promise<CallbackDelivery>;
  /** The first or `n`th callback of a flow, when it is over, delivered or not. */
  waitForCallback(flowUuid: string, n?: number): Promise<CallbackDelivery>;
  /** No token counts any more. */
  revokeTokens(): void;
  /**
   * The first call since the last `clearCalls` that fits, or the next one that will. It comes on
   * arrival, with status 0, unless the predicate asks for the status.
   */
  waitForCall(name: EndpointName, predicate?: (call: SandboxCall) => boolean): Promise<SandboxCall>;
  /**
   * Drops every socket and refuses new connections; flows go on. A client that has not noticed
   * yet that its kept socket is closed meets that first.
   */
  refuseConnections(): Promise<void>;
  /** Listens again, where it did before. */
  acceptConnections(): Promise<void>;
  /** Drops every timer and socket. */
  close(): Promise<void>;
}

/** Opens the socket. Rejects when it cannot. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { host = '127.0.0.1', port = 0, clock = systemSandboxClock } = options;
  const world = createWorld({
    clock,
    stageMs: options.stageMs ?? 1200,
    tokenLifetimeSeconds: options.tokenLifetimeSeconds ?? 3600,
    credentials: options.credentials ?? [
      { clientId: 'sandbox-client', clientSecret: 'sandbox-secret' },
    ],
    placement: options.placement ?? 'flat',
    crossCheckNames: { ...defaultCrossCheckNames, ...options.crossCheckNames },
  });
  const log = createCallLog();
  const faults = createFaultQueue();
  const listener = createListener({
    clock,
    log,
    faults,
    clientOf: createClientOf(world.tokens),
    storyFault: createStoryFaults(world),
    handlers: createHandlers(world),
    revokeToken: world.tokens.revoke,
    allowFaultRequests: options.allowFaultRequests ?? false,
  });
  const server = http.createServer({ keepAliveTimeout: 60_000 }, listener.listen);
  await listen(server, host, port);
  const address = server.address() as AddressInfo;

  async function close(): Promise<void> {
    world.close();
    listener.close();
    log.close();
    await refuseConnections();
  }

  async function refuseConnections(): Promise<void> {
    const closed = Promise.withResolvers<void>();
    server.close(() => closed.resolve());
    server.closeAllConnections();
    await closed.promise;
  }

  async function acceptConnections(): Promise<void> {
    if (!server.listening) await listen(server, host, address.port);
  }

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    calls: log.calls,
    callbacks: world.callbacks.deliveries,
    countCalls: log.count,
    clearCalls: log.clear,
    fault: (name, fault, times = 1, clientId) => faults.add(name, fault, times, clientId),
    clearFaults: faults.clear,
    setFlowStatus(flowUuid, status) {
      const flow = world.flows.get(flowUuid);
      flow.pinned = { ...flow.pinned, ...status };
    },
    finishFlow: (flowUuid, outcome) => world.flows.finish(world.flows.get(flowUuid), outcome),
    sendCallback: (flowUuid) => world.sendCallback(world.flows.get(flowUuid)),
    waitForCallback: (flowUuid, n = 1) => world.callbacks.waitFor(flowUuid, n),
    revokeTokens: world.tokens.revokeAll,
    waitForCall: log.waitFor,
    refuseConnections,
    acceptConnections,
    close,
  };
}

async function listen(server: http.Server, host: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, resolve);
  await promise;
  server.off('error', reject);
}

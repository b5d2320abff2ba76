import type { Server } from 'node:http';
import type { Config } from '../config/config.ts';
import type { Clock } from '../live/clock.ts';

type ShutdownConfig = Pick<Config, 'shutdownGraceMs' | 'drainMs' | 'operationTimeoutMs'>;

/** The options of `createShutdown`. */
export interface ShutdownOptions {
  readonly config: ShutdownConfig;
  readonly clock: Clock;
}

/** The parts of the gateway in the order in which they end. */
export interface ShutdownParts {
  readonly server: Server;
  /** Ends the admission of subscriptions. */
  readonly stopSubscriptions: () => void;
  readonly sockets: Connections;
  readonly streams: Connections;
  /** Called once nothing can be subscribed to any more. */
  readonly watches: readonly { close(): void }[];
  /** Closed one after the other once the last request is answered. */
  readonly last: readonly { close(): Promise<void> }[];
}

/** The open connections of one kind, which carry operations. */
interface Connections {
  /** Has them leave one after the other over a time. */
  drain(overMs: number): Promise<void>;
  /** Resolves when all are closed: those with nothing to answer at once, the last after so long. */
  close(withinMs: number): Promise<void>;
}

/** Closes the parts of a gateway in order. */
export interface Shutdown {
  /** True from the signal on: not ready, and each answer closes its connection. */
  readonly isClosing: () => boolean;
  /** True once the grace is over: new subscriptions and sockets are refused. */
  readonly isDraining: () => boolean;
  /** Ends the gateway, once; resolves when all is closed. */
  close(parts: ShutdownParts): Promise<void>;
}

/** How long after its deadline an operation may take to be answered. */
const answeringMs = 2_000;

/** How long a shutdown takes at most, in milliseconds. */
export function mostShutdownMs(config: ShutdownConfig): number {
  return config.shutdownGraceMs + config.drainMs + config.operationTimeoutMs + 2 * answeringMs;
}

/**
 * Ends a gateway without losing a request. For the grace it serves on as before, so that a balancer
 * sees `/ready` at 503 and sends nothing more before connections are refused. Then open sockets and
 * streams leave over the drain time, each as soon as its queries and mutations are answered, and
 * requests under way are answered.
 */
export function createShutdown({ config, clock }: ShutdownOptions): Shutdown {
  let isClosing = false;
  let isDraining = false;
  let closing: Promise<void> | undefined;

  async function closeAll(parts: ShutdownParts): Promise<void> {
    const { server, sockets, streams } = parts;
    isClosing = true;
    if (config.shutdownGraceMs > 0) {
      await new Promise<void>((resolve) => clock.after(config.shutdownGraceMs, resolve));
    }
    isDraining = true;
    parts.stopSubscriptions();
    await Promise.all([sockets.drain(config.drainMs), streams.drain(config.drainMs)]);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    const withinMs = config.operationTimeoutMs + answeringMs;
    const left = [sockets.close(withinMs), streams.close(withinMs)];
    // Behind the end of all subscriptions, which would be told that they are complete; waits end here.
    for (const watch of parts.watches) watch.close();
    server.closeIdleConnections();
    const cancelKill = clock.after(withinMs, () => server.closeAllConnections());
    await Promise.all([...left, closed]);
    cancelKill();
    for (const part of parts.last) await part.close();
  }

  return {
    isClosing: () => isClosing,
    isDraining: () => isDraining,
    close(parts) {
      closing ??= closeAll(parts);
      return closing;
    },
  };
}

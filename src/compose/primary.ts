import cluster, { type Worker } from 'node:cluster';
import { createServer } from 'node:net';
import type { Config } from '../config/config.ts';
import { listen } from '../listening.ts';
import { type Clock, systemClock } from '../live/clock.ts';
import type { Log } from '../logging/log.ts';
import { rateWindowSeconds } from '../server/operation/rate-limit.ts';
import { createMemoryCounter } from '../store/counter.ts';
import { createBoard } from '../store/memory/board.ts';
import { reachRelay } from '../store/relay/reach.ts';
import { serveRelay } from '../store/relay/serve.ts';
import type { Store } from '../store/store.ts';
import { openRegisterFile, writable } from './register-file.ts';
import type { Shared } from './shared.ts';

export interface PrimaryOptions {
  readonly config: Config;
  readonly log: Log;
  readonly clock?: Clock;
  /** Told once of where the workers listen. */
  readonly onListening: (port: number) => void;
  /** Told once that no worker can start, after all have ended; each has said why. */
  readonly onFault: () => void;
}

export interface Primary {
  /** Has every worker read the callers anew. */
  reload(): void;
  /** Ends all workers as an operator would, and what they share. */
  close(): Promise<void>;
}

/** The exit code of a worker that can't be started as configured (EX_CONFIG of sysexits). */
const configurationFault = 78;
/** How long after a worker ended by itself another takes its place. */
const restMs = 1_000;

/**
 * Runs the same program in as many workers as are configured, which share one port. Without a Redis
 * they share the file of the store too: this process alone has it open, and does for them what they
 * ask. A worker that ends is replaced, unless its start failed before any of them listened. Rejects
 * with a ListenError or a StoreError when the ports or the file can't be used.
 */
export async function startPrimary(options: PrimaryOptions): Promise<Primary> {
  const { config, log, clock = systemClock } = options;
  const { redisUrl, store: place, workers } = config;
  await tryToListen(config);
  const store =
    redisUrl === undefined
      ? openRegisterFile({ directory: place.directory, log, clock, onChange: tellRegister })
      : null;
  // A member ends with its process, and shows life by that.
  const board = createBoard({ clock, leaseMs: Number.POSITIVE_INFINITY });
  const counter = createMemoryCounter(rateWindowSeconds, clock.monotonicMs);
  const running = new Set<Worker>();
  let isClosing = false;
  let isListening = false;
  const ended = Promise.withResolvers<void>();

  /** Tells workers how the register is, for their `/ready`. */
  function tellRegister(register: string, workers: Iterable<Worker> = running): void {
    for (const worker of workers) if (worker.isConnected()) worker.send({ register });
  }

  function start(): void {
    if (isClosing) return;
    // What is made anew by default must be the same for all.
    const worker = cluster.fork({ AUDIT_SECRET: config.audit.secret });
    running.add(worker);
    const relay = store && serve(worker, store);
    worker.once('listening', ({ port }) => {
      if (store) tellRegister(store.describe(), [worker]);
      if (!isListening) options.onListening(port);
      isListening = true;
    });
    worker.once('exit', (code) => {
      running.delete(worker);
      void relay?.close();
      if (running.size === 0 && isClosing) ended.resolve();
      if (isClosing) return;
      if (code === configurationFault && !isListening) {
        void close().then(options.onFault);
        return;
      }
      log.error('a worker ended, another takes its place', { status: code });
      clock.after(restMs, start);
    });
  }

  function serve(worker: Worker, kept: Store): ReturnType<typeof serveRelay> {
    const relay = serveRelay({
      store: kept,
      member: board.join(),
      counter,
      send: (message) => {
        // One that is about to end hears nothing more.
        if (worker.isConnected()) worker.send(message);
      },
    });
    worker.on('message', relay.receive);
    return relay;
  }

  async function close(): Promise<void> {
    isClosing = true;
    if (running.size === 0) ended.resolve();
    for (const worker of running) worker.process.kill('SIGTERM');
    await ended.promise;
    await store?.close();
  }

  cluster.setupPrimary({ serialization: 'advanced' });
  for (let count = 0; count < workers; count += 1) start();

  return {
    reload() {
      for (const worker of running) worker.process.kill('SIGHUP');
    },
    close,
  };
}

/** Listens where the workers will, and no longer: one process tells what is wrong, once. */
async function tryToListen({ host, port, metricsPort }: Config): Promise<void> {
  for (const address of [
    { host, port, variable: 'PORT' },
    { host, port: metricsPort ?? 0, variable: 'METRICS_PORT' },
  ] as const) {
    const server = createServer();
    await listen(server, address);
    await new Promise((resolve) => server.close(resolve));
  }
}

/** What a worker shares with the others through the primary; null in any other process. */
export function joinPrimary(): Shared | null {
  const { worker } = cluster;
  if (worker === undefined) return null;
  let register = writable;
  worker.on('message', (message: unknown) => {
    if (isRegisterMessage(message)) register = message.register;
  });
  const relay = reachRelay({
    send: (message) => void worker.send(message),
    listen: (receive) => void worker.on('message', receive),
  });
  return {
    ...relay,
    isUp: () => worker.isConnected(),
    countWaiting: () => 0,
    describeRegister: () => register,
  };
}

function isRegisterMessage(message: unknown): message is { readonly register: string } {
  return typeof message === 'object' && message !== null && 'register' in message;
}

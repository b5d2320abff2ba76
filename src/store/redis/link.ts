import { Redis } from 'ioredis';
import { StoreError } from '../store.ts';

/** One way to one Redis, which may be slow or gone at any time and come back by itself. */
export interface RedisLink {
  /**
   * Runs commands. Rejects with a StoreError when Redis does not answer in time, and at once while
   * it is known not to: then nothing is waited for, and nothing is queued.
   */
  run<Value>(act: (redis: Redis) => Promise<Value>): Promise<Value>;
  isUp(): boolean;
  /** Tells of each time that Redis is gone or back; the answer ends it. */
  onChange(listener: (isUp: boolean) => void): () => void;
  /** Another connection to the same Redis, for who subscribes; closed with the link. */
  open(): Redis;
  close(): Promise<void>;
}

/** The options of `startRedisLink`. */
export interface RedisLinkOptions {
  /** `redis://` or `rediss://`, with user, password and number of a database as it may have them. */
  readonly url: string;
  /** How long an answer is waited for; a second by default. */
  readonly timeoutMs?: number;
}

const firstProbeMs = 100;
const mostProbeMs = 1_000;
/** So many questions without an answer, and the connection is taken for dead, whatever TCP says. */
const mostSilentProbes = 8;

/** How long the first connection is waited for, where nobody refuses it. */
const mostStartMs = 5_000;

/**
 * Connects, for ever and again. Fulfilled once Redis has answered, can't be connected to, or has not
 * answered in five seconds: a gateway starts without it too.
 */
export async function startRedisLink({
  url,
  timeoutMs = 1_000,
}: RedisLinkOptions): Promise<RedisLink> {
  const listeners = new Set<(isUp: boolean) => void>();
  const connections = new Set<Redis>();
  const redis = connect({ enableOfflineQueue: false });
  let isUp = false;
  let isClosed = false;
  let probing: NodeJS.Timeout | undefined;

  function connect(options: { readonly enableOfflineQueue: boolean }): Redis {
    const connection = new Redis(url, {
      ...options,
      connectTimeout: 5_000,
      keepAlive: 10_000,
      // A command without an answer may have been done: only its sender knows whether to send it again.
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: null,
      retryStrategy: (times) =>
        Math.min(50 * 2 ** Math.min(times, 6), 2_000) * (0.5 + Math.random()),
      // After a failover this may be a replica, or a name that now leads elsewhere.
      reconnectOnError: ({ message }) => message.startsWith('READONLY'),
    });
    // Told by `run`; without a listener an error of the connection would end the process.
    connection.on('error', () => {});
    connections.add(connection);
    return connection;
  }

  function change(isUpNow: boolean): void {
    if (isClosed || isUpNow === isUp) return;
    isUp = isUpNow;
    clearTimeout(probing);
    if (!isUp) probe(firstProbeMs, 1);
    for (const listener of [...listeners]) listener(isUp);
  }

  /** Asks until Redis answers; a new connection says so by itself. */
  function probe(delayMs: number, silent: number): void {
    probing = setTimeout(async () => {
      const isConnected = redis.status === 'ready';
      try {
        if (isConnected) await inTime(timeoutMs, redis.ping());
        if (isConnected) return change(true);
      } catch {
        if (silent % mostSilentProbes === 0) redis.disconnect(true);
      }
      if (!isUp && !isClosed) {
        probe(Math.min(delayMs * 2, mostProbeMs), isConnected ? silent + 1 : 1);
      }
    }, delayMs);
    probing.unref();
  }

  redis.on('ready', () => change(true));
  redis.on('close', () => change(false));
  await new Promise<void>((resolve) => {
    const patience = setTimeout(resolve, Math.max(timeoutMs, mostStartMs));
    const settle = () => {
      clearTimeout(patience);
      resolve();
    };
    redis.once('ready', settle);
    redis.once('close', settle);
  });

  return {
    async run(act) {
      if (!isUp) throw toGone();
      try {
        return await inTime(timeoutMs, act(redis));
      } catch (error) {
        if (isReply(error)) throw toRefused(error);
        change(false);
        throw toGone();
      }
    },
    isUp: () => isUp,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    open: () => connect({ enableOfflineQueue: true }),
    async close() {
      isClosed = true;
      isUp = false;
      clearTimeout(probing);
      for (const connection of connections) connection.disconnect();
    },
  };
}

/**
 * Waits for an answer so long at most. A process that was busy itself looks for what has come
 * meanwhile before it gives up: of what is due, timers are told first.
 */
async function inTime<Value>(mostMs: number, answer: Promise<Value>): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => setImmediate(() => late.reject(toGone())), mostMs);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether Redis answered, and what it said was an error. */
function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

function toGone(): StoreError {
  return new StoreError(
    'Redis does not answer: check that it runs and that REDIS_URL points to it.',
  );
}

/** The first word is Redis's own code, such as NOPERM or OOM; the rest may quote a key. */
function toRefused({ message }: Error): StoreError {
  const code = /^[A-Z]+\b/.exec(message)?.[0] ?? 'ERR';
  return new StoreError(
    `Redis refused a command (${code}): check its memory and the rights of this user.`,
  );
}

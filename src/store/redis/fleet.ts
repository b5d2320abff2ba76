import { randomUUID } from 'node:crypto';
import type { Fleet, PublishedState, Signal, WatchKey } from '../fleet.ts';
import type { Seal } from '../seal.ts';
import {
  acquireLeaseScript,
  publishScript,
  releaseLeaseScript,
  reopenScript,
} from './fleet-scripts.ts';
import type { RedisLink } from './link.ts';
import { createRedisTokenStore } from './redis-token-store.ts';
import { root, tenantRoot } from './register-context.ts';
import { createScript, toRows, toText } from './script.ts';

/** The options of `startRedisFleet`. */
export interface RedisFleetOptions {
  readonly link: RedisLink;
  readonly seal: Seal;
  /** The time after which a process that shows no life loses its leases, in milliseconds. */
  readonly leaseMs: number;
  readonly now?: () => number;
}

/** The lifetime of a published state, in milliseconds. */
const lifeMs = 60 * 60_000;

/** Joins the processes that share a Redis; shows life, and hears the others, until it is closed. */
export function startRedisFleet({ link, seal, leaseMs, now = Date.now }: RedisFleetOptions): Fleet {
  const processId = randomUUID();
  const memberPrefix = `${root}member:`;
  const listeners = new Set<(signal: Signal) => void>();
  const acquireLease = createScript(link, acquireLeaseScript);
  const releaseLease = createScript(link, releaseLeaseScript);
  const publish = createScript(link, publishScript);
  const reopen = createScript(link, reopenScript);

  const subscriber = link.open();
  // Channels know nothing of numbered databases, so their names tell them apart. It is one channel, and no
  // pattern: a user whose rights name a pattern may subscribe to no other one.
  const channel = `${root}signals:${subscriber.options.db ?? 0}`;
  const toMessage = (signal: Signal) => JSON.stringify({ from: processId, signal });
  subscriber.on('message', (_channel: string, message: string) => {
    const { from, signal } = JSON.parse(message);
    if (from === processId) return;
    for (const listener of [...listeners]) listener(signal);
  });
  // After a connection that broke it subscribes again by itself.
  subscriber.subscribe(channel).catch(() => {});

  const renewLife = () =>
    link.run((redis) => redis.set(`${memberPrefix}${processId}`, 1, 'PX', leaseMs)).catch(() => {});
  const heartbeat = setInterval(renewLife, leaseMs / 3);
  heartbeat.unref();

  return {
    async acquireLease(watchKey, isDetailed) {
      const reply = await acquireLease(
        tenantRoot(watchKey.tenantId),
        lifeMs,
        toName(watchKey),
        processId,
        `${memberPrefix}${processId}`,
        leaseMs,
        memberPrefix,
        channel,
        isDetailed ? 1 : 0,
        toMessage({ kind: 'details-requested', watchKey }),
        3 * leaseMs,
      );
      const [isMine, published, hasDetails, reopenedAt] = toRows(reply);
      return {
        isMine: isMine === 1,
        published: toPublishedState(toText(published)),
        isDetailed: hasDetails === 1,
        reopenedAt: Number(reopenedAt ?? 0),
      };
    },
    async releaseLease(watchKey) {
      const signal = toMessage({ kind: 'released', watchKey });
      await releaseLease(
        tenantRoot(watchKey.tenantId),
        lifeMs,
        toName(watchKey),
        processId,
        channel,
        signal,
      );
    },
    async publish(watchKey, published) {
      const before = await publish(
        tenantRoot(watchKey.tenantId),
        lifeMs,
        toName(watchKey),
        published.version,
        published.state,
        JSON.stringify(published),
        channel,
        toMessage({ kind: 'published', watchKey, published }),
      );
      return toPublishedState(toText(before));
    },
    async send(signal) {
      const { watchKey } = signal;
      const message = toMessage(signal);
      if (signal.kind === 'reopened') {
        await reopen(
          tenantRoot(watchKey.tenantId),
          lifeMs,
          toName(watchKey),
          now(),
          channel,
          message,
        );
      } else {
        await link.run((redis) => redis.publish(channel, message));
      }
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tokens: createRedisTokenStore({ link, seal, processId: processId }),
    async close() {
      clearInterval(heartbeat);
      listeners.clear();
      subscriber.disconnect();
      // Leases that it held and did not release one by one can be taken from here on.
      await link.run((redis) => redis.del(`${memberPrefix}${processId}`)).catch(() => {});
    },
  };
}

function toName({ topic, key }: WatchKey): string {
  return `${topic}:${key}`;
}

/** As another process of this gateway wrote it. */
function toPublishedState(text: string | null): PublishedState | null {
  return text === null ? null : JSON.parse(text);
}

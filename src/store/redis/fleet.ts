import { randomUUID } from 'node:crypto';
import type { Fleet, Signal, Thing, Told } from '../fleet.ts';
import type { Seal } from '../seal.ts';
import { holdThing, releaseThing, reopenThing, tellThing } from './fleet-scripts.ts';
import type { RedisLink } from './link.ts';
import { root, tenantRoot } from './place.ts';
import { createScript, toRows, toText } from './script.ts';
import { createTokenShelf } from './token-shelf.ts';

export interface RedisFleetOptions {
  readonly link: RedisLink;
  readonly seal: Seal;
  /** How long a process that shows no life keeps what it holds. */
  readonly leaseMs: number;
  readonly now?: () => number;
}

/** How long what was told of a thing is known to who comes later. */
const lifeMs = 60 * 60_000;

/** Joins the processes that share a Redis; shows life, and hears the others, until it is closed. */
export function startRedisFleet({ link, seal, leaseMs, now = Date.now }: RedisFleetOptions): Fleet {
  const me = randomUUID();
  const signs = `${root}member:`;
  const listeners = new Set<(signal: Signal) => void>();
  const hold = createScript(link, holdThing);
  const release = createScript(link, releaseThing);
  const tell = createScript(link, tellThing);
  const reopen = createScript(link, reopenThing);

  const ear = link.open();
  // Channels know nothing of numbered databases, so their names tell them apart. It is one channel, and no
  // pattern: a user whose rights name a pattern may subscribe to no other one.
  const channel = `${root}signals:${ear.options.db ?? 0}`;
  const toMessage = (signal: Signal) => JSON.stringify({ from: me, signal });
  ear.on('message', (_channel: string, message: string) => {
    const { from, signal } = JSON.parse(message);
    if (from === me) return;
    for (const listener of [...listeners]) listener(signal);
  });
  // After a connection that broke it subscribes again by itself.
  ear.subscribe(channel).catch(() => {});

  const showLife = () =>
    link.run((redis) => redis.set(`${signs}${me}`, 1, 'PX', leaseMs)).catch(() => {});
  const beat = setInterval(showLife, leaseMs / 3);
  beat.unref();

  return {
    async hold(thing, isDetailed) {
      const reply = await hold(
        tenantRoot(thing.tenantId),
        lifeMs,
        toName(thing),
        me,
        `${signs}${me}`,
        leaseMs,
        signs,
        channel,
        isDetailed ? 1 : 0,
        toMessage({ kind: 'wanted', thing }),
        3 * leaseMs,
      );
      const [isMine, told, isWanted, reopenedAt] = toRows(reply);
      return {
        isMine: isMine === 1,
        told: toTold(toText(told)),
        isDetailed: isWanted === 1,
        reopenedAt: Number(reopenedAt ?? 0),
      };
    },
    async release(thing) {
      const signal = toMessage({ kind: 'freed', thing });
      await release(tenantRoot(thing.tenantId), lifeMs, toName(thing), me, channel, signal);
    },
    async tell(thing, told) {
      const before = await tell(
        tenantRoot(thing.tenantId),
        lifeMs,
        toName(thing),
        told.version,
        told.state,
        JSON.stringify(told),
        channel,
        toMessage({ kind: 'told', thing, told }),
      );
      return toTold(toText(before));
    },
    async send(signal) {
      const { thing } = signal;
      const message = toMessage(signal);
      if (signal.kind === 'reopened') {
        await reopen(tenantRoot(thing.tenantId), lifeMs, toName(thing), now(), channel, message);
      } else {
        await link.run((redis) => redis.publish(channel, message));
      }
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tokens: createTokenShelf({ link, seal, me }),
    async close() {
      clearInterval(beat);
      listeners.clear();
      ear.disconnect();
      // Leases that it held and did not release one by one can be taken from here on.
      await link.run((redis) => redis.del(`${signs}${me}`)).catch(() => {});
    },
  };
}

function toName({ topic, key }: Thing): string {
  return `${topic}:${key}`;
}

/** As another process of this gateway wrote it. */
function toTold(text: string | null): Told | null {
  return text === null ? null : JSON.parse(text);
}

import { LRUCache } from 'lru-cache';
import type { Fleet, PublishedState, Signal, StoredToken, TokenName, WatchKey } from '../fleet.ts';

/** The options of `createInMemoryFleet`. */
export interface InMemoryFleetOptions {
  /** `monotonicMs` measures leases and locks; `now` is the wall clock, which dates what was told. */
  readonly clock: { now(): number; monotonicMs(): number };
  /** The time after which a member that shows no life loses its leases, in milliseconds. */
  readonly leaseMs: number;
}

/** The shared state of a fleet on one machine, held in the memory of one process. */
export interface InMemoryFleet {
  /** Adds a member. Each of its calls, and `renewLife`, shows that it lives. */
  join(): FleetMember;
}

/** One process of the fleet. */
export interface FleetMember extends Fleet {
  renewLife(): void;
}

interface Lease {
  readonly watchKey: WatchKey;
  holder: FleetMember | null;
  published: PublishedState | null;
  detailedUntil: number;
  reopenedAt: number;
}

const maxKeys = 100_000;

/** An empty board; the newest 100,000 things are known. */
export function createInMemoryFleet({ clock, leaseMs }: InMemoryFleetOptions): InMemoryFleet {
  const { monotonicMs } = clock;
  // By size and not by `max`, for which room would be made at once: 8 MiB for the three.
  const bound = { maxSize: maxKeys, sizeCalculation: () => 1 };
  const leases = new LRUCache<string, Lease>(bound);
  const tokens = new LRUCache<string, StoredToken>(bound);
  const locks = new LRUCache<string, { readonly member: FleetMember; readonly until: number }>(
    bound,
  );
  const members = new Map<
    FleetMember,
    { lifeUntil: number; listeners: Set<(signal: Signal) => void> }
  >();

  function leaseOf(watchKey: WatchKey): Lease {
    const name = `${watchKey.tenantId}\n${watchKey.topic}\n${watchKey.key}`;
    const free = {
      watchKey,
      holder: null,
      published: null,
      detailedUntil: Number.NEGATIVE_INFINITY,
      reopenedAt: 0,
    };
    const lease = leases.get(name) ?? free;
    leases.set(name, lease);
    return lease;
  }

  function isAlive(member: FleetMember): boolean {
    return (members.get(member)?.lifeUntil ?? Number.NEGATIVE_INFINITY) > monotonicMs();
  }

  function sendToOthers(from: FleetMember, signal: Signal): void {
    for (const [member, { listeners }] of members) {
      if (member !== from) for (const listener of [...listeners]) listener(signal);
    }
  }

  function join(): FleetMember {
    const own = {
      lifeUntil: monotonicMs() + leaseMs,
      listeners: new Set<(signal: Signal) => void>(),
    };
    const lockName = ({ tenantId, family }: TokenName) => `${tenantId}\n${family}`;
    const member: FleetMember = {
      renewLife() {
        own.lifeUntil = monotonicMs() + leaseMs;
      },
      async acquireLease(watchKey, isDetailed) {
        member.renewLife();
        const lease = leaseOf(watchKey);
        const isFree = lease.holder === null || !isAlive(lease.holder);
        if (isFree) lease.holder = member;
        const isMine = lease.holder === member;
        const wasDetailed = lease.detailedUntil > monotonicMs();
        if (isDetailed) lease.detailedUntil = monotonicMs() + 3 * leaseMs;
        if (isDetailed && !wasDetailed && !isMine)
          sendToOthers(member, { kind: 'details-requested', watchKey });
        const { published, reopenedAt } = lease;
        return { isMine, published, isDetailed: isDetailed || wasDetailed, reopenedAt };
      },
      async releaseLease(watchKey) {
        const lease = leaseOf(watchKey);
        if (lease.holder !== member) return;
        lease.holder = null;
        sendToOthers(member, { kind: 'released', watchKey });
      },
      async publish(watchKey, published) {
        const lease = leaseOf(watchKey);
        const before = lease.published;
        const isBehind = before !== null && before.version > published.version;
        const isOther = before?.version === published.version && before.state !== published.state;
        if (isBehind || isOther) return before;
        lease.published = published;
        sendToOthers(member, { kind: 'published', watchKey, published });
        return null;
      },
      async send(signal) {
        if (signal.kind === 'reopened') leaseOf(signal.watchKey).reopenedAt = clock.now();
        sendToOthers(member, signal);
      },
      listen(listener) {
        own.listeners.add(listener);
        return () => own.listeners.delete(listener);
      },
      tokens: {
        async find(name) {
          return tokens.get(lockName(name)) ?? null;
        },
        async put(name, token) {
          tokens.set(lockName(name), token);
        },
        async lock(name, mostMs) {
          const lock = locks.get(lockName(name));
          if (lock !== undefined && lock.until > monotonicMs() && isAlive(lock.member))
            return false;
          locks.set(lockName(name), { member, until: monotonicMs() + mostMs });
          return true;
        },
        async unlock(name) {
          if (locks.get(lockName(name))?.member === member) locks.delete(lockName(name));
        },
      },
      async close() {
        members.delete(member);
        for (const lease of leases.values()) {
          if (lease.holder !== member) continue;
          lease.holder = null;
          sendToOthers(member, { kind: 'released', watchKey: lease.watchKey });
        }
      },
    };
    members.set(member, own);
    return member;
  }

  return { join };
}

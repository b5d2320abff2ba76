import { LRUCache } from 'lru-cache';
import type { Fleet, ShelvedToken, Signal, Thing, TokenName, Told } from '../fleet.ts';

export interface BoardOptions {
  /** `monotonicMs` measures leases and locks; `now` is the wall clock, which dates what was told. */
  readonly clock: { now(): number; monotonicMs(): number };
  /** How long a member that shows no life keeps what it holds. */
  readonly leaseMs: number;
}

/** The shared state of a fleet on one machine, held in the memory of one process. */
export interface Board {
  /** Another member, which shows life by whatever it does and by `showLife`. */
  join(): Member;
}

export interface Member extends Fleet {
  showLife(): void;
}

interface Lease {
  readonly thing: Thing;
  holder: Member | null;
  told: Told | null;
  wantedUntil: number;
  reopenedAt: number;
}

const mostThings = 100_000;

/** An empty board; the newest 100,000 things are known. */
export function createBoard({ clock, leaseMs }: BoardOptions): Board {
  const { monotonicMs } = clock;
  // By size and not by `max`, for which room would be made at once: 8 MiB for the three.
  const bound = { maxSize: mostThings, sizeCalculation: () => 1 };
  const leases = new LRUCache<string, Lease>(bound);
  const tokens = new LRUCache<string, ShelvedToken>(bound);
  const locks = new LRUCache<string, { readonly member: Member; readonly until: number }>(bound);
  const members = new Map<
    Member,
    { lifeUntil: number; listeners: Set<(signal: Signal) => void> }
  >();

  function leaseOf(thing: Thing): Lease {
    const name = `${thing.tenantId}\n${thing.topic}\n${thing.key}`;
    const free = {
      thing,
      holder: null,
      told: null,
      wantedUntil: Number.NEGATIVE_INFINITY,
      reopenedAt: 0,
    };
    const lease = leases.get(name) ?? free;
    leases.set(name, lease);
    return lease;
  }

  function isAlive(member: Member): boolean {
    return (members.get(member)?.lifeUntil ?? Number.NEGATIVE_INFINITY) > monotonicMs();
  }

  function tellOthers(from: Member, signal: Signal): void {
    for (const [member, { listeners }] of members) {
      if (member !== from) for (const listener of [...listeners]) listener(signal);
    }
  }

  function join(): Member {
    const own = {
      lifeUntil: monotonicMs() + leaseMs,
      listeners: new Set<(signal: Signal) => void>(),
    };
    const lockName = ({ tenantId, family }: TokenName) => `${tenantId}\n${family}`;
    const member: Member = {
      showLife() {
        own.lifeUntil = monotonicMs() + leaseMs;
      },
      async hold(thing, isDetailed) {
        member.showLife();
        const lease = leaseOf(thing);
        const isFree = lease.holder === null || !isAlive(lease.holder);
        if (isFree) lease.holder = member;
        const isMine = lease.holder === member;
        const wasWanted = lease.wantedUntil > monotonicMs();
        if (isDetailed) lease.wantedUntil = monotonicMs() + 3 * leaseMs;
        if (isDetailed && !wasWanted && !isMine) tellOthers(member, { kind: 'wanted', thing });
        const { told, reopenedAt } = lease;
        return { isMine, told, isDetailed: isDetailed || wasWanted, reopenedAt };
      },
      async release(thing) {
        const lease = leaseOf(thing);
        if (lease.holder !== member) return;
        lease.holder = null;
        tellOthers(member, { kind: 'freed', thing });
      },
      async tell(thing, told) {
        const lease = leaseOf(thing);
        const before = lease.told;
        const isBehind = before !== null && before.version > told.version;
        const isOther = before?.version === told.version && before.state !== told.state;
        if (isBehind || isOther) return before;
        lease.told = told;
        tellOthers(member, { kind: 'told', thing, told });
        return null;
      },
      async send(signal) {
        if (signal.kind === 'reopened') leaseOf(signal.thing).reopenedAt = clock.now();
        tellOthers(member, signal);
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
          tellOthers(member, { kind: 'freed', thing: lease.thing });
        }
      },
    };
    members.set(member, own);
    return member;
  }

  return { join };
}

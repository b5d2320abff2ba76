import { isTerminal } from '../atlas/answers/flow-status.ts';
import type { Tenant } from '../atlas/api/tenant.ts';
import type { Register } from '../store/services/register.ts';
import type { Clock } from './clock.ts';
import type { FlowProgress } from './flow-progress.ts';
import type { Watch } from './watch.ts';

/** Sees to it that the register learns what became of a flow, though nobody reads it. */
export interface FollowUp {
  /** Atlas has called for a flow: it is asked at once, and the flow followed to its end. */
  onCalled(tenant: Tenant, flowUuid: string): void;
  /**
   * Looks once at each flow that was running when the process before ended, and whose callback may
   * have come meanwhile; the newest thousand of a tenant, a few at a time.
   */
  catchUp(tenant: Tenant): Promise<void>;
  /** Follows nothing more. */
  close(): void;
}

/** The options of `createFollowUp`. */
export interface FollowUpOptions {
  readonly flows: Watch<FlowProgress>;
  readonly register: Pick<Register, 'flow' | 'page'>;
  readonly clock: Clock;
  /** Told of what kept a flow from being followed; it is followed again at its next call. */
  readonly onFailure: (error: unknown) => void;
}

/** A call may come for the first document of several: so long it is waited for the rest. */
const followMs = 15 * 60_000;
const maxFollowed = 500;
const maxCatchUp = 1_000;
const catchUpConcurrency = 5;
const runningStates = ['IN_PROGRESS', 'UNKNOWN', 'NOT_STARTED'];

/** A follow-up that reads the watch like any other reader. */
export function createFollowUp(options: FollowUpOptions): FollowUp {
  const { flows, register, clock, onFailure } = options;
  const followed = new Map<string, () => void>();
  let isClosed = false;

  /** Reads a flow until Atlas has answered, or to its end if there is time for it. */
  async function follow(tenant: Tenant, uuid: string, waitMs: number): Promise<void> {
    const key = `${tenant.id}\n${uuid}`;
    if (isClosed || followed.has(key) || followed.size >= maxFollowed) return;
    const reading = flows.watch(tenant, uuid);
    const stop = () => void reading.return?.();
    const cancel = waitMs > 0 ? clock.after(waitMs, stop) : () => {};
    followed.set(key, stop);
    try {
      for await (const { source, isStale } of reading) {
        if (waitMs === 0 && source !== 'CACHE' && !isStale) break;
      }
    } finally {
      cancel();
      followed.delete(key);
    }
  }

  /** Whether the register has the flow's end, and it was given nothing more since. */
  async function isOver(tenant: Tenant, uuid: string): Promise<boolean> {
    const flow = await register.flow(tenant.id, uuid);
    const last = flows.last(tenant, uuid);
    const isEnd = last !== undefined && isTerminal(last.state.status);
    return isEnd && last.observedAt >= (flow?.uploadedAt ?? 0);
  }

  async function followCalled(tenant: Tenant, uuid: string): Promise<void> {
    flows.poke(tenant, uuid);
    await flows.recall(tenant, uuid);
    if (!(await isOver(tenant, uuid))) await follow(tenant, uuid, followMs);
  }

  return {
    onCalled(tenant, uuid) {
      followCalled(tenant, uuid).catch(onFailure);
    },
    async catchUp(tenant) {
      const filter = { states: runningStates };
      const { entries } = await register.page(tenant.id, { first: maxCatchUp, filter });
      const pending = entries.filter((flow) => flow.isCalledBack && flow.uploadedAt !== null);
      const rest = pending.values();
      await Promise.all(
        Array.from({ length: catchUpConcurrency }, async () => {
          for (const { uuid } of rest) await follow(tenant, uuid, 0).catch(onFailure);
        }),
      );
    },
    close() {
      isClosed = true;
      for (const stop of [...followed.values()]) stop();
    },
  };
}

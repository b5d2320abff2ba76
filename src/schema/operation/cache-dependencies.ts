import type { Tenant } from '../../atlas/api/tenant.ts';
import type { FlowExtracts } from '../../atlas/atlas.ts';
import type { FinishedFlows } from './finished-flows.ts';

/** The cached state of one finished flow. */
export interface FlowOrigin {
  readonly version: number;
  readonly observedAt: number;
  /** Undefined where they were not read. The recorder does not keep them alive. */
  readonly extracts: WeakRef<FlowExtracts> | undefined;
}

/** The entries of the cache of finished flows that an answer was made from. */
export interface CacheDependencies {
  readonly flows: ReadonlyMap<string, FlowOrigin>;
  /** Whether anything was looked for there that was not there. */
  readonly isPartial: boolean;
}

/** Notes where an answer comes from while it is made. */
export interface DependencyRecorder extends CacheDependencies {
  /** The memory, with a note of what is taken from it. */
  through(finished: FinishedFlows): FinishedFlows;
}

/** Begins the notes of one answer. */
export function createDependencyRecorder(): DependencyRecorder {
  const flows = new Map<string, FlowOrigin>();
  let isPartial = false;

  function note(uuid: string, found: Seen | undefined, extracts?: FlowExtracts): void {
    const noted = flows.get(uuid);
    // A change between two reads is in no entry that could be compared later.
    if (found === undefined || (noted && !isSame(noted, found))) isPartial = true;
    else flows.set(uuid, toOrigin(found, extracts ? new WeakRef(extracts) : noted?.extracts));
  }

  return {
    flows,
    get isPartial() {
      return isPartial;
    },
    through: (finished) => ({
      ...finished,
      snapshot(tenant, uuid) {
        const found = finished.snapshot(tenant, uuid);
        note(uuid, found);
        return found;
      },
      extracts(tenant, uuid) {
        const found = finished.extracts(tenant, uuid);
        note(uuid, found && finished.snapshot(tenant, uuid), found);
        return found;
      },
    }),
  };
}

/** Whether all of it is still known, and nothing newer. */
export function areCurrent(
  finished: FinishedFlows,
  tenant: Tenant,
  { flows }: CacheDependencies,
): boolean {
  for (const [uuid, origin] of flows) {
    const snapshot = finished.snapshot(tenant, uuid);
    if (snapshot === undefined || !isSame(snapshot, origin)) return false;
    if (origin.extracts === undefined) continue;
    const extracts = finished.extracts(tenant, uuid);
    if (extracts === undefined || extracts !== origin.extracts.deref()) return false;
  }
  return true;
}

type Seen = Pick<FlowOrigin, 'version' | 'observedAt'>;

function isSame(one: Seen, other: Seen): boolean {
  return one.version === other.version && one.observedAt === other.observedAt;
}

function toOrigin({ version, observedAt }: Seen, extracts: FlowOrigin['extracts']): FlowOrigin {
  return { version, observedAt, extracts };
}

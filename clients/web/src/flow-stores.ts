import type { AtlasError } from './atlas-error.ts';
import type { AtlasClient } from './client.ts';
import type { Flow } from './flow.ts';
import type { Liveness } from './follow-flow.ts';

/** A value that changes, in the form that `useSyncExternalStore` takes. */
export interface Store<Value> {
  /** Calls the listener at each change. Returns a function that removes it. */
  readonly subscribe: (listener: () => void) => () => void;
  readonly getSnapshot: () => Value;
}

/** What is known of a flow that is watched. */
export interface WatchedFlow {
  /** Null until its first state was received. */
  readonly flow: Flow | null;
  /** Why the watch is over; null while it goes on, and when the flow has ended. */
  readonly error: AtlasError | null;
  readonly liveness: Liveness | 'ended';
}

/** The flows that are watched, each by one watch however many listeners it has. */
export interface FlowStores {
  flow(uuid: string): Store<WatchedFlow>;
}

interface Entry {
  snapshot: WatchedFlow;
  readonly listeners: Set<() => void>;
  readonly stop: () => void;
}

const unknown: WatchedFlow = { flow: null, error: null, liveness: 'connecting' };

/** Watches a flow from its first listener to its last. */
export function createFlowStores(client: Pick<AtlasClient, 'watchFlow'>): FlowStores {
  const entries = new Map<string, Entry>();

  function open(uuid: string): Entry {
    const entry: Entry = {
      snapshot: unknown,
      listeners: new Set(),
      stop: client.watchFlow(uuid, {
        onFlow: (flow) => change({ flow }),
        onLiveness: (liveness) => change({ liveness }),
        onEnd: () => change({ liveness: 'ended' }),
        onError: (error) => change({ error, liveness: 'ended' }),
      }),
    };
    function change(part: Partial<WatchedFlow>): void {
      entry.snapshot = { ...entry.snapshot, ...part };
      for (const listener of [...entry.listeners]) listener();
    }
    entries.set(uuid, entry);
    return entry;
  }

  return {
    flow: (uuid) => ({
      getSnapshot: () => entries.get(uuid)?.snapshot ?? unknown,
      subscribe(listener) {
        const entry = entries.get(uuid) ?? open(uuid);
        // A function of its own, for the same listener may be given twice.
        const own = () => listener();
        entry.listeners.add(own);
        return () => {
          entry.listeners.delete(own);
          if (entry.listeners.size > 0 || entries.get(uuid) !== entry) return;
          entries.delete(uuid);
          entry.stop();
        };
      },
    }),
  };
}

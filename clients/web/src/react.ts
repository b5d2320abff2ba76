import { useMemo, useSyncExternalStore } from 'react';
import type { AtlasClient } from './client.ts';
import { createFlowList, type FlowList, type FlowListOptions } from './flow-list.ts';
import { createFlowStores, type WatchedFlow } from './flow-stores.ts';

export interface AtlasHooks {
  /** Follows a flow while the component is mounted. All components share one watch of a flow. */
  useFlow(uuid: string): WatchedFlow;
  /** Pages of flows whose rows follow their flows. */
  useFlows(
    options?: FlowListOptions,
  ): FlowList & { readonly loadMore: () => void; readonly refresh: () => void };
}

/** Hooks of React for one client. Call it once, beside the client. */
export function createAtlasHooks(client: AtlasClient): AtlasHooks {
  const stores = createFlowStores(client);
  const { flow } = stores;

  return {
    useFlow(uuid) {
      const { subscribe, getSnapshot } = useMemo(() => flow(uuid), [flow, uuid]);
      return useSyncExternalStore(subscribe, getSnapshot, getSnapshot);
    },
    useFlows(options = {}) {
      // Options are mostly written in place, as a new object at each rendering.
      const text = JSON.stringify(options);
      const list = useMemo(
        () => createFlowList(client, stores, JSON.parse(text)),
        [client, stores, text],
      );
      const snapshot = useSyncExternalStore(list.subscribe, list.getSnapshot, list.getSnapshot);
      return { ...snapshot, loadMore: list.loadMore, refresh: list.refresh };
    },
  };
}

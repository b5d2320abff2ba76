import { AtlasError, toAtlasError } from './atlas-error.ts';
import type { AtlasClient } from './client.ts';
import { type Flow, flowFields, stages } from './flow.ts';
import type { FlowStores, Store } from './flow-stores.ts';
import { retryDelay } from './retry-delay.ts';

export interface FlowListOptions {
  /** Flows of a page, 1 to 100; default 20. */
  readonly first?: number;
  /** `FlowFilter` of the schema; default all flows. */
  readonly filter?: object;
  readonly orderBy?: 'NEWEST_FIRST' | 'OLDEST_FIRST';
}

/** A flow of a list. */
export interface ListedFlow extends Flow {
  readonly applicationId: string | null;
}

export interface FlowList {
  readonly flows: readonly ListedFlow[];
  /** Why the newest page could not be read; null while it is read and when it was. */
  readonly error: AtlasError | null;
  readonly isLoading: boolean;
  /** True if `loadMore` brings another page. */
  readonly hasMore: boolean;
}

export interface FlowListStore extends Store<FlowList> {
  loadMore(): void;
  /** Reads the list anew, with its first page. */
  refresh(): void;
}

interface FlowPage {
  readonly flows: {
    readonly edges: readonly { readonly node: ListedFlow }[];
    readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean };
  } | null;
}

/** Rows of one list that are watched at once: the gateway runs a hundred operations on a socket. */
const mostWatched = 50;
const mostRetryMs = 3000;

const pageText = `query AtlasFlows($first: Int!, $after: String, $filter: FlowFilter, $orderBy: FlowOrder! = NEWEST_FIRST) {
  flows(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    edges { node { applicationId ${flowFields(stages)} } } pageInfo { endCursor hasNextPage }
  }
}`;

/**
 * Pages of flows whose rows follow their flows: the first fifty that have not ended are watched, while
 * the list has a listener. A page that cannot be read for want of a network is tried again.
 */
export function createFlowList(
  client: Pick<AtlasClient, 'request'>,
  stores: FlowStores,
  { first = 20, ...options }: FlowListOptions = {},
): FlowListStore {
  const listeners = new Set<() => void>();
  const watched = new Map<string, () => void>();
  let rows: readonly ListedFlow[] = [];
  let after: string | null = null;
  let snapshot: FlowList = { flows: [], error: null, isLoading: true, hasMore: false };
  let reading: AbortController | null = null;

  function change(part: Partial<FlowList>): void {
    const flows = rows.map((row) => newerOf(row, stores.flow(row.uuid).getSnapshot().flow));
    snapshot = { ...snapshot, flows, ...part };
    for (const listener of [...listeners]) listener();
  }

  function watchRows(): void {
    const running = new Set(rows.filter(isRunning).map(({ uuid }) => uuid));
    for (const [uuid, stop] of watched) {
      if (running.has(uuid)) continue;
      stop();
      watched.delete(uuid);
    }
    for (const uuid of running) {
      if (watched.has(uuid) || watched.size >= mostWatched) continue;
      watched.set(
        uuid,
        stores.flow(uuid).subscribe(() => change({})),
      );
    }
  }

  async function read(cursor: string | null): Promise<void> {
    reading?.abort();
    const control = new AbortController();
    const { signal } = control;
    reading = control;
    change({ isLoading: true, error: null });
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        const variables = { ...options, first, after: cursor };
        const { data, errors } = await client.request<FlowPage>(pageText, variables, { signal });
        if (signal.aborted) return;
        const page = data?.flows;
        if (!page) throw new AtlasError(errors[0] ?? { message: 'There is no list' });
        const nodes = page.edges.map(({ node }) => node);
        const known = new Set(nodes.map(({ uuid }) => uuid));
        rows = cursor === null ? nodes : [...rows.filter(({ uuid }) => !known.has(uuid)), ...nodes];
        after = page.pageInfo.endCursor;
        watchRows();
        change({ isLoading: false, error: null, hasMore: page.pageInfo.hasNextPage });
        return;
      } catch (failure) {
        const error = toAtlasError(failure);
        if (signal.aborted) return;
        change({ error, isLoading: error.isRetryable });
        if (!error.isRetryable) return;
        const delayMs = Math.max(retryDelay(failures, mostRetryMs), error.retryAfterMs);
        await new Promise((resolve) => setTimeout(resolve, delayMs));
      }
    }
  }

  return {
    getSnapshot: () => snapshot,
    subscribe(listener) {
      const own = () => listener();
      listeners.add(own);
      if (listeners.size === 1) void read(null);
      return () => {
        listeners.delete(own);
        if (listeners.size > 0) return;
        reading?.abort();
        for (const stop of watched.values()) stop();
        watched.clear();
      };
    },
    loadMore() {
      if (snapshot.hasMore && !snapshot.isLoading) void read(after);
    },
    refresh: () => void read(null),
  };
}

function isRunning({ status }: Flow): boolean {
  return !status.isTerminal;
}

/** A row with what its watch has learned since the page was read. */
function newerOf(row: ListedFlow, live: Flow | null): ListedFlow {
  if (live === null || live.status.version < row.status.version) return row;
  return { ...row, status: { ...row.status, ...live.status } };
}

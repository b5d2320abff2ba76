import type { EventKind, EventLog, LoggedEvent } from '../store/event-log.ts';
import { StoreError } from '../store/store.ts';
import type { TenantId } from '../tenant-id.ts';
import type { Clock } from './clock.ts';

/** An event, or the notice that events before the next one can't be read any more. */
export type FeedMessage =
  | { readonly event: LoggedEvent }
  /** `oldest` is the number of the oldest event that is kept; null: the log is empty. */
  | { readonly event: null; readonly oldest: number | null; readonly readTo: number };

/** Where a reader begins, and what it reads. */
export interface FeedOptions {
  /** The number of the event that was read last; by default the newest one of the log. */
  readonly after?: number | undefined;
  /** All that callers can read by default. */
  readonly kinds?: readonly EventKind[] | undefined;
}

/** Reads the logs of tenants as they grow. */
export interface EventFeed {
  /**
   * Every event behind `after`, in order and without a gap, then each new one; it never ends by itself.
   * A reader takes events at its own pace and costs no memory for what it has not taken: one that falls
   * behind reads the log. Where the log does not reach back to what it would read next, it is told so
   * once and goes on at the oldest event.
   */
  read(tenantId: TenantId, options?: FeedOptions): AsyncIterableIterator<FeedMessage>;
  /** How many tenants' logs are read now. */
  countTails(): number;
  /** Ends all reading. */
  close(): void;
}

/** The log that a feed reads, and its timers. */
export interface EventFeedOptions {
  readonly events: EventLog;
  readonly clock: Pick<Clock, 'after'>;
}

/** The end of one tenant's log, which all its readers in this process share. */
interface Tail {
  /** The newest events, of those behind `from` up to `to`. */
  recent: LoggedEvent[];
  from: number;
  to: number;
  /** Wakes the readers. */
  readonly wakes: Set<() => void>;
  pumping: Promise<void> | null;
  /** Whether the log has grown since the pumping began. */
  isHinted: boolean;
  cancel: () => void;
}

/** A hint can be lost; so often a log that is read is looked at in any case. */
const lookMs = 2_000;
const mostRecent = 1_000;
const pageSize = 200;

/** A feed with one reader of the log for each tenant that is read. */
export function createEventFeed({ events, clock }: EventFeedOptions): EventFeed {
  const tails = new Map<TenantId, Tail>();
  let stopListening: (() => void) | undefined;

  async function pump(tenantId: TenantId, tail: Tail): Promise<void> {
    tail.cancel();
    do {
      tail.isHinted = false;
      for (let hasNext = true; hasNext; ) {
        const page = await events.read(tenantId, { after: tail.to, first: pageSize });
        ({ hasNext } = page);
        takePage(tail, page);
      }
    } while (tail.isHinted);
  }

  function takePage(
    tail: Tail,
    page: {
      readonly oldest: number;
      readonly events: readonly LoggedEvent[];
      readonly readTo: number;
    },
  ): void {
    if (page.oldest - 1 > tail.to) {
      tail.recent = [];
      tail.from = page.oldest - 1;
    }
    tail.recent.push(...page.events);
    tail.to = Math.max(tail.to, page.readTo);
    const surplus = tail.recent.splice(0, Math.max(0, tail.recent.length - mostRecent));
    tail.from = surplus.at(-1)?.number ?? tail.from;
    wakeAll(tail);
  }

  function wakeAll(tail: Tail): void {
    for (const wake of [...tail.wakes]) wake();
  }

  /** Looks at the log now, or once more after the look that is under way. */
  function look(tenantId: TenantId, tail: Tail): Promise<void> {
    tail.isHinted = true;
    tail.pumping ??= pump(tenantId, tail)
      .catch(ignoreStore)
      .finally(() => {
        tail.pumping = null;
        // Readers that wait for the store try again.
        wakeAll(tail);
        if (tails.get(tenantId) !== tail) return;
        tail.cancel = clock.after(lookMs, () => void look(tenantId, tail));
      });
    return tail.pumping;
  }

  async function openTail(tenantId: TenantId): Promise<Tail> {
    stopListening ??= events.listen((grown) => {
      const tail = tails.get(grown);
      if (tail !== undefined) void look(grown, tail);
    });
    const known = tails.get(tenantId);
    if (known !== undefined) return known;
    const { last } = await events.bounds(tenantId);
    const opened = tails.get(tenantId) ?? {
      recent: [],
      from: last,
      to: last,
      wakes: new Set(),
      pumping: null,
      isHinted: false,
      cancel: () => {},
    };
    tails.set(tenantId, opened);
    return opened;
  }

  function leaveTail(tenantId: TenantId, tail: Tail, wake: () => void): void {
    tail.wakes.delete(wake);
    if (tail.wakes.size > 0 || tails.get(tenantId) !== tail) return;
    tail.cancel();
    tails.delete(tenantId);
  }

  function read(tenantId: TenantId, { after, kinds }: FeedOptions = {}) {
    const wanted = kinds && new Set<string>(kinds);
    let position = after;
    let tail: Tail | undefined;
    let isOver = false;
    /** Events that were read from the log and are not taken yet: a page at most. */
    let page: readonly LoggedEvent[] = [];
    let wake = () => {};
    const onWake = () => wake();

    async function begin(): Promise<Tail> {
      const opened = await openTail(tenantId);
      opened.wakes.add(onWake);
      if (isOver) leaveTail(tenantId, opened, onWake);
      position ??= opened.to;
      await look(tenantId, opened);
      return opened;
    }

    /** The next message that is known; null: none yet. */
    async function find(current: Tail, from: number): Promise<FeedMessage | null> {
      const [waiting] = page;
      if (waiting !== undefined) {
        page = page.slice(1);
        return { event: waiting };
      }
      if (from > current.to) return await tellUnavailable();
      if (from < current.from) return await readBehind(from);
      const event = current.recent.find(
        ({ number, kind }) => number > from && (wanted === undefined || wanted.has(kind)),
      );
      position = event?.number ?? current.to;
      return event === undefined ? null : { event };
    }

    async function readBehind(from: number): Promise<FeedMessage | null> {
      const query = { after: from, first: pageSize, ...(kinds ? { kinds } : {}) };
      const behind = await events.read(tenantId, query);
      // A log that was empty has lost nothing by beginning.
      if (from > 0 && behind.oldest - 1 > from) return await tellUnavailable();
      page = behind.events;
      position = behind.readTo;
      const current = tail;
      return current === undefined ? null : await find(current, position);
    }

    /** Says that the log does not reach to where this reader is, and goes on at its oldest event. */
    async function tellUnavailable(): Promise<FeedMessage> {
      const { oldest, last } = await events.bounds(tenantId);
      position = oldest - 1;
      return { event: null, oldest: oldest > last ? null : oldest, readTo: position };
    }

    async function next(): Promise<IteratorResult<FeedMessage>> {
      while (!isOver) {
        const waiting = Promise.withResolvers<void>();
        wake = waiting.resolve;
        try {
          tail ??= await begin();
          const message = await find(tail, position ?? tail.to);
          if (isOver) break;
          if (message !== null) return { value: message, done: false };
          if (position !== undefined && position < tail.to) continue;
        } catch (error) {
          ignoreStore(error);
          // Without a tail there is nobody to wake this reader.
          if (tail === undefined) clock.after(lookMs, waiting.resolve);
        }
        if (!isOver) await waiting.promise;
      }
      return { value: undefined, done: true };
    }

    const reader: AsyncIterableIterator<FeedMessage> & { end(): void } = {
      next,
      async return() {
        reader.end();
        return { value: undefined, done: true };
      },
      end() {
        if (isOver) return;
        isOver = true;
        readers.delete(reader);
        if (tail !== undefined) leaveTail(tenantId, tail, onWake);
        wake();
      },
      [Symbol.asyncIterator]: () => reader,
    };
    readers.add(reader);
    return reader;
  }

  const readers = new Set<{ end(): void }>();

  return {
    read,
    countTails: () => tails.size,
    close() {
      stopListening?.();
      for (const reader of [...readers]) reader.end();
    },
  };
}

/** A store that can't be reached now is asked again at the next look. */
function ignoreStore(error: unknown): void {
  if (!(error instanceof StoreError)) throw error;
}

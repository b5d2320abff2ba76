import { createHash, type Hash } from 'node:crypto';
import type { Right } from '../../identity/rights.ts';
import type { Clock } from '../../live/clock.ts';
import type { NotedReads } from '../../privacy/audit.ts';
import { createTurns, type Turns } from '../../turns.ts';
import { faultsOf, type ResultErrors } from '../operation/operation-events.ts';

/** One result of a shared subscription, as every reader of it is handed. */
export interface SharedResult {
  /** The result as JSON. */
  readonly text: string;
  /** The text without the `}}` that ends its extensions and itself; null: it has no extensions. */
  readonly open: string | null;
  /** The errors in it; null: none. */
  readonly faults: ResultErrors | null;
  /** The personal data that it shows, which each reader puts on record for itself. */
  readonly reads: NotedReads;
  /** The version of the state that it shows; null: it shows none. */
  readonly version: number | null;
  /** The rights that its subscription has used so far: each of its readers needs them. */
  readonly usedRights: ReadonlySet<Right>;
}

/** A reader of a subscription. */
export interface SharedReader {
  next(result: SharedResult): void;
  complete(): void;
  /** Fulfilled when the reader has taken the last result, or has left; null: it has. */
  whenIdle?(): Promise<void> | null;
}

/** A subscription's results, or its one result where it could not be begun. */
export type Results = AsyncIterable<unknown> | object;

/** What a shared subscription is made from. */
export interface SharedSource {
  /** Begins it; never rejects. Called once at most, when nobody reads it yet. */
  start(): Promise<Results>;
  /** Writes a result as JSON; a promise of it where it is long. */
  write(result: unknown): string | Promise<string>;
  /** The personal data that the latest result shows; called once for each result. */
  takeReads(): NotedReads;
  /** The version that the latest result shows; null: it shows none. */
  versionOf(): number | null;
  /** The rights of its caller that it has used so far. */
  usedRights(): ReadonlySet<Right>;
  /** Whether each result counts: the next one is made when its readers have taken the one before. */
  readonly isLossless?: boolean;
  /** Called when every reader has left before its end. */
  abandon(): void;
}

/** A reader's part in a shared subscription. */
export interface Membership {
  /** Nothing is read after that. */
  leave(): void;
  /** The rights that the subscription has used so far. */
  usedRights(): ReadonlySet<Right>;
}

export interface SharedOperations {
  /**
   * Reads a subscription together with whoever else reads the same one. `key` holds all that the
   * results depend on: tenant, what the caller may see, operation and variables. The source is used
   * when nobody reads it yet.
   */
  join(key: string, source: SharedSource, reader: SharedReader): Membership;
  /** Whether somebody reads it, so that joining needs no start. */
  has(key: string): boolean;
  /** How many operations run, however many read them. */
  countRunning(): number;
}

interface Group {
  readonly key: string;
  readonly readers: Set<SharedReader>;
  /** A hash of the data and errors that were published last. */
  shown: string;
  last: SharedResult | undefined;
  forget: () => void;
  stop: () => void;
  readonly source: SharedSource;
}

/**
 * Executes once for all who read the same subscription, and hands the same bytes to each. Who joins
 * late gets the last result at once, so that everybody begins with the state as it is; a result is
 * kept for `keptMs` milliseconds, after which whoever comes begins their own.
 */
export function createSharedOperations(
  clock: Clock,
  keptMs: number,
  turns: Turns = createTurns(),
): SharedOperations {
  const groups = new Map<string, Group>();
  let running = 0;

  function publish(group: Group, result: unknown): Promise<void> | null {
    const writing = group.source.write(toShownPart(result));
    if (typeof writing !== 'string') return publishLong(group, result, writing);
    const last = keepLast(group, result, writing, toHash(writing).digest('base64'));
    if (last !== null) for (const reader of group.readers) reader.next(last);
    return null;
  }

  /** Each reader's copy of a long result takes a while to send. */
  async function publishLong(
    group: Group,
    result: unknown,
    writing: Promise<string>,
  ): Promise<void> {
    const body = await writing;
    const shown = await hashDivided(body, turns, group);
    const readers = [...group.readers];
    const last = keepLast(group, result, body, shown);
    if (last === null) return;
    for (const reader of readers) {
      if (turns.isLong()) await turns.next(group);
      if (group.readers.has(reader)) reader.next(last);
    }
  }

  /** Keeps a result for who joins; null for a change that this selection does not show: it is no event. */
  function keepLast(
    group: Group,
    result: unknown,
    body: string,
    shown: string,
  ): SharedResult | null {
    const reads = group.source.takeReads();
    if (group.shown === shown && !group.source.isLossless) return null;
    group.shown = shown;
    const open = toOpenText(result, body);
    const last: SharedResult = {
      text: open === null ? body : `${open}}}`,
      open,
      faults: faultsOf(result),
      reads,
      version: group.source.versionOf(),
      usedRights: group.source.usedRights(),
    };
    group.forget();
    group.last = last;
    group.forget = clock.after(keptMs, () => {
      group.last = undefined;
      remove(group);
    });
    return last;
  }

  /** Whoever comes now begins a group of their own. */
  function remove(group: Group): void {
    if (groups.get(group.key) === group) groups.delete(group.key);
  }

  async function run(group: Group): Promise<void> {
    const results = await group.source.start();
    if (!(Symbol.asyncIterator in results)) {
      const publishing = publish(group, results);
      if (publishing) await publishing;
      return;
    }
    const iterator = results[Symbol.asyncIterator]();
    let isStopped = group.readers.size === 0;
    group.stop = () => {
      isStopped = true;
      void iterator.return?.();
    };
    if (isStopped) group.stop();
    while (!isStopped) {
      const { done, value } = await iterator.next();
      if (done) return;
      const publishing = publish(group, value);
      if (publishing) await publishing;
      if (group.source.isLossless) await untilIdle(group);
    }
  }

  async function untilIdle({ readers }: Group): Promise<void> {
    for (const reader of [...readers]) await reader.whenIdle?.();
  }

  function open(key: string, source: SharedSource): Group {
    const group: Group = {
      key,
      source,
      readers: new Set(),
      shown: '',
      last: undefined,
      forget: () => {},
      stop: () => {},
    };
    groups.set(key, group);
    running += 1;
    const close = () => {
      running -= 1;
      group.forget();
      group.last = undefined;
      remove(group);
      const left = [...group.readers];
      group.readers.clear();
      for (const reader of left) reader.complete();
    };
    // `start` answers with results and never throws; what it could not do is a result too.
    queueMicrotask(() => void run(group).finally(close));
    return group;
  }

  return {
    join(key, source, reader) {
      const group = groups.get(key) ?? open(key, source);
      group.readers.add(reader);
      if (group.last !== undefined) reader.next(group.last);
      return {
        leave() {
          if (!group.readers.delete(reader) || group.readers.size > 0) return;
          remove(group);
          group.stop();
          group.source.abandon();
        },
        usedRights: () => group.source.usedRights(),
      };
    },
    has: (key) => groups.has(key),
    countRunning: () => running,
  };
}

/** Characters that are hashed at once. */
const hashedAtOnce = 256 * 1024;

/** Hashes a text as UTF-16, in which no piece can end within a character. */
function toHash(text: string, hash = createHash('sha256')): Hash {
  return hash.update(text, 'utf16le');
}

/** The hash of a long text, made over several turns of the event loop. */
async function hashDivided(text: string, turns: Turns, owner: object): Promise<string> {
  const hash = createHash('sha256');
  for (let at = 0; at < text.length; at += hashedAtOnce) {
    toHash(text.slice(at, at + hashedAtOnce), hash);
    if (turns.isLong()) await turns.next(owner);
  }
  return hash.digest('base64');
}

/** What is shown of a result: all but its extensions, which tell of its cost. */
function toShownPart(result: unknown): unknown {
  if (!hasExtensions(result)) return result;
  const { extensions: _, ...shown } = result;
  return shown;
}

/**
 * The JSON of a result with extensions, from that of the rest, without the `}}` that ends it; null where
 * there are none. The extensions of a result are never empty. Nothing is copied: of a long text that
 * takes long.
 */
function toOpenText(result: unknown, body: string): string | null {
  if (!hasExtensions(result)) return null;
  const open = body === '{}' ? '{' : `${body.slice(0, -1)},`;
  return `${open}"extensions":${JSON.stringify(result.extensions).slice(0, -1)}`;
}

function hasExtensions(result: unknown): result is { readonly extensions: object } {
  if (typeof result !== 'object' || result === null || !('extensions' in result)) return false;
  return typeof result.extensions === 'object' && result.extensions !== null;
}

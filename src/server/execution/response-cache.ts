import type { GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { NotedReads } from '../../privacy/audit.ts';
import { areCurrent, type CacheDependencies } from '../../schema/operation/cache-dependencies.ts';
import type { GatewayContext, Operation } from '../../schema/operation/context.ts';
import type { FinishedFlows } from '../../schema/operation/finished-flows.ts';
import type { Executable } from './executable.ts';
import { isCacheable } from './steady-queries.ts';

/** The slot of one operation in the response cache. */
export interface CacheSlot {
  /** Its data as JSON; undefined where they are not cached. */
  readonly data?: string;
  /** Caches the data of its answer, unless they depend on anything that was not cached. */
  keep(data: string): void;
}

/** Data of answers as JSON, for callers that may see the same and send the same operation. */
export interface ResponseCache {
  /**
   * Returns the slot of an operation that is about to be executed; null where it can't be cached, or
   * was sent for the first time. Of cached data the cost and the reads are noted as of an execution;
   * else the dependencies of the answer are recorded from now on.
   */
  lookup(executable: Executable<GatewayContext>): CacheSlot | null;
}

/** The dependencies and the size of a response cache. */
export interface ResponseCacheOptions {
  readonly schema: GraphQLSchema;
  readonly finished: FinishedFlows;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** The most characters that are cached; the least recently used entry makes room. */
  readonly maxSize?: number;
}

interface Entry {
  readonly data: string;
  readonly origins: CacheDependencies;
  /** The personal data that it shows in full, for the audit. */
  readonly reads: NotedReads;
  /** Answers of Atlas that were taken from a cache for it. */
  readonly cached: number;
}

const roomByDefault = 16 * 1024 * 1024;

/**
 * Caches the answers to queries about finished flows as long as the records that they were made from:
 * each lookup compares them, and an entry ends with the first record that is gone or newer.
 */
export function createResponseCache(options: ResponseCacheOptions): ResponseCache {
  const { schema, finished, now, maxSize = roomByDefault } = options;
  const entries = new LRUCache<string, Entry>({
    maxSize,
    // One entry must not take all of the room.
    maxEntrySize: maxSize / 16,
    sizeCalculation: ({ data, origins, reads }, key) =>
      data.length + key.length + 100 * origins.flows.size + lengthOf(reads),
    ttlResolution: 0,
    // An entry is dropped when its time is over, and not only at its next lookup.
    ttlAutopurge: true,
    // lru-cache takes a start of 0 for "no start", so its clock must never show 0
    perf: { now: () => now() + 1 },
  });
  const isRecent = createMarks();
  const numbers = new WeakMap<OperationDefinitionNode, number | null>();
  let lastNumber = 0;

  /** The number of a cacheable operation for the key, which its text would make long; null for others. */
  function numberOf({ document, operation }: Executable): number | null {
    const known = numbers.get(operation);
    if (known !== undefined) return known;
    const number = isCacheable(schema, document, operation) ? ++lastNumber : null;
    numbers.set(operation, number);
    return number;
  }

  /** Everything that an answer depends on besides the records of its flows. */
  function keyOf(number: number, { variables, contextValue }: Executable<GatewayContext>): string {
    const { tenant, visibility } = contextValue.operation.principal;
    return JSON.stringify([tenant.id, visibility, number, variables.declared]);
  }

  function find(key: string, { tenant }: Operation): Entry | undefined {
    const found = entries.get(key);
    if (found === undefined || areCurrent(finished, tenant, found.origins)) return found;
    entries.delete(key);
    return undefined;
  }

  function keep(key: string, operation: Operation, origins: CacheDependencies, data: string): void {
    const { tenant, meter, reads } = operation;
    const { flows, isPartial } = origins;
    if (isPartial || flows.size === 0 || meter.calls > 0 || meter.coalesced > 0) return;
    const leftMs = Math.min(...[...flows.keys()].map((uuid) => finished.leftMs(tenant, uuid)));
    if (leftMs < 1) return;
    const made = {
      data,
      origins: { flows, isPartial },
      reads: reads.noted(),
      cached: meter.cached,
    };
    entries.set(key, made, { ttl: Math.floor(leftMs) });
  }

  return {
    lookup(executable) {
      const number = numberOf(executable);
      if (number === null) return null;
      const { operation } = executable.contextValue;
      const key = keyOf(number, executable);
      const found = find(key, operation);
      if (found === undefined) {
        // Most operations are sent once, so that recording their dependencies would be in vain.
        if (!isRecent(key)) return null;
        const origins = operation.recordDependencies();
        return { keep: (data) => keep(key, operation, origins, data) };
      }
      operation.meter.cached += found.cached;
      operation.reads.noteAgain(found.reads);
      return { data: found.data, keep: () => {} };
    },
  };
}

/** Returns whether a text was met recently; rarely true for one that was not. */
function createMarks(): (text: string) => boolean {
  const marks = new Uint32Array(4_096);
  return (text) => {
    let mark = 0x811c9dc5; // FNV-1a
    for (let place = 0; place < text.length; place += 1) {
      mark = Math.imul(mark ^ text.charCodeAt(place), 0x01000193) >>> 0;
    }
    const place = mark % marks.length;
    const isKnown = marks[place] === mark;
    marks[place] = mark;
    return isKnown;
  };
}

function lengthOf(reads: NotedReads): number {
  return reads.reduce((sum, { length }) => sum + length, 0);
}

import { type ExecutionArgs, type GraphQLSchema, getOperationAST } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { NotedReads } from '../../privacy/audit.ts';
import type { GatewayContext, Operation } from '../../schema/operation/context.ts';
import type { FinishedFlows } from '../../schema/operation/finished-flows.ts';
import { areCurrent, type Origins } from '../../schema/operation/origins.ts';
import { isSteady } from './steady-queries.ts';

/** Where the answer to an operation is kept, or will be. */
export interface Place {
  /** Its data as JSON, where they are known. */
  readonly data?: string;
  /** Takes in data that are about to be shown, where they are made of what was known and no more. */
  keep(data: string): void;
}

/** Data that were shown, as JSON, for whoever may see the same and asks for the same. */
export interface KeptAnswers {
  /**
   * The place for an operation that is about to be run; null where it is of a kind that is not kept,
   * or came for the first time. If its data are there, what they cost and whose they are is noted as
   * if it had been run; if they are not, it is noted from here on what they are made of.
   */
  place(args: ExecutionArgs): Place | null;
}

export interface KeptAnswersOptions {
  readonly schema: GraphQLSchema;
  readonly finished: FinishedFlows;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** How many letters there is room for; what was used longest ago makes room. */
  readonly maxSize?: number;
}

interface Kept {
  readonly data: string;
  readonly origins: Origins;
  /** Whose data it shows in full, for the record. */
  readonly reads: NotedReads;
  /** How many answers of Atlas were taken from memory for it. */
  readonly cached: number;
}

const roomByDefault = 16 * 1024 * 1024;

/**
 * Keeps the answers to queries about finished flows for as long as what they were made of: each time
 * it is looked up there, and an answer goes with the first thing that has gone or is newer.
 */
export function createKeptAnswers(options: KeptAnswersOptions): KeptAnswers {
  const { schema, finished, now, maxSize = roomByDefault } = options;
  const kept = new LRUCache<string, Kept>({
    maxSize,
    // None may have all of it to itself.
    maxEntrySize: maxSize / 16,
    sizeCalculation: ({ data, origins, reads }, key) =>
      data.length + key.length + 100 * origins.flows.size + lengthOf(reads),
    ttlResolution: 0,
    // What is over is dropped when its time comes, and not only when somebody looks for it.
    ttlAutopurge: true,
    // lru-cache takes a start of 0 for "no start", so its clock must never show 0
    perf: { now: () => now() + 1 },
  });
  const cameLately = createMarks();
  const numbers = new WeakMap<object, number | null>();
  let lastNumber = 0;

  /** A number for an operation that is kept, for the key; its text would make it long. */
  function numberOf({ document, operationName }: ExecutionArgs): number | null {
    const operation = getOperationAST(document, operationName);
    if (!operation) return null;
    const known = numbers.get(operation);
    if (known !== undefined) return known;
    const number = isSteady(schema, document, operation) ? ++lastNumber : null;
    numbers.set(operation, number);
    return number;
  }

  /** All that an answer depends on but what is known of its flows. */
  function keyOf(number: number, { variableValues, contextValue }: ExecutionArgs): string {
    const { tenant, visibility } = operationOf(contextValue).principal;
    return JSON.stringify([tenant.id, visibility, number, variableValues ?? null]);
  }

  function find(key: string, { tenant }: Operation): Kept | undefined {
    const found = kept.get(key);
    if (found === undefined || areCurrent(finished, tenant, found.origins)) return found;
    kept.delete(key);
    return undefined;
  }

  function keep(key: string, operation: Operation, origins: Origins, data: string): void {
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
    kept.set(key, made, { ttl: Math.floor(leftMs) });
  }

  return {
    place(args) {
      const number = numberOf(args);
      if (number === null) return null;
      const operation = operationOf(args.contextValue);
      const key = keyOf(number, args);
      const found = find(key, operation);
      if (found === undefined) {
        // Most questions come once, and then every note is in vain.
        if (!cameLately(key)) return null;
        const origins = operation.noteOrigins();
        return { keep: (data) => keep(key, operation, origins, data) };
      }
      operation.meter.cached += found.cached;
      operation.reads.noteAgain(found.reads);
      return { data: found.data, keep: () => {} };
    },
  };
}

/** Tells whether a text came not long ago; now and then of one that did not. */
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

function operationOf(contextValue: unknown): Operation {
  // The context of every operation is made by createContext.
  return (contextValue as GatewayContext).operation;
}

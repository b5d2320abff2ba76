import DataLoader from 'dataloader';
import type { AddressMatchRecord } from '../atlas/address-matches.ts';
import type { Atlas, BatchPage, BatchService, FlowExtracts } from '../atlas/atlas.ts';
import type { CallMeter } from '../atlas/call-meter.ts';
import type { CallOptions } from '../atlas/client.ts';
import { isOutage } from '../atlas/errors.ts';
import type { Tenant } from '../atlas/tenant.ts';
import type { FlowProgress } from '../live/flow-progress.ts';
import type { Snapshot } from '../live/known-states.ts';
import type { Watch } from '../live/watch.ts';
import type { Sight, Subject } from '../privacy/sight.ts';
import type { Register } from '../store/register.ts';
import type { FinishedFlows } from './finished-flows.ts';
import {
  type PersonalCrossCheck,
  type PersonalDocument,
  toPersonalCrossCheck,
  toPersonalDocument,
} from './personal.ts';
import { toStale } from './stale.ts';

/** What addresses have in common that leave in one call. */
export interface AddressGroup {
  readonly applicationId: string;
  readonly source: string;
}
export interface BatchPageKey {
  readonly service: BatchService;
  readonly batchId: string;
  readonly page: number;
}

/** What was read from a flow's documents, as the viewer may see it. */
export interface PersonalExtracts {
  readonly documents: readonly PersonalDocument[];
  readonly crossChecks: readonly PersonalCrossCheck[];
}
/** One page of a batch, as the viewer may see it. */
export interface PersonalPage extends Omit<BatchPage, 'documents'> {
  readonly documents: readonly PersonalDocument[];
}

/** What one operation reads from Atlas, each thing once however often it is named. */
export interface Loaders {
  /** Null: no such flow. Where Atlas can't be asked, what was known of it, marked stale. */
  readonly flowSnapshot: DataLoader<string, Snapshot<FlowProgress> | null>;
  /** Null: no such flow. */
  readonly flowExtracts: DataLoader<string, PersonalExtracts | null>;
  /** Null: no such batch, or no such page of it. */
  readonly batchPage: DataLoader<BatchPageKey, PersonalPage | null, string>;
  /** How addresses compare with the source of a group. */
  readonly addressMatch: (group: AddressGroup) => DataLoader<string, AddressMatchRecord>;
}

export interface LoaderNeeds {
  readonly atlas: Atlas;
  readonly flows: Pick<Watch<FlowProgress>, 'observe' | 'last' | 'isReopened' | 'recall'>;
  readonly finished: FinishedFlows;
  readonly tenant: Tenant;
  readonly meter: CallMeter;
  /** What each call is made with, as it is at that moment. */
  readonly callOptions: () => CallOptions;
  /** How the viewer sees what is personal. */
  readonly sight: Sight;
  readonly register: Pick<Register, 'flow'>;
  readonly now: () => number;
}

/** Atlas takes as many targets as one likes, as far as is known; we send no more in one call. */
const mostTargetsPerCall = 100;

/** Makes the loaders of one operation, or of one event of a subscription; never kept longer. */
export function createLoaders(needs: LoaderNeeds): Loaders {
  const { atlas, flows, finished, tenant, meter, callOptions, sight, register, now } = needs;
  const reading = createReading();

  async function readExtracts(uuid: string): Promise<FlowExtracts | null> {
    const known = finished.extracts(tenant, uuid);
    if (known !== undefined) {
      meter.cached += 1;
      return known;
    }
    const askedAt = now();
    const extracts = await atlas.flowExtracts(tenant, uuid, callOptions());
    if (extracts !== null) finished.keepExtracts(tenant, uuid, extracts, askedAt);
    return extracts;
  }

  async function readSnapshot(uuid: string): Promise<Snapshot<FlowProgress> | null> {
    const known = finished.snapshot(tenant, uuid);
    if (known !== undefined) {
      meter.cached += 1;
      return known;
    }
    const askedAt = now();
    const recalled = flows.recall(tenant, uuid);
    try {
      const status = await atlas.flowStatus(tenant, uuid, callOptions());
      await recalled;
      return status && flows.observe(tenant, uuid, { status, landed: null }, askedAt);
    } catch (error) {
      await recalled;
      const last = isOutage(error) ? flows.last(tenant, uuid) : undefined;
      // An end from before more was submitted would be taken for the end of that too.
      if (last === undefined || flows.isReopened(tenant, uuid)) throw error;
      meter.cached += 1;
      return toStale(last);
    }
  }

  function openGroup(group: AddressGroup): DataLoader<string, AddressMatchRecord> {
    return new DataLoader(
      async (targets) => {
        const matches = await atlas.matchAddresses(tenant, { ...group, targets }, callOptions());
        return targets.map((_, index) => matches[index] ?? new Error('a target got no result'));
      },
      {
        maxBatchSize: mostTargetsPerCall,
        // Addresses to match may still be on their way in the documents of other flows.
        batchScheduleFn: (dispatch) => reading.whenQuiet(dispatch),
      },
    );
  }

  return whenAsked({
    flowSnapshot: () => new DataLoader((uuids) => reading.each(uuids, readSnapshot)),

    flowExtracts: () =>
      new DataLoader((uuids) =>
        reading.each(uuids, async (uuid): Promise<PersonalExtracts | null> => {
          const [extracts, flow] = await Promise.all([
            readExtracts(uuid),
            register.flow(tenant.id, uuid),
          ]);
          const applicationId = flow?.applicationId ?? undefined;
          const subject: Subject = { kind: 'flow', id: uuid, applicationId };
          return extracts && toPersonalExtracts(extracts, subject, sight);
        }),
      ),

    batchPage: () =>
      new DataLoader(
        (keys) =>
          reading.each(keys, async (key): Promise<PersonalPage | null> => {
            const page = await atlas.batchPage(tenant, key, callOptions());
            const subject: Subject = { kind: 'batch', id: `${key.service}:${key.batchId}` };
            return (
              page && {
                ...page,
                documents: page.documents.map((each) => toPersonalDocument(each, subject, sight)),
              }
            );
          }),
        { cacheKeyFn: ({ service, batchId, page }) => `${service} ${page} ${batchId}` },
      ),

    addressMatch() {
      const groups = new Map<string, DataLoader<string, AddressMatchRecord>>();
      return ({ applicationId, source }) => {
        const key = JSON.stringify([applicationId, source]);
        const known = groups.get(key) ?? openGroup({ applicationId, source });
        groups.set(key, known);
        return known;
      };
    },
  });
}

/** Documents and cross-checks each when they are looked at: most operations want one of them. */
function toPersonalExtracts(
  extracts: FlowExtracts,
  subject: Subject,
  sight: Sight,
): PersonalExtracts {
  let crossChecks: readonly PersonalCrossCheck[] | undefined;
  return {
    documents: extracts.documents.map((each) => toPersonalDocument(each, subject, sight)),
    get crossChecks() {
      crossChecks ??= extracts.crossChecks.map((each) =>
        toPersonalCrossCheck(each, subject, sight),
      );
      return crossChecks;
    },
  };
}

/** Makes each loader when it is first asked for: an operation needs one or two. */
function whenAsked(makers: { readonly [Name in keyof Loaders]: () => Loaders[Name] }): Loaders {
  let flowSnapshot: Loaders['flowSnapshot'] | undefined;
  let flowExtracts: Loaders['flowExtracts'] | undefined;
  let batchPage: Loaders['batchPage'] | undefined;
  let addressMatch: Loaders['addressMatch'] | undefined;
  return {
    get flowSnapshot() {
      flowSnapshot ??= makers.flowSnapshot();
      return flowSnapshot;
    },
    get flowExtracts() {
      flowExtracts ??= makers.flowExtracts();
      return flowExtracts;
    },
    get batchPage() {
      batchPage ??= makers.batchPage();
      return batchPage;
    },
    get addressMatch() {
      addressMatch ??= makers.addressMatch();
      return addressMatch;
    },
  };
}

/** Keeps count of the reads under way, so that what builds on them can wait for the last. */
function createReading() {
  let underWay = 0;
  let waiting: (() => void)[] = [];

  function settleSoon(): void {
    // Resolvers that were given their answer need a turn to ask for what follows from it.
    setImmediate(() => {
      if (underWay > 0 || waiting.length === 0) return;
      const ready = waiting;
      waiting = [];
      for (const act of ready) act();
    });
  }

  return {
    /** Reads every key at once; one that fails fails alone. */
    async each<Key, Value>(
      keys: readonly Key[],
      read: (key: Key) => Promise<Value>,
    ): Promise<(Value | Error)[]> {
      underWay += 1;
      try {
        return await Promise.all(keys.map((key) => read(key).catch(toError)));
      } finally {
        underWay -= 1;
        settleSoon();
      }
    },
    /** Acts as soon as no read is under way and none follows at once. */
    whenQuiet(act: () => void): void {
      waiting.push(act);
      settleSoon();
    },
  };
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error('a read failed', { cause: error });
}

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
  return new LazyLoaders(needs);
}

/** Makes each loader when it is first asked for: an operation needs one or two. */
class LazyLoaders implements Loaders {
  readonly #needs: LoaderNeeds;
  readonly #reading = new Reading();
  #flowSnapshot: Loaders['flowSnapshot'] | undefined;
  #flowExtracts: Loaders['flowExtracts'] | undefined;
  #batchPage: Loaders['batchPage'] | undefined;
  #addressGroups: Map<string, DataLoader<string, AddressMatchRecord>> | undefined;

  constructor(needs: LoaderNeeds) {
    this.#needs = needs;
  }

  get flowSnapshot(): Loaders['flowSnapshot'] {
    this.#flowSnapshot ??= new DataLoader((uuids) =>
      this.#reading.each(uuids, (uuid) => this.#readSnapshot(uuid)),
    );
    return this.#flowSnapshot;
  }

  get flowExtracts(): Loaders['flowExtracts'] {
    this.#flowExtracts ??= new DataLoader((uuids) =>
      this.#reading.each(uuids, (uuid) => this.#readPersonalExtracts(uuid)),
    );
    return this.#flowExtracts;
  }

  get batchPage(): Loaders['batchPage'] {
    this.#batchPage ??= new DataLoader(
      (keys) => this.#reading.each(keys, (key) => this.#readPersonalPage(key)),
      { cacheKeyFn: ({ service, batchId, page }) => `${service} ${page} ${batchId}` },
    );
    return this.#batchPage;
  }

  addressMatch({ applicationId, source }: AddressGroup): DataLoader<string, AddressMatchRecord> {
    this.#addressGroups ??= new Map();
    const key = JSON.stringify([applicationId, source]);
    const known = this.#addressGroups.get(key) ?? this.#openGroup({ applicationId, source });
    this.#addressGroups.set(key, known);
    return known;
  }

  async #readSnapshot(uuid: string): Promise<Snapshot<FlowProgress> | null> {
    const { atlas, flows, finished, tenant, meter, callOptions, now } = this.#needs;
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

  async #readPersonalExtracts(uuid: string): Promise<PersonalExtracts | null> {
    const { register, tenant, sight } = this.#needs;
    const registered = register.flow(tenant.id, uuid);
    const [extracts, flow] = await Promise.all([this.#readExtracts(uuid), registered]);
    const applicationId = flow?.applicationId ?? undefined;
    const subject: Subject = { kind: 'flow', id: uuid, applicationId };
    return extracts && toPersonalExtracts(extracts, subject, sight);
  }

  async #readExtracts(uuid: string): Promise<FlowExtracts | null> {
    const { atlas, finished, tenant, meter, callOptions, now } = this.#needs;
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

  async #readPersonalPage(key: BatchPageKey): Promise<PersonalPage | null> {
    const { atlas, tenant, callOptions, sight } = this.#needs;
    const page = await atlas.batchPage(tenant, key, callOptions());
    const subject: Subject = { kind: 'batch', id: `${key.service}:${key.batchId}` };
    return (
      page && {
        ...page,
        documents: page.documents.map((each) => toPersonalDocument(each, subject, sight)),
      }
    );
  }

  #openGroup(group: AddressGroup): DataLoader<string, AddressMatchRecord> {
    const { atlas, tenant, callOptions } = this.#needs;
    return new DataLoader(
      async (targets) => {
        const asked = { ...group, targets };
        // A failure is kept as an answer is, so that nobody asks again in the same operation.
        const matches = await atlas.matchAddresses(tenant, asked, callOptions()).catch(toError);
        if (matches instanceof Error) return targets.map(() => matches);
        return targets.map((_, index) => matches[index] ?? new Error('a target got no result'));
      },
      {
        maxBatchSize: mostTargetsPerCall,
        // Addresses to match may still be on their way in the documents of other flows.
        batchScheduleFn: (dispatch) => this.#reading.whenQuiet(dispatch),
      },
    );
  }
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

/** Keeps count of the reads under way, so that what builds on them can wait for the last. */
class Reading {
  #underWay = 0;
  #waiting: (() => void)[] = [];

  /** Reads every key at once; one that fails fails alone. */
  async each<Key, Value>(
    keys: readonly Key[],
    read: (key: Key) => Promise<Value>,
  ): Promise<(Value | Error)[]> {
    this.#underWay += 1;
    try {
      return await Promise.all(keys.map((key) => read(key).catch(toError)));
    } finally {
      this.#underWay -= 1;
      this.#settleSoon();
    }
  }

  /** Acts as soon as no read is under way and none follows at once. */
  whenQuiet(act: () => void): void {
    this.#waiting.push(act);
    this.#settleSoon();
  }

  #settleSoon(): void {
    // Whoever comes to wait later asks for it again.
    if (this.#waiting.length === 0) return;
    // Resolvers that were given their answer need a turn to ask for what follows from it.
    setImmediate(() => {
      if (this.#underWay > 0 || this.#waiting.length === 0) return;
      const ready = this.#waiting;
      this.#waiting = [];
      for (const act of ready) act();
    });
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error('a read failed', { cause: error });
}

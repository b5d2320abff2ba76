import type { CallMeter } from '../../atlas/api/call-meter.ts';
import { isOutage } from '../../atlas/api/errors.ts';
import type { Tenant } from '../../atlas/api/tenant.ts';
import type { Atlas, BatchPage, BatchService, FlowExtracts } from '../../atlas/atlas.ts';
import type { CallOptions } from '../../atlas/client/client.ts';
import type { FlowProgress } from '../../live/flow-progress.ts';
import type { Snapshot } from '../../live/known-states.ts';
import type { Watch } from '../../live/watch.ts';
import type { RedactionPolicy, Subject } from '../../privacy/redaction.ts';
import type { Register } from '../../store/services/register.ts';
import { type FlowRecord, StoreError } from '../../store/store.ts';
import { AddressGroup } from './address-group.ts';
import type { FinishedFlows } from './finished-flows.ts';
import { toKnownFlow } from './known-flow.ts';
import {
  type PersonalCrossCheck,
  type PersonalDocument,
  toPersonalCrossCheck,
  toPersonalDocument,
} from './redacted-records.ts';
import { SingleReads } from './single-reads.ts';
import { toStale } from './stale.ts';

/** The key that addresses must share to be matched in one call. */
export interface AddressPair {
  readonly applicationId: string;
  readonly source: string;
}
/** The key of one page of a batch. */
export interface BatchPageKey {
  readonly service: BatchService;
  readonly batchId: string;
  readonly page: number;
}

/** A flow, from the answer of Atlas that proved that it exists. */
export interface FoundFlow {
  readonly uuid: string;
  readonly snapshot: Snapshot<FlowProgress>;
}

/** The extracts of a flow's documents, redacted for the viewer; empty where there is no flow. */
export interface PersonalExtracts {
  /** The flow on the register, as it was when they were read. */
  readonly registered: FlowRecord | null;
  readonly documents: readonly PersonalDocument[];
  readonly crossChecks: readonly PersonalCrossCheck[];
  /** Returns what is made of these, made once under each name: fields of many aliases share it. */
  derive<Result>(name: string, make: () => Result): Result;
}
/** One page of a batch, as the viewer may see it. */
export interface PersonalPage extends Omit<BatchPage, 'documents'> {
  readonly documents: readonly PersonalDocument[];
}

/** The reads of one operation from Atlas, each made once however often it is named. */
export interface Loaders {
  /** Null: no such flow. Where Atlas can't be asked, what was known of it, marked stale. */
  readonly flow: SingleReads<string, FoundFlow | null>;
  readonly flowExtracts: SingleReads<string, PersonalExtracts>;
  /** Null: no such batch, or no such page of it. */
  readonly batchPage: SingleReads<BatchPageKey, PersonalPage | null>;
  /** How addresses compare with a source. */
  readonly addresses: (pair: AddressPair) => AddressGroup;
}

/** The dependencies of the loaders of one operation. */
export interface LoaderNeeds {
  readonly atlas: Atlas;
  readonly flows: Pick<Watch<FlowProgress>, 'observe' | 'current' | 'recall'>;
  readonly finished: FinishedFlows;
  readonly tenant: Tenant;
  readonly meter: CallMeter;
  /** Returns the options of a call, as they are at that moment. */
  readonly callOptions: () => CallOptions;
  /** How the viewer sees what is personal. */
  readonly redaction: RedactionPolicy;
  readonly register: Pick<Register, 'flow'>;
  /** The monotonic clock, in milliseconds. */
  readonly monotonicMs: () => number;
}

/** Makes the loaders of one operation, or of one event of a subscription; never kept longer. */
export function createLoaders(needs: LoaderNeeds): Loaders {
  return new LazyLoaders(needs);
}

/** Makes each loader when it is first asked for: an operation needs one or two. */
class LazyLoaders implements Loaders {
  readonly #needs: LoaderNeeds;
  readonly #reading = new Reading();
  #flow: Loaders['flow'] | undefined;
  #flowExtracts: Loaders['flowExtracts'] | undefined;
  #batchPage: Loaders['batchPage'] | undefined;
  #addressGroups: Map<string, AddressGroup> | undefined;

  constructor(needs: LoaderNeeds) {
    this.#needs = needs;
  }

  get flow(): Loaders['flow'] {
    this.#flow ??= new SingleReads((uuid) => this.#readFlow(uuid), toSelf);
    return this.#flow;
  }

  get flowExtracts(): Loaders['flowExtracts'] {
    this.#flowExtracts ??= new SingleReads((uuid) => this.#readExtracts(uuid), toSelf);
    return this.#flowExtracts;
  }

  get batchPage(): Loaders['batchPage'] {
    this.#batchPage ??= new SingleReads(
      (key) => this.#readPage(key),
      ({ service, batchId, page }) => `${service} ${page} ${batchId}`,
    );
    return this.#batchPage;
  }

  addresses(pair: AddressPair): AddressGroup {
    this.#addressGroups ??= new Map();
    const key = JSON.stringify([pair.applicationId, pair.source]);
    const known = this.#addressGroups.get(key) ?? this.#openGroup(pair);
    this.#addressGroups.set(key, known);
    return known;
  }

  async #readFlow(uuid: string): Promise<FoundFlow | null> {
    const { atlas, flows, finished, tenant, meter, callOptions, monotonicMs } = this.#needs;
    const known = finished.snapshot(tenant, uuid);
    if (known !== undefined) {
      meter.cached += 1;
      return { uuid, snapshot: known };
    }
    const askedAt = monotonicMs();
    const recalling = flows.recall(tenant, uuid);
    this.#reading.begin();
    try {
      const status = await atlas.flowStatus(tenant, uuid, callOptions());
      if (recalling) await recalling;
      if (status === null) return null;
      return { uuid, snapshot: flows.observe(tenant, uuid, { status, landed: null }, askedAt) };
    } catch (error) {
      if (recalling) await recalling;
      const known = isOutage(error) ? await this.#findKnown(uuid) : null;
      if (known === null) throw error;
      meter.cached += 1;
      return { uuid, snapshot: toStale(known) };
    } finally {
      this.#reading.end();
    }
  }

  /** Returns a flow as known without a call to Atlas; null if neither memory nor the register has it. */
  async #findKnown(uuid: string): Promise<Snapshot<FlowProgress> | null> {
    const { flows, register, tenant } = this.#needs;
    const current = flows.current(tenant, uuid);
    try {
      const entry = await register.flow(tenant.id, uuid);
      return entry === null ? (current ?? null) : toKnownFlow(current, entry);
    } catch (error) {
      if (error instanceof StoreError) return current ?? null;
      throw error;
    }
  }

  async #readExtracts(uuid: string): Promise<PersonalExtracts> {
    const { atlas, finished, register, tenant, meter, callOptions, redaction, monotonicMs } =
      this.#needs;
    this.#reading.begin();
    try {
      const registering = register.flow(tenant.id, uuid);
      const known = finished.extracts(tenant, uuid);
      if (known !== undefined) meter.cached += 1;
      const askedAt = monotonicMs();
      const reading = known ?? atlas.flowExtracts(tenant, uuid, callOptions());
      const [extracts, registered] =
        registering instanceof Promise
          ? await Promise.all([reading, registering])
          : [await reading, registering];
      if (extracts !== null && known === undefined) {
        finished.keepExtracts(tenant, uuid, extracts, askedAt);
      }
      const applicationId = registered?.applicationId ?? undefined;
      const subject: Subject = { kind: 'flow', id: uuid, applicationId };
      return new ExtractsInSight(extracts ?? noExtracts, registered, subject, redaction);
    } finally {
      this.#reading.end();
    }
  }

  async #readPage(key: BatchPageKey): Promise<PersonalPage | null> {
    const { atlas, tenant, callOptions, redaction } = this.#needs;
    this.#reading.begin();
    try {
      const page = await atlas.batchPage(tenant, key, callOptions());
      if (page === null) return null;
      const subject: Subject = { kind: 'batch', id: `${key.service}:${key.batchId}` };
      const documents = page.documents.map((each) => toPersonalDocument(each, subject, redaction));
      return { ...page, documents };
    } finally {
      this.#reading.end();
    }
  }

  #openGroup(pair: AddressPair): AddressGroup {
    const { atlas, tenant, callOptions } = this.#needs;
    return new AddressGroup({
      ask: (targets) => atlas.matchAddresses(tenant, { ...pair, targets }, callOptions()),
      // Addresses to match may still be on their way in the documents of other flows.
      whenReady: (act) => this.#reading.whenQuiet(act),
    });
  }
}

const noExtracts: FlowExtracts = { documents: [], crossChecks: [] };

/** Documents and cross-checks each when they are looked at: most operations want one of them. */
class ExtractsInSight implements PersonalExtracts {
  readonly registered: FlowRecord | null;
  readonly #extracts: FlowExtracts;
  readonly #subject: Subject;
  readonly #redaction: RedactionPolicy;
  #documents: readonly PersonalDocument[] | undefined;
  #crossChecks: readonly PersonalCrossCheck[] | undefined;
  #derived: Map<string, unknown> | undefined;

  constructor(
    extracts: FlowExtracts,
    registered: FlowRecord | null,
    subject: Subject,
    redaction: RedactionPolicy,
  ) {
    this.registered = registered;
    this.#extracts = extracts;
    this.#subject = subject;
    this.#redaction = redaction;
  }

  get documents(): readonly PersonalDocument[] {
    this.#documents ??= this.#extracts.documents.map((each) =>
      toPersonalDocument(each, this.#subject, this.#redaction),
    );
    return this.#documents;
  }

  get crossChecks(): readonly PersonalCrossCheck[] {
    this.#crossChecks ??= this.#extracts.crossChecks.map((each) =>
      toPersonalCrossCheck(each, this.#subject, this.#redaction),
    );
    return this.#crossChecks;
  }

  derive<Result>(name: string, make: () => Result): Result {
    this.#derived ??= new Map();
    if (!this.#derived.has(name)) this.#derived.set(name, make());
    // Each name has one maker, and so one type.
    return this.#derived.get(name) as Result;
  }
}

/** Keeps count of the reads under way, so that what builds on them can wait for the last. */
class Reading {
  #underWay = 0;
  #waiting: (() => void)[] = [];

  begin(): void {
    this.#underWay += 1;
  }

  end(): void {
    this.#underWay -= 1;
    this.#settleSoon();
  }

  /** Acts as soon as no read is under way and none follows at once. */
  whenQuiet(act: () => void): void {
    this.#waiting.push(act);
    this.#settleSoon();
  }

  #settleSoon(): void {
    // A later waiter reads it again.
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

function toSelf(name: string): string {
  return name;
}

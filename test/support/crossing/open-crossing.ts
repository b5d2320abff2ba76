import assert from 'node:assert/strict';
import type { FlowExtracts } from '../../../src/atlas/atlas.ts';
import type { Principal } from '../../../src/identity/principal.ts';
import { createLoaders } from '../../../src/schema/operation/loaders.ts';
import type { FlowEntry, FlowFilter } from '../../../src/store/store.ts';
import { toKeyIssuer } from '../key-issuer.ts';
import { settle } from '../live/fake-clock.ts';
import { tenantOf } from '../live/open-watch.ts';
import { askKept } from './ask-kept.ts';
import { type House, most } from './house.ts';
import { areGrantsOwn, isStreamOwn, isUnseen, markGrants, unmasked } from './own-marks.ts';
import { type Behaviour, type Stamp, stamps } from './two-atlases.ts';

/** One thing that happens. Numbers are counted round, so that every one names something. */
export type Command =
  | { readonly kind: 'settle'; readonly place: number; readonly behaviour: Behaviour }
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'leave'; readonly place: number }
  | { readonly kind: Deed; readonly who: number; readonly thing: number };

export const deeds = [
  'read a status',
  'read documents',
  'read a batch',
  'match addresses',
  'open a flow',
  'upload',
  'submit a batch',
  'call back',
  'end',
  'subscribe',
  'watch closely',
  'watch a batch',
  'reopen',
  'ask again',
  'come again',
  'list flows',
  'lose Atlas',
] as const;
export type Deed = (typeof deeds)[number];

/** Fewer calls shut nothing, however they end. */
const leastMade = 10;
/** So many tries may be made again, however few calls there are. */
const leastRepeated = 10;

/** The queries for lists of flows: each is looked up in an index of its own. */
const states = ['NOT_STARTED', 'UNKNOWN', 'IN_PROGRESS', 'SUCCESS'];
const filters: readonly FlowFilter[] = [
  {},
  { productType: 'TEST' },
  { states },
  { productType: 'TEST', states },
];

/**
 * Two tenants who come to the house, with the same names for everything; nobody was there before by
 * these. The house is one for all, because its memories are large.
 */
export function openCrossing(house: House, run: number) {
  const { clock, atlases, client, triesOf, atlas, startDeadline, store, register, ledger } = house;
  const { flows, batches, finished, once, caps, rateLimit, tokens, durations, runner } = house;
  atlases.drop();
  const people = stamps.map((stamp) => ({
    stamp,
    tenant: tenantOf(`${stamp.tenantId}-${run}`),
    /** The events of this tenant alone. */
    uploaded: new Set<string>(),
    entered: new Set<string>(),
    calls: 0,
    ...{ requests: 0, windowEndsMs: 0, comings: 0 },
    subscriptions: 0,
  }));
  type Person = (typeof people)[number];
  const faults: string[] = [];
  const leaving: (() => void)[] = [];
  const fault = (what: string, { stamp }: Person) => faults.push(`${what} of ${stamp.tenantId}`);
  const uuidOf = (thing: number) => `${run} flow ${thing % 2}`;
  const batchOf = (thing: number) => `${run} batch ${thing % 2}`;
  /** The same reference stands for one flow of acme's, and for the other of bolt's. */
  const boundTo = ({ stamp }: Person) => uuidOf(stamp.count);
  const reference = `${run} reference`;

  const loadersOf = ({ tenant }: Person) =>
    createLoaders({
      atlas,
      flows,
      finished,
      tenant,
      meter: { calls: 0, coalesced: 0, cached: 0 },
      callOptions: () => ({ deadline: startDeadline() }),
      redaction: unmasked,
      register,
      monotonicMs: clock.monotonicMs,
    });

  function askAgain({ tenant, stamp }: Person, thing: number): void {
    const known = askKept(house, tenant, uuidOf(thing));
    if (known !== undefined && known !== stamp.crossCheck) faults.push('an answer that is kept');
  }

  /** Looks at what comes, whenever it comes; that nothing comes is nobody's fault. */
  function see<Value>(
    what: string,
    person: Person,
    coming: Promise<Value>,
    isOwn: (value: Value, stamp: Stamp) => boolean,
  ): void {
    coming.then(
      (value) => {
        if (!isOwn(value, person.stamp)) fault(what, person);
      },
      () => {},
    );
  }

  function follow<Value>(
    what: string,
    person: Person,
    reading: AsyncIterableIterator<Value>,
    isOwn: (value: Value, stamp: Stamp) => boolean,
  ): void {
    leaving.push(() => void reading.return?.());
    const read = async () => {
      for await (const value of reading) if (!isOwn(value, person.stamp)) fault(what, person);
    };
    read().catch(() => {});
  }

  function subscribe(person: Person, uuid: string): void {
    const { tenant, stamp } = person;
    const principal: Principal = {
      tenant,
      callerId: 'backend',
      scopes: new Set(['flows:read']),
      issuer: toKeyIssuer('backend'),
      grant: null,
      visibility: 'flows:read',
      expiresAt: null,
      ...{ isCurrent: () => true, recheck: async () => true },
    };
    const request = { principal, requestId: 'request', transport: 'ws', mayMutate: true } as const;
    const stop = runner.run(
      { ...request, params: { query: 'subscription { it }', variables: { uuid } } },
      {
        next: (text) => {
          const { data } = JSON.parse(text);
          if (data && data.crossCheck !== stamp.crossCheck) fault('a subscription', person);
        },
        subscribed: () => {},
        refuse: () => {},
        complete: () => {},
        expire: () => fault('the end of an authority', person),
      },
    );
    leaving.push(stop);
  }

  const acts: Readonly<Record<Deed, (person: Person, thing: number) => Promise<void> | void>> = {
    'read a status'(person, thing) {
      const loaded = loadersOf(person).flow.load(uuidOf(thing));
      see(
        'a status',
        person,
        loaded,
        (flow, { crossCheck }) =>
          flow === null ||
          flow.snapshot.state.status.crossCheck === crossCheck ||
          isUnseen(flow.snapshot),
      );
    },
    'read documents'(person, thing) {
      const loaded = loadersOf(person).flowExtracts.load(uuidOf(thing));
      see('documents', person, loaded, (extracts, { tenantId }) =>
        extracts.documents.every(({ documentId }) => documentId.startsWith(tenantId)),
      );
    },
    'read a batch'(person, thing) {
      const page = { service: 'BULK', batchId: batchOf(thing), page: 1 } as const;
      see(
        'a batch',
        person,
        loadersOf(person).batchPage.load(page),
        (answer, { count }) => answer === null || answer.totalItems === count,
      );
    },
    'match addresses'(person) {
      const group = { applicationId: 'application', source: 'A' };
      see(
        'a match',
        person,
        loadersOf(person).addresses(group).match(['B']),
        ([match], { count }) =>
          match !== undefined &&
          (match instanceof Error || match.similarityScore === count || match.failure !== null),
      );
    },
    async 'open a flow'(person, thing) {
      const tenantId = person.tenant.id;
      const uuid = boundTo(person);
      const outcome = await once({
        tenantId,
        name: { field: 'createFlow', key: `${run} key ${thing % 2}` },
        bodyHashes: ['the same body'],
        reference,
        attempt: async () => {
          await settle();
          return { uuid, tenantId };
        },
        reconcile: async () => 'unknown',
        isNotApplied: () => true,
      });
      if (outcome.kind === 'done' && outcome.result.tenantId !== tenantId) {
        fault('what was done once', person);
      }
      const applicationId = `application of ${tenantId}`;
      const rest = { productType: 'TEST', isCalledBack: true, reference, at: clock.now() };
      person.entered.add(uuid);
      await register.openFlow(tenantId, { uuid, applicationId, ...rest });
    },
    async upload(person, thing) {
      const tenantId = person.tenant.id;
      const documentId = `${tenantId} ${thing}`;
      person.uploaded.add(documentId);
      person.entered.add(uuidOf(thing));
      const upload = { documentIds: [documentId], at: clock.now() };
      await register.recordUpload(tenantId, uuidOf(thing), upload);
    },
    async 'submit a batch'({ stamp, tenant }, thing) {
      const submittedDocumentIds = [`${stamp.tenantId}-0`, 'one that never comes'];
      await register.recordBatch(tenant.id, batchOf(thing), {
        submittedDocumentIds: submittedDocumentIds.slice(0, 1 + (stamp.count % 2)),
        at: clock.now(),
      });
    },
    async 'call back'(person) {
      person.calls += 1;
      const uuid = await ledger.called(person.tenant.id, reference);
      if (uuid !== null && uuid !== boundTo(person)) fault('a callback', person);
      if (uuid !== null) flows.poke(person.tenant, uuid);
    },
    end(person, thing) {
      const { stamp, tenant } = person;
      const uuid = uuidOf(thing);
      atlases.end(stamp.tenantId, uuid);
      const ended = { state: 'SUCCESS', upload: 'SUCCESS', processing: 'SUCCESS' } as const;
      const status = { ...ended, crossCheck: stamp.crossCheck };
      flows.observe(tenant, uuid, { status, landed: null }, clock.monotonicMs());
      finished.keepExtracts(tenant, uuid, toExtracts(stamp.tenantId), clock.monotonicMs());
      durations.record(tenant.id, stamp.count * 1_000);
      askAgain(person, thing);
    },
    subscribe: (person, thing) => subscribe(person, uuidOf(thing)),
    'watch closely'(person, thing) {
      const reading = flows.watch(person.tenant, uuidOf(thing), { isDetailed: true });
      follow(
        'a watch',
        person,
        reading,
        ({ state }, { crossCheck, count }) =>
          state.status.crossCheck === crossCheck && [null, count].includes(state.landed),
      );
    },
    'watch a batch'(person, thing) {
      const reading = batches.watch(person.tenant, batchOf(thing));
      follow(
        'a watch on a batch',
        person,
        reading,
        ({ state }, { count }) =>
          state.totalKnown === count && [null, 1 + (count % 2)].includes(state.submitted),
      );
    },
    reopen({ tenant }, thing) {
      finished.reopen(tenant, uuidOf(thing));
      flows.reopen(tenant, uuidOf(thing));
    },
    'ask again': askAgain,
    async 'list flows'(person, thing) {
      const tenantId = person.tenant.id;
      for (const filter of filters) {
        const { entries } = await register.page(tenantId, { first: 10, filter });
        if (!entries.every(({ uuid }) => person.entered.has(uuid))) fault('a list', person);
        const isOwn = ({ applicationId }: FlowEntry) =>
          applicationId === null || applicationId === `application of ${tenantId}`;
        if (!entries.every(isOwn)) fault('a flow of a list', person);
      }
      const ofFlow = { first: 10, after: 0 };
      const events = await register.timeline(tenantId, uuidOf(thing), ofFlow);
      if ((events !== null) !== person.entered.has(uuidOf(thing))) fault('a timeline', person);
    },
    async 'lose Atlas'(person) {
      const regain = atlases.lose(person.stamp.tenantId);
      for (let place = 0; place < 10; place += 1) {
        const uuid = `${run} lost ${place}`;
        atlas.flowStatus(person.tenant, uuid, { deadline: startDeadline() }).catch(() => {});
      }
      await settle();
      regain();
    },
    async 'come again'(person, thing) {
      await markGrants(store, person, uuidOf(thing));
      const at = clock.monotonicMs();
      if (at >= person.windowEndsMs)
        Object.assign(person, { windowEndsMs: at + 60_000, requests: 0 });
      person.requests += 1;
      person.comings += 1;
      const caller = { tenantId: person.tenant.id, name: 'backend' };
      const wait = await rateLimit.take(caller);
      if ((wait === null) !== person.requests <= most) fault('a rate', person);
      const subscriber = { ...caller, name: 'subscriber' };
      if (caps.take(subscriber) !== null) person.subscriptions += 1;
      if (person.subscriptions !== Math.min(most, person.comings)) fault('a place', person);
      const left = rateLimit.left(caller).remaining;
      if (left !== Math.max(0, most - person.requests)) fault('what is left', person);
    },
  };

  async function check(): Promise<void> {
    assert.deepEqual(faults, []);
    for (const person of people) {
      const { crossCheck } = person.stamp;
      const tenantId = person.tenant.id;
      const others = people.filter((one) => one !== person);
      if (ledger.countReceived(tenantId) !== person.calls) fault('calls', person);
      for (const thing of [0, 1]) {
        const known = flows.last(person.tenant, uuidOf(thing));
        if (known && known.state.status.crossCheck !== crossCheck) fault('what is known', person);
        const kept = finished.extracts(person.tenant, uuidOf(thing))?.documents ?? [];
        const isOwn = await areGrantsOwn(store, person, uuidOf(thing));
        if (!isOwn) fault('a revocation', person);
        const isOwnPaper = kept.every(({ documentId }) =>
          documentId.startsWith(person.stamp.tenantId),
        );
        if (!isOwnPaper) fault('what is kept', person);
        for (const flow of [
          await register.flow(tenantId, uuidOf(thing)),
          await store.flows.find(tenantId, uuidOf(thing)),
        ]) {
          const { applicationId = null, submittedDocumentIds = [] } = flow ?? {};
          const isOwn = applicationId === null || applicationId === `application of ${tenantId}`;
          if (!isOwn) fault('an application', person);
          if (!submittedDocumentIds.every((id) => person.uploaded.has(id)))
            fault('uploads', person);
        }
      }
      if (![null, person.stamp.count * 1_000].includes(durations.usualMs(tenantId))) {
        fault('a duration', person);
      }
      if (!isStreamOwn(tokens, person, others)) fault('a stream', person);
      const { made, repeated, refused } = triesOf(tenantId);
      const isShut = client.health(person.tenant).some(({ state }) => state !== 'CLOSED');
      if (isShut && made < leastMade) fault('health', person);
      if (refused > 0 && repeated < leastRepeated) fault('what may be tried again', person);
    }
    assert.deepEqual(faults, []);
  }

  return {
    check,
    async run(command: Command): Promise<void> {
      if (command.kind === 'time') return await clock.advance(command.ms);
      if (command.kind === 'settle') {
        atlases.settle(command.place, command.behaviour);
      } else if (command.kind === 'leave') {
        if (leaving.length > 0) leaving.splice(command.place % leaving.length, 1)[0]?.();
      } else {
        const person = people[command.who % people.length];
        if (person !== undefined) await acts[command.kind](person, command.thing);
      }
      await settle();
      assert.deepEqual(faults, []);
    },
    /** Answers all that waits, and looks once more. */
    async finish(): Promise<void> {
      while (atlases.countWaiting() > 0) {
        atlases.settle(0, 'answer');
        await settle();
      }
      await check();
      for (const leave of leaving) leave();
      await settle();
    },
  };
}

/** The documents of a flow: one, with the mark of its tenant. */
function toExtracts(tenantId: string): FlowExtracts {
  const document = {
    documentId: `${tenantId}-0`,
    fileUuid: null,
    batchId: null,
    documentType: 'PAN',
    state: 'EXTRACTED',
    failure: null,
    fields: [],
  } as const;
  return { documents: [document], crossChecks: [] };
}

import { batchServices, documentsPerPage } from '../../atlas/atlas.ts';
import { fromDocumentId } from '../operation/document-owner.ts';
import { mostAsked } from '../operation/open-flow-bounds.ts';
import type { CallEstimate } from './call-estimate.ts';

/** Where in an operation a field stands: what the calls of the fields below it are about. */
export interface CostScope {
  /** Part of every key: what runs at another time can't share a call. */
  readonly part: string;
  /** The flows here, by their uuids. */
  readonly flows: readonly string[];
  /** The batches here, each as service and id. */
  readonly batches: readonly string[];
  /** How many documents of the batches are read here, at most. */
  readonly batchDocuments: number;
  /** Whether a watch looks at all this for every event. */
  readonly isWatched: boolean;
}

/** The cost scope in which equal calls of a whole operation are counted once. */
export const wholeOperation: CostScope = {
  part: '',
  flows: [],
  batches: [],
  batchDocuments: 0,
  isWatched: false,
};

/** A field at its place in an operation. */
export interface CostedField {
  /** As they were given, unchecked, with the defaults of those that were not. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly scope: CostScope;
  /** The name it has in the answer. */
  readonly responseName: string;
}

/** Puts the calls of a field on the bill and answers the scope of the fields below it. */
export type FieldCost = (field: CostedField, estimate: CallEstimate) => CostScope;

/* Sizes that nobody knows before Atlas has answered are taken to be no more than this. */
/** The addresses in the documents of one flow. */
const addressesPerFlow = 20;
const addressesPerDocument = 1;
/** A batch that is made here has a hundred documents; one page more shows that there are no more. */
const pagesPerBatch = 3;

/** More than these are refused where they are asked for. */
const mostDocuments = 500;
const mostListed = 100;

const free: FieldCost = ({ scope }) => scope;

/**
 * The cost of fields in calls to Atlas, by type and field. A field without a line costs nothing, so
 * every field of the three root types has its line, those that are free too.
 */
const prices: Readonly<Record<string, FieldCost>> = {
  'Query.flow': ({ args, scope }, estimate) => askFlows(scope, [text(args.uuid)], estimate),
  'Query.flowsByUuid': ({ args, scope }, estimate) => askFlows(scope, texts(args.uuids), estimate),
  'Query.flows': ({ args, scope, responseName }) => {
    const first = typeof args.first === 'number' ? Math.min(args.first, mostListed) : 0;
    const flows = Array.from({ length: first }, (_, place) => `${responseName} ${place}`);
    return { ...scope, part: `${scope.part}listed `, flows };
  },
  'Query.waitForFlow': ({ args, scope, responseName }, estimate) =>
    askFlows({ ...scope, part: `${responseName} ` }, [text(args.uuid)], estimate),
  'Query.node': ({ args, scope }, estimate) => askNodes(scope, [text(args.id)], estimate),
  'Query.nodes': ({ args, scope }, estimate) => askNodes(scope, texts(args.ids), estimate),
  'Query.batch': ({ args, scope }, estimate) => {
    const batch = batchOf(args.service, args.batchId);
    askPages(scope, batch, 1, estimate);
    return { ...scope, batches: [batch] };
  },
  'Query.addressMatch': ({ args, scope }, estimate) =>
    askMatches(scope, args, [text(args.target)], estimate),
  'Query.addressMatches': ({ args, scope }, estimate) =>
    askMatches(scope, args, texts(args.targets), estimate),
  // Each event can be of a flow or a batch of its own.
  'Query.events': ({ args, scope, responseName }) => {
    const first = typeof args.first === 'number' ? Math.min(args.first, mostListed) : 0;
    const names = Array.from({ length: first }, (_, place) => `${responseName} ${place}`);
    return { ...scope, part: `${scope.part}events `, flows: names, batches: names };
  },
  'Query.documentTypes': free,
  'Query.atlasHealth': free,
  'Query.viewer': free,

  'Mutation.createFlow': ({ args, responseName }, estimate) => {
    estimate.ask(responseName);
    const { ifOpen = 'OPEN_ANOTHER' } = toRecord(args.input);
    for (let count = 0; ifOpen !== 'OPEN_ANOTHER' && count < mostAsked; count += 1) {
      estimate.ask(`${responseName} open ${count}`);
    }
    return askFlows({ ...wholeOperation, part: `${responseName} ` }, ['new'], estimate);
  },
  'Mutation.uploadDocuments': ({ args, responseName }, estimate) => {
    estimate.ask(responseName);
    const { flowUuid: given, idempotencyKey } = toRecord(args.input);
    const flowUuid = text(given);
    // Whether what was lost under the key arrived is looked up in both.
    for (const read of idempotencyKey == null ? [] : ['status', 'extracts']) {
      estimate.ask(`${responseName} lost ${read}`);
    }
    return askFlows({ ...wholeOperation, part: `${responseName} ` }, [flowUuid], estimate);
  },
  'Mutation.createBatch': ({ responseName }, estimate) => {
    estimate.ask(responseName);
    return { ...wholeOperation, part: `${responseName} `, batches: ['new'] };
  },
  'Mutation.issueFlowGrant': ({ responseName, scope }, estimate) => {
    estimate.ask(responseName);
    return scope;
  },
  'Mutation.reauthenticate': free,
  'Mutation.revokeFlowGrants': ({ args, responseName }, estimate) =>
    askFlows(
      { ...wholeOperation, part: `${responseName} ` },
      [text(toRecord(args.input).flowUuid)],
      estimate,
    ),

  'Subscription.flowUpdated': ({ args, scope }, estimate) =>
    askFlows({ ...scope, isWatched: true }, [text(args.uuid)], estimate),
  'Subscription.batchUpdated': ({ args, scope }, estimate) => {
    const batch = batchOf(args.service, args.batchId);
    askPages({ ...scope, part: 'look ' }, batch, pagesPerBatch, estimate);
    return { ...scope, batches: [batch], isWatched: true };
  },

  'Subscription.events': ({ scope, responseName }) => ({
    ...scope,
    flows: [responseName],
    batches: [responseName],
  }),
  'Event.flow': ({ scope }) => ({ ...scope, batches: [] }),
  'Event.batch': ({ scope }) => ({ ...scope, flows: [] }),

  // Where the flow was asked for to be found, this is the same call.
  'Flow.status': ({ scope }, estimate) => askFlows(scope, scope.flows, estimate),
  'Flow.documents': askDocuments,
  'Flow.document': askDocuments,
  'Document.previous': askExtracts,
  'Flow.crossChecks': askExtracts,
  'Flow.crossCheckSummary': askExtracts,
  'CrossCheckSide.document': askExtracts,

  // A watch has counted both.
  'Batch.totalKnown': ({ scope }, estimate) => askBatches(scope, scope.isWatched ? 0 : 1, estimate),
  'Batch.progress': ({ scope }, estimate) =>
    askBatches(scope, scope.isWatched ? 0 : pagesPerBatch, estimate),
  'Batch.documents': ({ args, scope }, estimate) => {
    const first = typeof args.first === 'number' ? Math.min(args.first, mostDocuments) : 0;
    const pages = Math.ceil(first / documentsPerPage) + 1;
    const after = args.after == null ? '' : text(args.after);
    // Behind a cursor: pages of its own, and those in which its document is looked for.
    if (after !== '') askBatches(scope, pagesPerBatch, estimate);
    askBatches(after === '' ? scope : { ...scope, part: `${after} ` }, pages, estimate);
    return { ...scope, batchDocuments: first };
  },

  'ExtractedAddress.match': ({ args, scope }, estimate) => {
    const { flows, batches, batchDocuments } = scope;
    const source = text(args.against);
    for (const flow of flows) {
      const group = groupOf(scope, args.applicationId ?? { flow }, source);
      estimate.match(group, flow, addressesPerFlow);
    }
    // No application is known for a batch: without one given nothing is asked.
    if (args.applicationId == null) return scope;
    for (const batch of batches) {
      const group = groupOf(scope, args.applicationId, source);
      estimate.match(group, `${batch} ${batchDocuments}`, addressesPerDocument * batchDocuments);
    }
    return scope;
  },
};

/** The price of a field; undefined when it costs nothing. */
export function fieldCostOf(typeName: string, fieldName: string): FieldCost | undefined {
  return prices[`${typeName}.${fieldName}`];
}

function askFlows(scope: CostScope, uuids: readonly string[], estimate: CallEstimate): CostScope {
  const areSole = uuids === scope.flows || uuids.length < 2;
  const flows = areSole ? uuids : [...new Set(uuids)];
  estimate.askEach(`${scope.part}status`, flows);
  return flows === scope.flows ? scope : { ...scope, flows };
}

function askExtracts({ scope }: CostedField, estimate: CallEstimate): CostScope {
  estimate.askEach(`${scope.part}extracts`, scope.flows);
  return scope;
}

/** A subscription that selects documents makes its watch read them too. */
function askDocuments(field: CostedField, estimate: CallEstimate): CostScope {
  const { scope } = field;
  if (scope.isWatched) askExtracts({ ...field, scope: { ...scope, part: 'look ' } }, estimate);
  return askExtracts(field, estimate);
}

function askBatches(scope: CostScope, pages: number, estimate: CallEstimate): CostScope {
  for (const batch of scope.batches) askPages(scope, batch, pages, estimate);
  return scope;
}

function askPages(scope: CostScope, batch: string, pages: number, estimate: CallEstimate): void {
  for (let page = 1; page <= pages; page += 1)
    estimate.ask(`${scope.part}page ${page} of ${batch}`);
}

function askNodes(scope: CostScope, ids: readonly string[], estimate: CallEstimate): CostScope {
  const flows: string[] = [];
  const batches: string[] = [];
  let batchDocuments = 0;
  for (const globalId of new Set(ids)) {
    const [typename, ...rest] = Buffer.from(globalId, 'base64url').toString('utf8').split(':');
    const id = rest.join(':');
    if (typename === 'Flow') flows.push(...askFlows(scope, [id], estimate).flows);
    else if (typename === 'Batch') {
      batches.push(id);
      askPages(scope, id, 1, estimate);
    } else if (typename === 'Document') {
      const owner = fromDocumentId(id)?.owner;
      if (owner?.kind === 'flow') {
        flows.push(owner.uuid);
        estimate.askEach(`${scope.part}extracts`, [owner.uuid]);
      } else if (owner?.kind === 'batch') {
        const batch = batchOf(owner.service, owner.batchId);
        batches.push(batch);
        batchDocuments += 1;
        askPages(scope, batch, pagesPerBatch, estimate);
      }
    }
  }
  const sole = { flows: [...new Set(flows)], batches: [...new Set(batches)] };
  return { ...scope, ...sole, batchDocuments };
}

function askMatches(
  scope: CostScope,
  { applicationId, source }: CostedField['args'],
  targets: readonly string[],
  estimate: CallEstimate,
): CostScope {
  const group = groupOf(scope, applicationId, text(source));
  estimate.matchEach(group, targets);
  return scope;
}

function groupOf({ part }: CostScope, application: unknown, source: string): string {
  return JSON.stringify([part, application, source]);
}

function batchOf(service: unknown, batchId: unknown): string {
  return `${service ?? batchServices[0]}/${text(batchId)}`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** One value stands for a list of it (GraphQL, 3.11). */
function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map(text);
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

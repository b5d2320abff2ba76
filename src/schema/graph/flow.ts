import { isTerminal } from '../../atlas/answers/flow-status.ts';
import { isScope } from '../../identity/scopes.ts';
import { needsForDocuments, needsForFlow, type RequiredScopes } from '../access.ts';
import { builder } from '../builder.ts';
import type { GatewayContext, Operation } from '../operation/context.ts';
import { BadInputError } from '../operation/errors.ts';
import type { FoundFlow } from '../operation/loaders.ts';
import {
  CrossCheckRef,
  CrossCheckSummaryRef,
  DocumentRef,
  type FlowNode,
  FlowRef,
  FlowStatusRef,
} from '../refs.ts';
import { requireText, requireWithin } from '../require.ts';
import { selectsAny } from '../selects.ts';
import { loadOwnedDocuments } from './document.ts';
import { loadListed } from './listed-status.ts';
import { withoutRetakes } from './retakes.ts';

const mostFlows = 100;

/** A flow by its uuid, from the answer of Atlas that proves it; null: there is none. */
export function loadFlow({ loaders }: Operation, uuid: string): Promise<FoundFlow | null> {
  return loaders.flow.load(uuid);
}

/** The fields that are read from the extracts of a flow. */
const ofExtracts = new Set(['documents', 'document', 'crossChecks', 'crossCheckSummary']);

/**
 * The same where the fields below are known: extracts that are asked for, and may be seen, are asked
 * for along with the status and not after it. Of a flow that there is not that call is wasted.
 */
function loadFlowAhead(operation: Operation, uuid: string, isDetailed: boolean) {
  const isAhead =
    isDetailed &&
    // While one call goes through to see whether Atlas is back, a second would only be turned away.
    operation.isAtlasWell(operation.tenant, 'flowExtracts') &&
    mayReadDocuments(operation, uuid) &&
    !isUnderWay(operation, uuid);
  const flow = loadFlow(operation, uuid);
  // The resolvers of those fields meet the same failure and report it.
  if (isAhead) operation.loaders.flowExtracts.begin(uuid);
  return flow;
}

function mayReadDocuments({ principal }: Operation, uuid: string): boolean {
  const needs = Object.keys(needsForDocuments(principal, { kind: 'flow', uuid }));
  return needs.filter(isScope).every((scope) => principal.scopes.has(scope));
}

/**
 * Whether a flow is known to go on. The end of such a one may fall between the two answers, and what
 * says that all is done would come with documents from before. Of a flow that this process has not
 * seen yet it may too, in the milliseconds of the first look at it.
 */
function isUnderWay({ flows, register, tenant }: Operation, uuid: string): boolean {
  const last = flows.last(tenant, uuid);
  if (last === undefined) return register.knownFlow(tenant.id, uuid) != null;
  return !isTerminal(last.state.status) || flows.isReopened(tenant, uuid);
}

function needsDocuments(
  { uuid }: FlowNode,
  _args: unknown,
  { operation }: GatewayContext,
): RequiredScopes {
  return needsForDocuments(operation.principal, { kind: 'flow', uuid });
}

builder.node(FlowRef, {
  description: 'A loan application whose documents Atlas reads and compares.',
  id: {
    description: 'The global id, by which `node` finds the flow again.',
    resolve: (flow) => flow.uuid,
  },
  loadWithoutCache: (uuid, { operation }) => loadFlow(operation, uuid),
  fields: (t) => ({
    uuid: t.exposeString('uuid', {
      description: "Atlas's `flow_uuid`. An opaque text: it may carry a prefix.",
    }),
    applicationId: t.string({
      nullable: true,
      description: "The lender's id of the loan application, when this gateway knows it.",
      resolve: async (flow, _args, { operation }) =>
        (await loadEntry(operation, flow))?.applicationId,
    }),
    productType: t.string({
      nullable: true,
      description: 'The `product_type` the flow was opened with, when this gateway knows it.',
      resolve: async (flow, _args, { operation }) =>
        (await loadEntry(operation, flow))?.productType,
    }),
    status: t.field({
      type: FlowStatusRef,
      description:
        'The status of the flow. In a list, a flow that has ended is shown as it was last seen, with the source CACHE; so is a flow whose status Atlas could not be asked for, which is then stale.',
      resolve: (flow, _args, { operation }) => flow.snapshot ?? loadListed(operation, flow),
    }),
    documents: t.field({
      type: [DocumentRef],
      nullable: true,
      description:
        'The documents of the flow, each once: those that Atlas returns, and those that were submitted through this gateway and have no result yet. While `status.isTerminal` is false there may be more. Null with an error when Atlas could not be reached. Needs `flows:read`, or a grant for the flow with its documents.',
      authScopes: needsDocuments,
      resolve: async (flow, _args, { operation }) =>
        (await loadOwnedDocuments(operation, flow.uuid)).all,
    }),
    document: t.field({
      type: DocumentRef,
      nullable: true,
      description:
        'One document by the id it was submitted under; null when there is none. Needs `flows:read`, or a grant for the flow with its documents.',
      authScopes: needsDocuments,
      args: { documentId: t.arg.string({ required: true, description: "The caller's own id." }) },
      resolve: async (flow, { documentId }, { operation }) => {
        const { byId } = await loadOwnedDocuments(operation, flow.uuid);
        return byId.get(documentId);
      },
    }),
    crossChecks: t.field({
      type: [CrossCheckRef],
      nullable: true,
      description:
        'The comparisons of values between the documents. A document is not compared with its own earlier attempts. Null with an error when Atlas could not be reached. Needs `flows:read`, or a grant for the flow with its documents.',
      authScopes: needsDocuments,
      args: {
        field: t.arg.string({ description: 'Only checks of this field, by Atlas’s name for it.' }),
        below: t.arg.int({ description: 'Only checks that scored lower than this, 0 to 100.' }),
      },
      resolve: async (flow, { field, below }, { operation }) => {
        if (below != null) requireWithin('below', below, 0, 100);
        const checks = await loadCrossChecks(operation, flow.uuid);
        return checks.filter(
          ({ record }) =>
            (field == null || record.field === field) &&
            (below == null || (record.similarityScore !== null && record.similarityScore < below)),
        );
      },
    }),
    crossCheckSummary: t.field({
      type: CrossCheckSummaryRef,
      nullable: true,
      description:
        'The cross-checks counted against a threshold. Needs `flows:read`, or a grant for the flow with its documents.',
      authScopes: needsDocuments,
      args: {
        threshold: t.arg.int({
          required: true,
          defaultValue: 80,
          description: 'The lowest score that passes, 0 to 100.',
        }),
      },
      resolve: async (flow, { threshold }, { operation }) => {
        requireWithin('threshold', threshold, 0, 100);
        return { checks: await loadCrossChecks(operation, flow.uuid), threshold };
      },
    }),
  }),
});

async function loadEntry({ register, tenant }: Operation, flow: FlowNode) {
  return flow.snapshot === null ? flow.entry : await register.flow(tenant.id, flow.uuid);
}

async function loadCrossChecks(operation: Operation, flowUuid: string) {
  const { documents, crossChecks } = await operation.loaders.flowExtracts.load(flowUuid);
  return withoutRetakes(crossChecks, documents).map((record) => ({ record, flowUuid }));
}

builder.queryFields((t) => ({
  flow: t.field({
    type: FlowRef,
    nullable: true,
    description:
      'A flow; null when Atlas has no such flow. Needs `flows:read`, or a grant for the flow.',
    authScopes: (_root, { uuid }, { operation }) => needsForFlow(operation.principal, uuid),
    args: { uuid: t.arg.string({ required: true, description: "Atlas's `flow_uuid`." }) },
    resolve: (_root, { uuid }, { operation }, info) => {
      requireText('uuid', uuid);
      return loadFlowAhead(operation, uuid, selectsAny(info, ofExtracts));
    },
  }),
  flowsByUuid: t.field({
    type: [FlowRef],
    nullable: { list: false, items: true },
    description:
      'The flows with these ids, at most 100, in the same order; null for each flow that Atlas does not have. Needs `flows:read`.',
    authScopes: { 'flows:read': true },
    args: {
      uuids: t.arg.stringList({ required: true, description: "Atlas's `flow_uuid`s." }),
    },
    resolve: (_root, { uuids }, { operation }, info) => {
      if (uuids.length > mostFlows) {
        throw new BadInputError(`uuids: at most ${mostFlows} at a time.`);
      }
      for (const uuid of uuids) requireText('uuids', uuid);
      const isDetailed = selectsAny(info, ofExtracts);
      const found = new Map<string, Promise<FoundFlow | null>>();
      return uuids.map((uuid) => {
        const flow = found.get(uuid) ?? loadFlowAhead(operation, uuid, isDetailed);
        found.set(uuid, flow);
        return flow;
      });
    },
  }),
}));

import {
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { createCallEstimate } from './call-estimate.ts';
import { type CostScope, type FieldCost, fieldCostOf, wholeOperation } from './field-costs.ts';
import {
  type ArgumentReader,
  defaultsOf,
  fragmentsOf,
  type SentVariables,
  toArgumentReader,
  toCondition,
} from './selections.ts';

/** An operation, and what is given to it. */
export interface PlannedOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>> | null | undefined;
}

/**
 * How many calls to Atlas an operation takes at most; of a subscription, each event of it. Nothing
 * is asked for it. The operation must be valid; what is given to it need not be.
 */
export type PlanCalls = (planned: PlannedOperation) => number;

/** A part of a selection in which anything has a price. */
interface Part {
  /** Whether `@skip` and `@include` leave it in. */
  readonly isIncluded: (given: SentVariables) => boolean;
  /** Null where the field itself costs nothing. */
  readonly field: { readonly price: FieldCost; readonly responseName: string } | null;
  readonly args: readonly ArgumentReader[];
  readonly below: readonly Part[];
}

/** An operation as far as it has a price. */
interface Plan {
  readonly parts: readonly Part[];
  readonly defaults: SentVariables;
  /** Whether any part is in more than one place, as those of fragments may be. */
  readonly hasRepeats: boolean;
}

/**
 * Plans by the costs in `field-costs.ts`, which states the assumed sizes of unknown lists.
 * Not planned for: the tries after one that failed, the search for the address that spoils
 * a group (K9), and the looks of a watch that goes on, which are those of all its readers. The
 * text is read once for each operation, and the result is cached as long as the operation.
 */
export function createPlanCalls(schema: GraphQLSchema): PlanCalls {
  const plans = new WeakMap<OperationDefinitionNode, Plan>();

  return ({ document, operation, variables }) => {
    const known = plans.get(operation);
    const plan = known ?? toPlan(schema, document, operation);
    if (known === undefined) plans.set(operation, plan);
    return count(plan, { ...plan.defaults, ...variables });
  };
}

function count({ parts, hasRepeats }: Plan, given: SentVariables): number {
  const bill = createCallEstimate();
  const scopes = new Map<string, CostScope>();
  const seen = new Map<CostScope, Set<readonly Part[]>>();

  function walk(below: readonly Part[], scope: CostScope): void {
    if (below.length === 0) return;
    if (hasRepeats && !isFirst(below, scope)) return;
    for (const part of below) {
      if (part.isIncluded(given)) walk(part.below, toScope(part, scope));
    }
  }

  function isFirst(below: readonly Part[], scope: CostScope): boolean {
    // A read that was counted once costs nothing again, so a repetition does not raise the plan.
    const walked = seen.get(scope) ?? new Set();
    if (walked.has(below)) return false;
    seen.set(scope, walked.add(below));
    return true;
  }

  function toScope({ field, args, below }: Part, scope: CostScope): CostScope {
    if (field === null) return scope;
    const { price, responseName } = field;
    const values: Record<string, unknown> = {};
    for (const { name, read } of args) values[name] = read(given);
    const next = price({ args: values, scope, responseName }, bill);
    return hasRepeats && below.length > 0 ? sole(next) : next;
  }

  /** Scopes that say the same are the same, so that what was walked in one is known in all. */
  function sole(scope: CostScope): CostScope {
    const key = JSON.stringify(scope);
    const known = scopes.get(key) ?? scope;
    scopes.set(key, known);
    return known;
  }

  walk(parts, hasRepeats ? sole(wholeOperation) : wholeOperation);
  return bill.count();
}

function toPlan(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Plan {
  const fragments = fragmentsOf(document);
  /** Each selection once for each type, or a few fragments could be written out without end. */
  const known = new Map<SelectionSetNode, Map<GraphQLCompositeType, readonly Part[]>>();

  function toParts(selectionSet: SelectionSetNode, type: GraphQLCompositeType): readonly Part[] {
    const byType = known.get(selectionSet) ?? new Map<GraphQLCompositeType, readonly Part[]>();
    known.set(selectionSet, byType);
    const parts =
      byType.get(type) ??
      selectionSet.selections
        .map((selection) => toPart(selection, type))
        .filter(({ field, below }) => field !== null || below.length > 0);
    byType.set(type, parts);
    return parts;
  }

  function toPart(selection: SelectionNode, type: GraphQLCompositeType): Part {
    const isIncluded = toCondition(selection);
    if (selection.kind === Kind.FIELD) return { ...toFieldPart(selection, type), isIncluded };
    const part =
      selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
    const on = schema.getType(part?.typeCondition?.name.value ?? type.name);
    const below = part && isCompositeType(on) ? toParts(part.selectionSet, on) : [];
    return { isIncluded, field: null, args: [], below };
  }

  function toFieldPart(node: FieldNode, type: GraphQLCompositeType): Omit<Part, 'isIncluded'> {
    const hasFields = isObjectType(type) || isInterfaceType(type);
    const field = hasFields ? type.getFields()[node.name.value] : undefined;
    if (field === undefined) return { field: null, args: [], below: [] };
    // A row of an interface holds for its types.
    const types = hasFields ? [type, ...type.getInterfaces()] : [];
    const price = types.map(({ name }) => fieldCostOf(name, field.name)).find(Boolean);
    const responseName = (node.alias ?? node.name).value;
    const fieldType = getNamedType(field.type);
    const isBelow = node.selectionSet && isCompositeType(fieldType);
    return {
      field: price ? { price, responseName } : null,
      args: price ? field.args.map((argument) => toArgumentReader(node, argument)) : [],
      below: isBelow ? toParts(node.selectionSet, fieldType) : [],
    };
  }

  const root = schema.getRootType(operation.operation);
  const parts = root ? toParts(operation.selectionSet, root) : [];
  return { parts, defaults: defaultsOf(operation), hasRepeats: fragments.size > 0 };
}

import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLArgument,
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
  valueFromASTUntyped,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { createBill } from './call-bill.ts';
import { priceOf, type Scope, wholeOperation } from './call-prices.ts';

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

const mostRemembered = 1_024;

/**
 * Plans by the prices in `call-prices.ts`, where the sizes that nobody knows beforehand are stated.
 * Not planned for: further tries, the search for the address that spoils
 * a group (K9), and the looks of a watch that goes on, which are those of all its readers.
 */
export function createPlanCalls(schema: GraphQLSchema): PlanCalls {
  const remembered = new LRUCache<OperationDefinitionNode, number>({ max: mostRemembered });

  return (planned) => {
    const { operation } = planned;
    const isFixed = (operation.variableDefinitions ?? []).length === 0;
    if (!isFixed) return plan(schema, planned);
    const known = remembered.get(operation);
    if (known !== undefined) return known;
    const calls = plan(schema, planned);
    remembered.set(operation, calls);
    return calls;
  };
}

function plan(schema: GraphQLSchema, { document, operation, variables }: PlannedOperation): number {
  const root = schema.getRootType(operation.operation);
  if (!root) return 0;
  const fragments = fragmentsOf(document);
  const given = { ...defaultsOf(operation), ...variables };
  const bill = createBill();
  const scopes = new Map<string, Scope>();
  const seen = new Map<Scope, Set<SelectionSetNode>>();

  function walk(selectionSet: SelectionSetNode, type: GraphQLCompositeType, scope: Scope): void {
    // What was asked for once costs nothing again; so nothing that repeats itself grows.
    const walked = seen.get(scope) ?? new Set();
    if (walked.has(selectionSet)) return;
    seen.set(scope, walked.add(selectionSet));
    for (const selection of selectionSet.selections) {
      if (!isIncluded(selection)) continue;
      if (selection.kind === Kind.FIELD) walkField(selection, type, scope);
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        walkPart(selection.selectionSet, selection.typeCondition?.name.value ?? type.name, scope);
      } else {
        const fragment = fragments.get(selection.name.value);
        if (fragment) walkPart(fragment.selectionSet, fragment.typeCondition.name.value, scope);
      }
    }
  }

  function walkPart(selectionSet: SelectionSetNode, typeName: string, scope: Scope): void {
    const type = schema.getType(typeName);
    if (isCompositeType(type)) walk(selectionSet, type, scope);
  }

  function walkField(node: FieldNode, type: GraphQLCompositeType, scope: Scope): void {
    if (!isObjectType(type) && !isInterfaceType(type)) return;
    const field = type.getFields()[node.name.value];
    if (field === undefined) return;
    const price = priceOf(type.name, field.name);
    const responseName = (node.alias ?? node.name).value;
    const below = price
      ? sole(price({ args: argsOf(node, field.args), scope, responseName }, bill))
      : scope;
    const fieldType = getNamedType(field.type);
    if (node.selectionSet && isCompositeType(fieldType)) walk(node.selectionSet, fieldType, below);
  }

  function argsOf(node: FieldNode, known: readonly GraphQLArgument[]): Record<string, unknown> {
    return Object.fromEntries(
      known.map(({ name, defaultValue }) => {
        const value = node.arguments?.find((argument) => argument.name.value === name)?.value;
        return [name, (value && valueFromASTUntyped(value, given)) ?? defaultValue];
      }),
    );
  }

  function isIncluded({ directives = [] }: SelectionNode): boolean {
    return directives.every(({ name, arguments: args = [] }) => {
      const condition = args.find((argument) => argument.name.value === 'if')?.value;
      const isTrue = condition !== undefined && valueFromASTUntyped(condition, given) === true;
      if (name.value === 'skip') return !isTrue;
      return name.value !== 'include' || isTrue;
    });
  }

  /** Scopes that say the same are the same, so that what was walked in one is known in all. */
  function sole(scope: Scope): Scope {
    const key = JSON.stringify(scope);
    const known = scopes.get(key) ?? scope;
    scopes.set(key, known);
    return known;
  }

  walk(operation.selectionSet, root, sole(wholeOperation));
  return bill.count();
}

function fragmentsOf(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      fragments.set(definition.name.value, definition);
    }
  }
  return fragments;
}

function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode) {
  return Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)]] : [],
    ),
  );
}

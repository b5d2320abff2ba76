import {
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
} from 'graphql';
import type { PlannedOperation } from './planned-calls.ts';
import {
  defaultsOf,
  fragmentsOf,
  type SentVariables,
  toArgumentReader,
  toCondition,
} from './selections.ts';
import {
  fileCountOf,
  isConnection,
  isPaged,
  listSizeOf,
  pageSizeOf,
  type SentArguments,
  workOf,
} from './value-costs.ts';

/**
 * How many values an answer has at most, as far as the operation and its variables show: fields and
 * entries of lists, and the work that they cause. Of a subscription, each event of it. The operation
 * must be valid; its variables need not be.
 */
export type PlanValues = (planned: PlannedOperation) => number;

/** The input of an amount: the variables, the length of the page around it, the files of a mutation. */
interface Known {
  readonly variables: SentVariables;
  readonly page: number;
  readonly files: number;
}

/** A number of values; a function where it depends on variables or a page. */
type Amount = number | ((known: Known) => number);

const wholeAnswer = { page: 0, files: 0 };

/**
 * Multiplies the sizes of lists (`value-costs.ts`) by the fields below them. A field that stands
 * twice in one place counts twice. Of an interface the type with the most values counts. The text of
 * an operation is read once, and the result kept for as long as the operation is.
 */
export function createPlanValues(schema: GraphQLSchema): PlanValues {
  const plans = new WeakMap<OperationDefinitionNode, { defaults: SentVariables; amount: Amount }>();

  return ({ document, operation, variables }) => {
    let plan = plans.get(operation);
    if (plan === undefined) {
      const root = schema.getRootType(operation.operation);
      const toAmount = createToAmount(schema, fragmentsOf(document));
      const amount = root ? toAmount(operation.selectionSet, root) : 0;
      plan = { defaults: defaultsOf(operation), amount };
      plans.set(operation, plan);
    }
    const { amount, defaults } = plan;
    if (typeof amount === 'number') return amount;
    return amount({ ...wholeAnswer, variables: { ...defaults, ...variables } });
  };
}

/** Makes a function that answers the values of one object of a type. */
function createToAmount(schema: GraphQLSchema, fragments: ReturnType<typeof fragmentsOf>) {
  /** Each selection is read once for each type, or a few fragments could take very long. */
  const known = new Map<SelectionSetNode, Map<GraphQLCompositeType, Amount>>();

  function toAmount(selectionSet: SelectionSetNode, type: GraphQLCompositeType): Amount {
    const byType = known.get(selectionSet) ?? new Map<GraphQLCompositeType, Amount>();
    known.set(selectionSet, byType);
    const amount =
      byType.get(type) ??
      (isObjectType(type)
        ? add(selectionSet.selections.map((selection) => ofSelection(selection, type)))
        : most(schema.getPossibleTypes(type).map((each) => toAmount(selectionSet, each))));
    byType.set(type, amount);
    return amount;
  }

  function ofSelection(selection: SelectionNode, type: GraphQLObjectType): Amount {
    const amount =
      selection.kind === Kind.FIELD ? ofField(selection, type) : ofFragment(selection, type);
    if (!selection.directives?.length || amount === 0) return amount;
    const isIncluded = toCondition(selection);
    return (given) => (isIncluded(given.variables) ? evaluate(amount, given) : 0);
  }

  function ofFragment(
    selection: Exclude<SelectionNode, FieldNode>,
    type: GraphQLObjectType,
  ): Amount {
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
    if (fragment === undefined) return 0;
    const on = schema.getType(fragment.typeCondition?.name.value ?? type.name);
    const applies =
      on === type || (isCompositeType(on) && !isObjectType(on) && schema.isSubType(on, type));
    return applies ? toAmount(fragment.selectionSet, type) : 0;
  }

  function ofField(node: FieldNode, type: GraphQLObjectType): Amount {
    const field = type.getFields()[node.name.value] ?? metaFields[node.name.value];
    if (field === undefined) return 1;
    const named = getNamedType(field.type);
    const own = 1 + workOf(type, field.name);
    const below =
      node.selectionSet && isCompositeType(named) ? toAmount(node.selectionSet, named) : 0;
    const readers = field.args.map((argument) => toArgumentReader(node, argument));
    const argumentsOf = ({ variables }: Known): SentArguments =>
      Object.fromEntries(readers.map(({ name, read }) => [name, read(variables)]));
    if (isPaged(field)) {
      return (given) => own + evaluate(below, { ...given, page: pageSizeOf(argumentsOf(given)) });
    }
    if (type === schema.getMutationType() && typeof below !== 'number') {
      return (given) => own + below({ ...given, files: fileCountOf(argumentsOf(given)) });
    }
    if (!isListType(getNullableType(field.type))) return add([own, below]);
    if (isConnection(type.name)) return (given) => own + given.page * (1 + evaluate(below, given));
    const size = listSizeOf(type, field);
    if (typeof size === 'number') return add([own, size, multiply(size, below)]);
    return (given) => own + size(argumentsOf(given), given.files) * (1 + evaluate(below, given));
  }

  return toAmount;
}

const metaFields: Readonly<Record<string, typeof SchemaMetaFieldDef>> = {
  __schema: SchemaMetaFieldDef,
  __type: TypeMetaFieldDef,
};

function evaluate(amount: Amount, known: Known): number {
  return typeof amount === 'number' ? amount : amount(known);
}

function add(amounts: readonly Amount[]): Amount {
  let fixed = 0;
  const varying: Exclude<Amount, number>[] = [];
  for (const amount of amounts) {
    if (typeof amount === 'number') fixed += amount;
    else varying.push(amount);
  }
  if (varying.length === 0) return fixed;
  return (known) => varying.reduce((sum, amount) => sum + amount(known), fixed);
}

function multiply(count: number, amount: Amount): Amount {
  return typeof amount === 'number' ? count * amount : (known) => count * amount(known);
}

function most(amounts: readonly Amount[]): Amount {
  const fixed = amounts.filter((amount) => typeof amount === 'number');
  const varying = amounts.filter((amount) => typeof amount !== 'number');
  const least = Math.max(0, ...fixed);
  if (varying.length === 0) return least;
  return (known) => varying.reduce((so, amount) => Math.max(so, amount(known)), least);
}

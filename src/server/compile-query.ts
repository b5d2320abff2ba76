import {
  type ASTNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  getNullableType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import {
  type Complete,
  completeList,
  completeNamed,
  completeObject,
  type Field,
  type Given,
  isPromise,
  orNull,
  type Path,
  propertyOf,
  required,
  runFields,
  type Select,
} from './complete-value.ts';

/** The data of one execution. Throws, or rejects, at the first thing that is wrong. */
export type CompiledQuery = (given: Given) => unknown;

/** What is asked for is not what these lines know how to run. */
class NotCompiled extends Error {}

/** Parts of a selection that stand in for each other, because they are under one name. */
type Selections = readonly (SelectionSetNode | undefined)[];
type ObjectField = GraphQLField<unknown, unknown>;

/**
 * Makes a function of a valid query, with all looked up beforehand that is the same each time: of
 * closures, so that nothing a caller writes is ever made into code. It knows nothing of errors: where
 * one comes up it throws, and the query is to be run by graphql-js.
 * Null for what it can't run (mutations, introspection, directives) and where it holds one of the
 * root fields that must not be run twice.
 */
export function compileQuery(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  onceOnly: ReadonlySet<string>,
): CompiledQuery | null {
  const root = schema.getQueryType();
  if (operation.operation !== 'query' || !root || holds(document, Kind.DIRECTIVE)) return null;
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null);
  for (const each of document.definitions) {
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments[each.name.value] = each;
  }

  function toSelect(type: GraphQLObjectType, selections: Selections): Select {
    const asked = [...collect(type, selections)];
    return runFields(asked.map(([name, nodes]) => toField(type, name, nodes)));
  }

  function collect(type: GraphQLObjectType, selections: Selections): Map<string, FieldNode[]> {
    const fields = new Map<string, FieldNode[]>();
    const seen = new Set<string>();
    const add = (set: SelectionSetNode | undefined): void => {
      for (const selection of set?.selections ?? []) {
        if (selection.kind === Kind.FIELD) {
          const name = selection.alias?.value ?? selection.name.value;
          const nodes = fields.get(name) ?? [];
          nodes.push(selection);
          fields.set(name, nodes);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) {
          if (applies(selection.typeCondition?.name.value, type)) add(selection.selectionSet);
        } else if (!seen.has(selection.name.value)) {
          seen.add(selection.name.value);
          const fragment = fragments[selection.name.value];
          if (applies(fragment?.typeCondition.name.value, type)) add(fragment?.selectionSet);
        }
      }
    };
    selections.forEach(add);
    return fields;
  }

  function applies(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const named = schema.getType(condition);
    return isAbstractType(named) && schema.isSubType(named, type);
  }

  function toField(parentType: GraphQLObjectType, name: string, nodes: FieldNode[]): Field {
    const [node] = nodes;
    // As a member's name this is none: it would set what the object is made after.
    if (node === undefined || name === '__proto__') throw new NotCompiled();
    if (node.name.value === '__typename') return { name, run: () => parentType.name };
    const field = parentType.getFields()[node.name.value];
    if (field === undefined) throw new NotCompiled();
    if (parentType === root && onceOnly.has(field.name)) throw new NotCompiled();
    const { resolve, type } = field;
    const complete = toComplete(type, parentType, field, nodes);
    // Nobody sees what stands around a plain property.
    if (!resolve && isLeafType(getNullableType(type))) {
      return {
        name,
        run: (source, given) => complete(propertyOf(source, field.name), given, nothing, undefined),
      };
    }
    const toArgs = readArgs(field, node);
    // What is below a leaf asks for no path.
    const isLeaf = isLeafType(getNamedType(type));
    const toInfo = createToInfo(name, {
      fieldName: field.name,
      fieldNodes: nodes,
      returnType: type,
      parentType,
      schema,
      fragments,
      rootValue: undefined,
      operation,
    });
    return {
      name,
      run(source, given, before) {
        const info = toInfo(before, given.variables);
        const path = isLeaf ? undefined : info.path;
        const value = resolve
          ? resolve(source, toArgs(given), given.context, info)
          : propertyOf(source, field.name);
        return isPromise(value)
          ? value.then((resolved) => complete(resolved, given, info, path))
          : complete(value, given, info, path);
      },
    };
  }

  function toComplete(
    type: GraphQLOutputType,
    parentType: GraphQLObjectType,
    field: ObjectField,
    nodes: readonly FieldNode[],
  ): Complete {
    if (isNonNullType(type)) {
      const complete = toComplete(type.ofType, parentType, field, nodes);
      return (value, given, info, path) => required(complete(value, given, info, path));
    }
    if (isLeafType(type)) return orNull((value) => required(type.serialize(value)));
    if (isListType(type)) {
      return orNull(completeList(toComplete(type.ofType, parentType, field, nodes)));
    }
    const selections = nodes.map(({ selectionSet }) => selectionSet);
    if (isObjectType(type)) return orNull(completeObject(type, toSelect(type, selections)));
    return orNull(completeAbstract(type, selections));
  }

  /** What is asked of each type is looked up when the first of that type is there. */
  function completeAbstract(type: GraphQLAbstractType, selections: Selections): Complete {
    const { resolveType } = type;
    if (!resolveType) throw new NotCompiled();
    const known = new Map<unknown, Complete>();
    return completeNamed(
      (value, given, info) => resolveType(value, given.context, info, type),
      (name) => {
        const found = known.get(name) ?? toNamed(type, name, selections);
        known.set(name, found);
        return found;
      },
    );
  }

  function toNamed(type: GraphQLAbstractType, name: unknown, selections: Selections): Complete {
    const named = typeof name === 'string' ? schema.getType(name) : undefined;
    if (!isObjectType(named) || !schema.isSubType(type, named)) throw new NotCompiled();
    return completeObject(named, toSelect(named, selections));
  }

  try {
    const select = toSelect(root, [operation.selectionSet]);
    return (given) => select(undefined, given, undefined);
  } catch {
    // An argument that can't be read, or a nest too deep: graphql-js says what there is to say.
    return null;
  }
}

/** The arguments of a field; those that no variable is in are read once. */
function readArgs(field: ObjectField, node: FieldNode): (given: Given) => Record<string, unknown> {
  if (holds(node.arguments ?? [], Kind.VARIABLE)) {
    return ({ variables }) => getArgumentValues(field, node, variables);
  }
  const args = getArgumentValues(field, node);
  return field.args.length === 0 ? () => args : () => ({ ...args });
}

type Variables = GraphQLResolveInfo['variableValues'];

/** There is one for each field of each object, and hardly any is read: what is the same is shared. */
function createToInfo(key: string, same: Omit<GraphQLResolveInfo, 'path' | 'variableValues'>) {
  const typename = same.parentType.name;
  class Info {
    readonly #before: Path;
    readonly variableValues: Variables;

    constructor(before: Path, variableValues: Variables) {
      this.#before = before;
      this.variableValues = variableValues;
    }

    get path(): GraphQLResolveInfo['path'] {
      return { prev: this.#before, key, typename };
    }
  }
  Object.assign(Info.prototype, same);
  return (before: Path, variables: Variables) =>
    // Its prototype has the rest.
    new Info(before, variables) as unknown as GraphQLResolveInfo;
}

function holds(nodes: ASTNode | readonly ASTNode[], kind: Kind): boolean {
  let isFound = false;
  const enter = (node: ASTNode) => {
    isFound ||= node.kind === kind;
  };
  for (const node of [nodes].flat()) visit(node, { enter });
  return isFound;
}

const nothing = {} as GraphQLResolveInfo;

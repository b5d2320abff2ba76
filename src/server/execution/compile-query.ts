import {
  type ASTNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLAbstractType,
  GraphQLBoolean,
  GraphQLID,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  GraphQLString,
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
  notNull,
  orNull,
  propertyOf,
  required,
  runFields,
  type Select,
} from './complete-value.ts';
import { countProperty, resolveProperty } from './count-answer.ts';
import { createReadArguments } from './read-arguments.ts';
import { FieldInfo, type FieldPlace } from './resolve-info.ts';

export interface CompiledQuery {
  /** The data of one execution. Throws, or rejects, at the first thing that is wrong. */
  run(given: Given): unknown;
}

/** What is asked for is not what these lines know how to run. */
class NotCompiled extends Error {}

/** Parts of a selection that stand in for each other, because they are under one name. */
type Selections = readonly (SelectionSetNode | undefined)[];

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
    const complete = toComplete(type, nodes);
    // Nobody sees what stands around a plain property.
    if (resolve === resolveProperty && isLeafType(getNullableType(type))) {
      return {
        name,
        run: (source, given) => {
          const value = countProperty(given.context, name, propertyOf(source, field.name));
          return complete(value, given, nothing, undefined);
        },
      };
    }
    const readArguments = createReadArguments(field, node);
    const place: FieldPlace = {
      key: name,
      fieldName: field.name,
      fieldNodes: nodes,
      returnType: type,
      parentType,
      schema,
      fragments,
      rootValue: undefined,
      operation,
    };
    // What is below a leaf asks for no path.
    const isLeaf = isLeafType(getNamedType(type));
    const shownAsIs = shownAsIsOf(getNullableType(type));
    return {
      name,
      run(source, given, before) {
        const info = new FieldInfo(place, before, given.variables);
        const value = resolve
          ? resolve(source, readArguments(given.variables), given.context, info)
          : propertyOf(source, field.name);
        if (typeof value === shownAsIs) return value;
        const path = isLeaf ? undefined : info.path;
        return isPromise(value)
          ? value.then((resolved) => complete(resolved, given, info, path))
          : complete(value, given, info, path);
      },
    };
  }

  function toComplete(type: GraphQLOutputType, nodes: readonly FieldNode[]): Complete {
    if (isNonNullType(type)) return required(toPresent(type.ofType, nodes));
    return orNull(toPresent(type, nodes));
  }

  /** Completes what is there, and is no error. */
  function toPresent(type: GraphQLOutputType, nodes: readonly FieldNode[]): Complete {
    if (isLeafType(type)) return (value) => notNull(type.serialize(value));
    if (isListType(type)) return completeList(toComplete(type.ofType, nodes));
    const selections = nodes.map(({ selectionSet }) => selectionSet);
    if (isObjectType(type)) return completeObject(type, toSelect(type, selections));
    if (isAbstractType(type)) return completeAbstract(type, selections);
    throw new NotCompiled();
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
    return {
      run: (given) => select(undefined, given, undefined),
    };
  } catch {
    // An argument that can't be read, or a nest too deep: graphql-js says what there is to say.
    return null;
  }
}

/** What is of this JavaScript type is shown as it is; undefined where only the type can tell. */
function shownAsIsOf(type: GraphQLOutputType): string | undefined {
  if (type === GraphQLString || type === GraphQLID) return 'string';
  return type === GraphQLBoolean ? 'boolean' : undefined;
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

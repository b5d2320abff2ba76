import {
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';

/** The size of the text of an operation, independent of its variables. */
export interface QueryFigures {
  readonly tokens: number;
  /** Fields below each other, through fragments; what lies below `__schema` is not counted. */
  readonly depth: number;
  /** Fields under another name, `__typename` too, and fields that stand twice in one place. */
  readonly aliases: number;
  readonly directives: number;
  /** Fields and parts of selections, were the fragments written out wherever they are spread. */
  readonly unfolded: number;
  /** The longest list that is written out. */
  readonly listEntries: number;
  /** The members of the largest object that is written out. */
  readonly members: number;
}

type Extent = Omit<QueryFigures, 'tokens'>;

const noValues = { listEntries: 0, members: 0 };
const nothing: Extent = { depth: 0, aliases: 0, directives: 0, unfolded: 0, ...noValues };

/**
 * Measures a document that was parsed and need not be valid. A fragment counts at every place that
 * it is spread to, and is read once: what grows without end in a few lines is found at once, and a
 * circle of fragments ends where it began. Of several operations the largest counts; what none of
 * them spreads does not.
 */
export function measureDocument(document: DocumentNode): QueryFigures {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      fragments.set(definition.name.value, definition);
    }
  }
  const known = new Map<string, Extent>();

  function ofFragment(name: string): Extent {
    const measured = known.get(name);
    if (measured !== undefined) return measured;
    // A fragment that spreads itself adds nothing.
    known.set(name, nothing);
    const fragment = fragments.get(name);
    if (fragment === undefined) return nothing;
    const extent = add(ofDirectives(fragment.directives), ofSelections(fragment.selectionSet));
    known.set(name, extent);
    return extent;
  }

  function ofSelections(selectionSet: SelectionSetNode | undefined): Extent {
    const names = new Set<string>();
    return (selectionSet?.selections ?? [])
      .map((selection) => ofSelection(selection, names))
      .reduce(add, nothing);
  }

  function ofSelection(selection: SelectionNode, names: Set<string>): Extent {
    // A part of a selection that holds no field is work all the same.
    const own = { ...ofDirectives(selection.directives), unfolded: 1 };
    if (selection.kind === Kind.FRAGMENT_SPREAD) return add(own, ofFragment(selection.name.value));
    const below = ofSelections(selection.selectionSet);
    if (selection.kind === Kind.INLINE_FRAGMENT) return add(own, below);
    const name = (selection.alias ?? selection.name).value;
    const isAlias = selection.alias !== undefined || names.has(name);
    names.add(name);
    const isAboutSchema = selection.name.value.startsWith('__');
    const args = (selection.arguments ?? []).map(({ value }) => value);
    const written = ofValues(args);
    return add(own, {
      depth: 1 + (isAboutSchema ? 0 : below.depth),
      aliases: below.aliases + (isAlias ? 1 : 0),
      directives: below.directives,
      unfolded: below.unfolded,
      listEntries: Math.max(below.listEntries, written.listEntries),
      members: Math.max(below.members, written.members),
    });
  }

  const extents = document.definitions.map((definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return nothing;
    const variables = definition.variableDefinitions ?? [];
    const defaults = variables.flatMap(({ defaultValue }) => defaultValue ?? []);
    const own = [definition, ...variables]
      .map(({ directives }) => ofDirectives(directives))
      .reduce(add, { ...nothing, ...ofValues(defaults) });
    return add(own, ofSelections(definition.selectionSet));
  });
  return { ...extents.reduce(larger, nothing), tokens: document.tokenCount ?? 0 };
}

function ofDirectives(directives: readonly DirectiveNode[] = []): Extent {
  const args = directives.flatMap((directive) => directive.arguments ?? []);
  return { ...nothing, directives: directives.length, ...ofValues(args.map(({ value }) => value)) };
}

/** The longest list and the largest object that is written out in any of these values. */
function ofValues(values: readonly ValueNode[]): typeof noValues {
  return values.reduce((most, value) => {
    if (value.kind === Kind.LIST) {
      const { listEntries, members } = ofValues(value.values);
      return {
        listEntries: Math.max(most.listEntries, listEntries, value.values.length),
        members: Math.max(most.members, members),
      };
    }
    if (value.kind !== Kind.OBJECT) return most;
    const { listEntries, members } = ofValues(value.fields.map((field) => field.value));
    return {
      listEntries: Math.max(most.listEntries, listEntries),
      members: Math.max(most.members, members, value.fields.length),
    };
  }, noValues);
}

function add(one: Extent, other: Extent): Extent {
  return {
    depth: Math.max(one.depth, other.depth),
    aliases: one.aliases + other.aliases,
    directives: one.directives + other.directives,
    unfolded: one.unfolded + other.unfolded,
    listEntries: Math.max(one.listEntries, other.listEntries),
    members: Math.max(one.members, other.members),
  };
}

function larger(one: Extent, other: Extent): Extent {
  return {
    depth: Math.max(one.depth, other.depth),
    aliases: Math.max(one.aliases, other.aliases),
    directives: Math.max(one.directives, other.directives),
    unfolded: Math.max(one.unfolded, other.unfolded),
    listEntries: Math.max(one.listEntries, other.listEntries),
    members: Math.max(one.members, other.members),
  };
}

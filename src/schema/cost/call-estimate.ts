/** The calls that an operation may cause, each counted once however often it is asked for. */
export interface CallEstimate {
  /** One call; the same key is the same call. */
  ask(key: string): void;
  /** A call of a kind for each name; no list names anything twice. */
  askEach(kind: string, names: readonly string[]): void;
  /**
   * Targets of an address match. All of a group leave together, a hundred in a call; the same
   * holder brings the same targets.
   */
  match(group: string, holder: string, targets: number): void;
  /** The same for targets that are known: each counts once in its group. */
  matchEach(group: string, targets: readonly string[]): void;
  count(): number;
}

const mostTargetsPerCall = 100;

/** The addresses that are matched in one group. */
interface Group {
  readonly holders: Map<string, number>;
  readonly targets: (readonly string[])[];
}

/** An empty bill. */
export function createCallEstimate(): CallEstimate {
  const calls = new Set<string>();
  const kinds = new Map<string, Set<readonly string[]>>();
  const groups = new Map<string, Group>();

  function groupOf(name: string): Group {
    const group = groups.get(name) ?? { holders: new Map(), targets: [] };
    groups.set(name, group);
    return group;
  }

  return {
    ask: (key) => void calls.add(key),
    askEach(kind, names) {
      const lists = kinds.get(kind);
      if (lists === undefined) kinds.set(kind, new Set([names]));
      else lists.add(names);
    },
    match: (group, holder, targets) => void groupOf(group).holders.set(holder, targets),
    matchEach: (group, targets) => void groupOf(group).targets.push(targets),
    count() {
      let count = calls.size;
      for (const lists of kinds.values()) count += countNames(lists);
      for (const { holders, targets } of groups.values()) {
        let others = 0;
        for (const each of holders.values()) others += each;
        count += Math.ceil((others + countSole(targets, others)) / mostTargetsPerCall);
      }
      return count;
    },
  };
}

/** How many different ones there are: as a rule the fields below each other name the same list. */
function countNames(lists: ReadonlySet<readonly string[]>): number {
  const [first = []] = lists;
  return lists.size === 1 ? first.length : new Set([...lists].flat()).size;
}

/** How many different ones there are; not looked for where all of them make no more than one call. */
function countSole(targets: Group['targets'], others: number): number {
  const all = targets.reduce((sum, { length }) => sum + length, 0);
  return all + others <= mostTargetsPerCall ? all : new Set(targets.flat()).size;
}

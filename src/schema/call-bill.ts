/** The calls that an operation may cause, each counted once however often it is asked for. */
export interface Bill {
  /** One call; the same key is the same call. */
  ask(key: string): void;
  /**
   * Targets of an address match. All of a group leave together, a hundred in a call; the same
   * holder brings the same targets.
   */
  match(group: string, holder: string, targets: number): void;
  count(): number;
}

const mostTargetsPerCall = 100;

/** An empty bill. */
export function createBill(): Bill {
  const calls = new Set<string>();
  const groups = new Map<string, Map<string, number>>();

  return {
    ask: (key) => void calls.add(key),
    match(group, holder, targets) {
      const holders = groups.get(group) ?? new Map<string, number>();
      groups.set(group, holders.set(holder, targets));
    },
    count() {
      const matches = [...groups.values()].map((holders) => {
        const targets = [...holders.values()].reduce((sum, each) => sum + each, 0);
        return Math.ceil(targets / mostTargetsPerCall);
      });
      return matches.reduce((sum, each) => sum + each, calls.size);
    },
  };
}

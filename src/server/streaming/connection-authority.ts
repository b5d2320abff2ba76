import { type Principal, toCallerIdentity } from '../../identity/principal.ts';
import { holdsRights, type Right, rightsOf } from '../../identity/rights.ts';

/**
 * The authority of a connection that carries many operations: that of the newest credential which its
 * caller sent on it. An operation has the rights that its caller had when it began, and of those the
 * ones that the newest credential has too.
 */
export interface ConnectionAuthority {
  /** The caller by its newest credential. */
  readonly newest: Principal;
  /**
   * The caller as the operations that begin now know it. A query or mutation of it is current only
   * while the newest credential has all the rights that it began with.
   */
  readonly forOperations: Principal;
  isCurrent(): boolean;
  /** Whether the newest credential is current and has these rights. */
  holds(rights: ReadonlySet<Right>): boolean;
  /** Takes a newer credential; false, and nothing is changed, where it is another caller's. */
  renew(principal: Principal): boolean;
  /**
   * Whether a credential that came beside an operation may take the place of the newest one: it did
   * not before, and does not end sooner.
   */
  isNewer(principal: Principal): boolean;
  /** Calls back when a newer credential was taken; the answer ends that. */
  onRenewed(listener: () => void): () => void;
}

/** Makes the authority of a connection from the credential that it begins with. */
export function createConnectionAuthority(first: Principal): ConnectionAuthority {
  const listeners = new Set<() => void>();
  const replaced = new WeakSet<Principal>();
  let newest = first;
  let forOperations = bind(first);

  function bind(start: Principal): Principal {
    const holdsAll = () => newest === start || holdsRights(newest, rightsOf(start));
    return {
      ...start,
      isCurrent: () => newest.isCurrent() && holdsAll(),
      recheck: async () => (await newest.recheck()) && holdsAll(),
    };
  }

  return {
    get newest() {
      return newest;
    },
    get forOperations() {
      return forOperations;
    },
    isCurrent: () => newest.isCurrent(),
    holds: (rights) => newest.isCurrent() && holdsRights(newest, rights),
    isNewer(principal) {
      if (principal === newest || replaced.has(principal)) return false;
      const { expiresAt } = principal;
      return expiresAt === null || newest.expiresAt === null || expiresAt >= newest.expiresAt;
    },
    renew(principal) {
      if (toCallerIdentity(principal) !== toCallerIdentity(newest)) return false;

      if (principal === newest) return true;
      replaced.add(newest);
      newest = principal;
      forOperations = bind(principal);
      for (const listener of [...listeners]) listener();
      return true;
    },
    onRenewed(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

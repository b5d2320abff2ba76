import type { Principal } from './principal.ts';
import type { Scope } from './scopes.ts';

/** One thing that a caller may do: a scope, or to see the documents of the flow of its grant. */
export type Right = Scope | 'grant documents';

/** Whether a caller has all of these rights. */
export function holdsRights({ scopes, grant }: Principal, rights: Iterable<Right>): boolean {
  for (const right of rights) {
    if (right === 'grant documents' ? grant?.canReadDocuments !== true : !scopes.has(right)) {
      return false;
    }
  }
  return true;
}

/** All rights of a caller. */
export function rightsOf({ scopes, grant }: Principal): ReadonlySet<Right> {
  return grant?.canReadDocuments === true ? new Set([...scopes, 'grant documents']) : scopes;
}

/** A caller, and those of its rights that were looked at so far. */
export interface RecordedPrincipal {
  readonly principal: Principal;
  readonly used: ReadonlySet<Right>;
}

/** The same caller; each right that it holds is recorded once it is asked for. */
export function recordRights(principal: Principal): RecordedPrincipal {
  const used = new Set<Right>();
  const { grant } = principal;
  const recorded: Principal = {
    ...principal,
    scopes: new RecordingScopes(principal.scopes, used),
    grant: grant && {
      ...grant,
      get canReadDocuments() {
        if (grant.canReadDocuments) used.add('grant documents');
        return grant.canReadDocuments;
      },
    },
  };
  return { principal: recorded, used };
}

class RecordingScopes extends Set<Scope> {
  readonly #used: Set<Right>;

  constructor(scopes: Iterable<Scope>, used: Set<Right>) {
    super(scopes);
    this.#used = used;
  }

  override has(scope: Scope): boolean {
    const isHeld = super.has(scope);
    if (isHeld) this.#used.add(scope);
    return isHeld;
  }
}

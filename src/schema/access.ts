import { type AuthFailure, AuthScopeFailureType, RequestCache } from '@pothos/plugin-scope-auth';
import type { Principal } from '../identity/principal.ts';
import { type Scope, scopes } from '../identity/scopes.ts';
import type { GatewayContext } from './operation/context.ts';
import { type DocumentOwner, fromDocumentId } from './operation/document-owner.ts';
import { ForbiddenError } from './operation/errors.ts';

/** Scopes that a caller must hold, every one. */
export type RequiredScopes = { readonly [Name in Scope]?: true };

const nothing: RequiredScopes = {};
const flowsRead: RequiredScopes = { 'flows:read': true };
const batchesRead: RequiredScopes = { 'batches:read': true };

/** Which scopes a caller holds; each is looked up when it is asked for. */
export function toHeldScopes({ scopes }: Principal): Record<Scope, boolean> {
  // The prototype answers for every scope.
  return new HeldScopes(scopes) as unknown as Record<Scope, boolean>;
}

class HeldScopes {
  readonly held: Principal['scopes'];

  constructor(scopes: Principal['scopes']) {
    this.held = scopes;
  }

  static {
    for (const scope of scopes) {
      Object.defineProperty(HeldScopes.prototype, scope, {
        get(this: HeldScopes) {
          return this.held.has(scope);
        },
      });
    }
  }
}

/**
 * Drops what is remembered of the checks of an operation that has been answered. It holds the context,
 * and hangs on a WeakMap, whose values survive every collection of the young.
 */
export function forgetChecks(context: GatewayContext): void {
  RequestCache.clearForContext(context);
}

/** The scopes needed to see the status of a flow; a grant for this flow needs none. */
export function needsForFlow({ grant }: Principal, flowUuid: string): RequiredScopes {
  return grant?.flowUuid === flowUuid ? nothing : flowsRead;
}

/** The scopes needed to see documents; a grant for their flow must include documents. */
export function needsForDocuments({ grant }: Principal, owner: DocumentOwner): RequiredScopes {
  if (owner.kind === 'batch') return batchesRead;
  return grant?.flowUuid === owner.uuid && grant.canReadDocuments ? nothing : flowsRead;
}

/** The scopes needed to look up nodes by global id. All ids must be permitted, or none is looked up. */
export function needsForNodes(
  principal: Principal,
  ids: readonly { readonly typename: string; readonly id: string }[],
): RequiredScopes {
  const each = ids.map(({ typename, id }) => {
    if (typename === 'Flow') return needsForFlow(principal, id);
    if (typename === 'Batch') return batchesRead;
    const owner = fromDocumentId(id)?.owner;
    // An id that was never issued reads as absent for every caller that may look up documents.
    return owner ? needsForDocuments(principal, owner) : flowsRead;
  });
  return Object.assign({}, ...each);
}

/** The refusal that names the scope which is missing. */
export function toForbidden({ grant }: Principal, failure: AuthFailure): ForbiddenError {
  const scope = missingScope(failure);
  const own = 'A flow grant shows its own flow, and the documents of it only where it says so.';
  return new ForbiddenError(
    `This needs ${scope ? `the scope ${scope}` : 'more than this caller may do'}.${grant ? ` ${own}` : ''}`,
  );
}

function missingScope(failure: AuthFailure): string | undefined {
  if (failure.kind === AuthScopeFailureType.AuthScope) return failure.scope;
  if (!('failures' in failure)) return undefined;
  return failure.failures.map(missingScope).find((scope) => scope !== undefined);
}

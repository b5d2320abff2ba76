/**
 * The scopes of callers. Each is needed by the fields and arguments that name it in their
 * description.
 */
export const scopes = [
  'flows:read',
  'flows:write',
  'batches:read',
  'batches:write',
  'addresses:match',
  'pii:read',
  'callbacks:redirect',
  'events:read',
] as const;
/** A permission of a principal. */
export type Scope = (typeof scopes)[number];

/**
 * Scopes that only a key or JWT which names them holds: each reaches further than one flow or batch at a
 * time, or lets results leave the gateway.
 */
const namedOnly: ReadonlySet<Scope> = new Set(['callbacks:redirect', 'events:read']);

/** The scopes of a key for which none are configured: all but those that must be named. */
export const defaultScopes: readonly Scope[] = scopes.filter((scope) => !namedOnly.has(scope));

/** Whether a word is one of the scopes. */
export function isScope(word: string): word is Scope {
  return scopes.some((scope) => scope === word);
}

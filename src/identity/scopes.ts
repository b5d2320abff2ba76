/** What a caller may do. Each is needed by the fields that name it in their description. */
export const scopes = [
  'flows:read',
  'flows:write',
  'batches:read',
  'batches:write',
  'addresses:match',
  'pii:read',
] as const;
export type Scope = (typeof scopes)[number];

/** Whether a word is one of the scopes. */
export function isScope(word: string): word is Scope {
  return scopes.some((scope) => scope === word);
}

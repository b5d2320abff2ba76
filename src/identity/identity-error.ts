/** A credential can't be checked now; a later attempt may succeed. Its cause may quote an address. */
export class IdentityUnavailableError extends Error {
  constructor(cause: unknown) {
    super('the keys or grants that authenticate callers cannot be read', { cause });
    this.name = 'IdentityUnavailableError';
  }
}

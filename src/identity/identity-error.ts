/** Nobody can be recognised now, whatever they bring: come again. Its cause may quote an address. */
export class IdentityUnavailableError extends Error {
  constructor(cause: unknown) {
    super('the keys of the identity provider cannot be had', { cause });
    this.name = 'IdentityUnavailableError';
  }
}

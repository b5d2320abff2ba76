declare const brand: unique symbol;

/**
 * The id of a tenant. It is a text, but no text is one: only what reads the tenants makes it, and
 * what reads back an id that we wrote or signed ourselves. So whatever is kept, shared, watched,
 * counted or sent says whose it is, and can't be given a key, a name or a flow in its place.
 */
export type TenantId = string & { readonly [brand]: 'TenantId' };

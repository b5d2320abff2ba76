import type { Principal } from '../../identity/principal.ts';

/**
 * The JSON of a result with `extensions.session`, which says until when the caller's credential holds.
 * It is told with the first event of a subscription, so that a client renews in time. `open` is the JSON
 * of a result whose last member are extensions that are not empty, without the `}}` that ends it.
 */
export function withSession(open: string, { expiresAt }: Pick<Principal, 'expiresAt'>): string {
  return `${open},"session":${toSession(expiresAt)}}}`;
}

/** The JSON of what a client is told of its session. */
export function toSession(expiresAt: number | null): string {
  return JSON.stringify({ expiresAt: toTime(expiresAt) });
}

/** A time as the type DateTime writes it; null where none is set. */
export function toTime(expiresAt: number | null): string | null {
  return expiresAt === null ? null : new Date(expiresAt).toISOString();
}

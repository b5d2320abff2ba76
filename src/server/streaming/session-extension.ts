import type { Principal } from '../../identity/principal.ts';

/**
 * The JSON of a result with `extensions.session`, which says until when the caller's credential holds.
 * It is told with the first event of a subscription, so that a client renews in time. The result has
 * extensions, which are its last member and not empty, as those of every result are.
 */
export function withSession(text: string, { expiresAt }: Pick<Principal, 'expiresAt'>): string {
  return `${text.slice(0, -'}}'.length)},"session":${toSession(expiresAt)}}}`;
}

/** The JSON of what a client is told of its session. */
export function toSession(expiresAt: number | null): string {
  return JSON.stringify({ expiresAt: toTime(expiresAt) });
}

/** A time as the type DateTime writes it; null where none is set. */
export function toTime(expiresAt: number | null): string | null {
  return expiresAt === null ? null : new Date(expiresAt).toISOString();
}

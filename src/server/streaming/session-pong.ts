import type { Principal } from '../../identity/principal.ts';
import type { Renewal, RenewalRefusal } from '../../schema/operation/context.ts';
import { createPublicError } from '../../schema/operation/errors.ts';
import { toTime } from './session-extension.ts';

/** The refusal of a `ping` whose payload holds credentials that differ. */
export const contradictoryPing: RenewalRefusal = {
  code: 'UNAUTHENTICATED',
  message: 'This ping holds keys that differ. The connection keeps the one that it has.',
};

/** The refusal of a `ping` whose caller has used up its rate limit. */
export const tooManyPings: RenewalRefusal = {
  code: 'RATE_LIMITED',
  message: 'Too many requests in this minute. Try again later.',
};

/**
 * The `pong` that answers a renewal: its payload says until when the connection holds now, and why a
 * credential was not taken, as errors of GraphQL have it.
 */
export function toPong(renewal: Renewal, { expiresAt }: Pick<Principal, 'expiresAt'>): string {
  const payload = { expiresAt: toTime(expiresAt) };
  if (!('refusal' in renewal)) return JSON.stringify({ type: 'pong', payload });
  const { code, message } = renewal.refusal;
  const errors = [createPublicError(code, message)];
  return JSON.stringify({ type: 'pong', payload: { ...payload, errors } });
}

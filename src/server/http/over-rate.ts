import type { Principal } from '../../identity/principal.ts';
import { toCounted } from '../operation/asked.ts';
import { tooManyRequests } from '../operation/caller-errors.ts';
import type { RateLimit } from '../operation/rate-limit.ts';
import type { Arrival } from './http.ts';
import { refuse } from './refusal.ts';

/**
 * Counts a request of a caller, before its body is read. True where it is over a limit: then it has
 * been answered with 429.
 */
export async function isOverRate(
  arrival: Arrival,
  principal: Principal,
  rateLimit: RateLimit,
): Promise<boolean> {
  const retryAfterMs = await rateLimit.take(toCounted(principal));
  if (retryAfterMs !== null) refuse(arrival, 429, tooManyRequests(retryAfterMs, arrival.requestId));
  return retryAfterMs !== null;
}

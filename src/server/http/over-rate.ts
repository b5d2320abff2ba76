import type { Principal } from '../../identity/principal.ts';
import { tooManyRequests } from '../operation/caller-errors.ts';
import type { RateLimit } from '../operation/rate-limit.ts';
import { toCounted } from '../operation/request-context.ts';
import type { HttpContext } from './http.ts';
import { refuse } from './refusal.ts';

/**
 * Counts a request of a caller, before its body is read. True where it is over a limit: then it has
 * been answered with 429.
 */
export async function isOverRate(
  http: HttpContext,
  principal: Principal,
  rateLimit: RateLimit,
): Promise<boolean> {
  const retryAfterMs = await rateLimit.take(toCounted(principal));
  if (retryAfterMs !== null) refuse(http, 429, tooManyRequests(retryAfterMs, http.requestId));
  return retryAfterMs !== null;
}

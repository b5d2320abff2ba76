import type { RequestContext } from './request-context.ts';

/** What an answer cost, as `extensions.atlas` tells it. */
export interface AtlasCost {
  /** Calls to Atlas that were reckoned with before. */
  readonly planned: number;
  /** Calls that were made. */
  readonly calls: number;
  /** Answers taken from calls that others had under way. */
  readonly coalesced: number;
  /** Answers taken from what was known. */
  readonly cached: number;
}

/** Nothing was asked, because nothing was run. */
export const nothingAsked: AtlasCost = { planned: 0, calls: 0, coalesced: 0, cached: 0 };

/** What a request has cost since `before`. */
export function toAtlasCost(
  { planned, meter }: Pick<RequestContext, 'planned' | 'meter'>,
  before: AtlasCost = nothingAsked,
): AtlasCost {
  return {
    planned,
    calls: meter.calls - before.calls,
    coalesced: meter.coalesced - before.coalesced,
    cached: meter.cached - before.cached,
  };
}

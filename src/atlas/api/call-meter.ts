/**
 * Counts the requests that one operation caused; a shared request counts for the operation that
 * started it.
 */
export interface CallMeter {
  /** Requests to Atlas, retries included. */
  calls: number;
  coalesced: number;
  /** Answers taken from a cache, without a call. */
  cached: number;
  /** The most calls of the operation, or of one event of it; undefined: no limit. */
  allowance?: CallAllowance;
}

/** How many calls an operation, or each event of a subscription, may make. */
export interface CallAllowance {
  /** The most calls, retries included. */
  readonly most: number;
  /** The calls that were planned: retries leave room for them. */
  readonly planned: number;
  /** The value of `calls` when the operation or the event began. */
  callsBefore: number;
  retries: number;
}

/** A meter that lets so many calls be made. */
export function createCallMeter(most = Number.POSITIVE_INFINITY): CallMeter {
  const meter: CallMeter = { calls: 0, coalesced: 0, cached: 0 };
  if (most < Number.POSITIVE_INFINITY) limitCalls(meter, most, 0);
  return meter;
}

/** Limits the calls of an operation, or of each of its events. */
export function limitCalls(meter: CallMeter, most: number, planned: number): void {
  meter.allowance = { most, planned, callsBefore: meter.calls, retries: 0 };
}

/** Begins another event, which may make as many calls as the one before. */
export function beginEventCalls({ allowance, calls }: CallMeter): void {
  if (allowance === undefined) return;
  allowance.callsBefore = calls;
  allowance.retries = 0;
}

/** Whether another call may be made; true where there is no meter. */
export function mayCall(meter: CallMeter | undefined): boolean {
  const allowance = meter?.allowance;
  if (meter === undefined || allowance === undefined) return true;
  return meter.calls - allowance.callsBefore < allowance.most;
}

/** Whether a call may be made again; the calls that were planned come first. */
export function mayRetry(meter: CallMeter | undefined): boolean {
  const allowance = meter?.allowance;
  if (allowance === undefined) return true;
  return mayCall(meter) && allowance.retries < allowance.most - allowance.planned;
}

/** Counts a retry. */
export function countRetry(meter: CallMeter): void {
  meter.calls += 1;
  if (meter.allowance) meter.allowance.retries += 1;
}

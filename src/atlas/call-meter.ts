/** Counts the requests that one operation caused; a shared one counts for who started it. */
export interface CallMeter {
  calls: number;
  coalesced: number;
  /** Answers that were known, so that no call was needed. */
  cached: number;
}

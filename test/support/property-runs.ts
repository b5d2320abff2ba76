/**
 * How often a property is tried: `full` times with TEST_LONG=1 (`npm run test:long`), otherwise at
 * most 1,000 times. A property that fails prints its seed and path, with which it can be run again.
 */
export function propertyRuns(full: number): number {
  return process.env.TEST_LONG === '1' ? full : Math.min(full, 1_000);
}

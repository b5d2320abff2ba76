import { appendFileSync } from 'node:fs';

/**
 * Loaded into the gateway before its own main file, with `--expose-gc`: on SIGWINCH it collects what
 * is garbage and writes what the process holds then as a line of JSON to SOAK_PROBE_FILE.
 */
const file = process.env.SOAK_PROBE_FILE ?? '';

process.on('SIGWINCH', () => {
  // Weakly referenced memory is freed by the second one.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  const resources = process.getActiveResourcesInfo();
  const countOf = (kind: string) => resources.filter((each) => each === kind).length;
  const seen = {
    heapBytes: heapUsed,
    residentBytes: rss,
    sockets: countOf('TCPSocketWrap'),
    timers: countOf('Timeout'),
  };
  appendFileSync(file, `${JSON.stringify(seen)}\n`);
});

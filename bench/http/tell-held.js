import { writeFileSync } from 'node:fs';
import { memoryUsage } from 'node:process';

// Loaded before a gateway with --expose-gc: when it is signalled, it collects and writes down what is
// left. In JavaScript, so that the gateway need not load what strips types.
process.on('SIGWINCH', () => {
  globalThis.gc?.();
  globalThis.gc?.();
  writeFileSync(process.env.HELD_FILE ?? '', String(memoryUsage().heapUsed));
});

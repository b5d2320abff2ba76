import { Cancellation } from '../src/atlas/deadline/cancellation.ts';
import { type AbortListener, createDeadlines } from '../src/atlas/deadline/deadline.ts';
import { describeMachine } from './report.ts';

/*
 * The processor time of one wait that is begun and ended before its time is up: by the gateway's own
 * deadline, and by AbortSignal in two ways.
 *
 *     npm run bench:deadline
 */
const timeoutMs = 15_000;
const startDeadline = createDeadlines({ timeoutMs });
const waiter: AbortListener = { abort() {} };
const listener = () => {};

const waits: readonly [name: string, times: number, wait: () => void][] = [
  [
    'own deadline and cancellation',
    200_000,
    () => {
      const deadline = startDeadline({ cancellation: new Cancellation() });
      deadline.onAbort(waiter);
      deadline.offAbort(waiter);
    },
  ],
  [
    'AbortController with a timer',
    200_000,
    () => {
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(), timeoutMs);
      controller.signal.addEventListener('abort', listener);
      controller.signal.removeEventListener('abort', listener);
      clearTimeout(timer);
    },
  ],
  [
    'AbortSignal.any with AbortSignal.timeout',
    20_000,
    () => {
      const signals = [new AbortController().signal, AbortSignal.timeout(timeoutMs)];
      const signal = AbortSignal.any(signals);
      signal.addEventListener('abort', listener);
      signal.removeEventListener('abort', listener);
    },
  ],
];

const machine = describeMachine();
for (const [name, times, wait] of waits) {
  for (let warm = 0; warm < 2_000; warm += 1) wait();
  const before = process.cpuUsage();
  for (let count = 0; count < times; count += 1) wait();
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(`${name}: ${((user + system) / times).toFixed(2)} µs\n`);
}
process.stdout.write(`${machine()}\n`);
process.exit();

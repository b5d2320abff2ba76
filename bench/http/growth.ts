import { busyMs } from '../process-figures.ts';
import type { TellingSubject } from './held.ts';
import type { QuestionName } from './questions.ts';
import type { Surroundings } from './subjects.ts';

/** The cost of one answer at a size, and the memory of the process after it. */
export interface Grown {
  readonly size: number;
  /** How long an answer keeps the gateway's processor busy. */
  readonly busyMs: number;
  readonly heldMiB: number;
}

const connections = 4;
const warmUpMs = 500;
const mostMs = 120_000;

/** Asks a question of one size: for a time, and as often as it takes to have asked every text. */
export async function measureGrowth(
  { load }: Surroundings,
  gateway: TellingSubject,
  question: QuestionName,
  size: number,
  seconds: number,
): Promise<Grown> {
  const { pid, url, headers } = gateway.subject;
  const one = { url, headers, question, size, connections };
  await load.call('run', { ...one, mostMs: warmUpMs });
  const before = busyMs(pid);
  const { answers } =
    question === 'operations'
      ? await load.call('run', { ...one, mostMs, mostTimes: Math.max(1_000, 2 * size) })
      : await load.call('run', { ...one, mostMs: 1_000 * seconds });
  return {
    size,
    busyMs: (busyMs(pid) - before) / answers,
    heldMiB: await gateway.heldMiB(),
  };
}

/** The power of the size that the cost grows with, over the last tenfold: 1 is in proportion. */
export function toPower(grown: readonly Grown[]): number {
  const last = grown.at(-1);
  const first = grown.findLast(({ size }) => size * 10 <= (last?.size ?? 0));
  if (first === undefined || last === undefined) return Number.NaN;
  return Math.log(last.busyMs / first.busyMs) / Math.log(last.size / first.size);
}

import type { Turns } from '../../turns.ts';

/** Work in steps, of which none takes long; between two of them it may wait. */
export type Work<Result> = Generator<undefined, Result>;

/** Does all steps at once. */
export function doAtOnce<Result>(work: Work<Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** How long steps are done in one go, in milliseconds. */
const shortMs = 10;

/** Does steps at once if they take no longer than 10 ms, and else the rest over several turns. */
export function doSoon<Result>(
  work: Work<Result>,
  turns: Turns,
  owner: object,
): Result | Promise<Result> {
  const begunAt = performance.now();
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (performance.now() - begunAt > shortMs) return doInTurns(work, turns, owner);
  }
}

/** Does steps over several turns of the event loop. */
export async function doInTurns<Result>(
  work: Work<Result>,
  turns: Turns,
  owner: object,
): Promise<Result> {
  for (;;) {
    if (turns.isLong()) await turns.next(owner);
    const step = work.next();
    if (step.done) return step.value;
  }
}

import type { Store } from '../store.ts';

/** The options of `startRetention`. */
export interface RetentionOptions {
  readonly store: Pick<Store, 'forget'>;
  readonly clock: {
    now(): number;
    after(delayMs: number, act: () => void): () => void;
  };
  /** How long flows, batches and what belongs to them are kept. */
  readonly retentionDays: number;
  /** How long events of the log are kept; no longer than flows. */
  readonly eventRetentionDays: number;
  /** Told of a step that failed; the next one is tried at its time. */
  readonly onFailure: (error: unknown) => void;
}

/** How long what came of a mutation is kept under its key. */
export const keyLifeMs = 24 * 60 * 60_000;

/** How long a revocation is kept, in milliseconds: longer than any grant holds, by an hour. */
export const revocationLifeMs = 25 * 60 * 60_000;

const dayMs = 24 * 60 * 60_000;
const restMs = 60_000;
/** A step takes about a millisecond, and leaves the process time to do its work. */
const mostInStep = 20;
const betweenStepsMs = 50;

/** Forgets what is older than it may be: in small steps, once a minute while there is nothing. */
export function startRetention(options: RetentionOptions): { close(): void } {
  const { store, clock, retentionDays, eventRetentionDays, onFailure } = options;
  let isClosed = false;
  let cancel = clock.after(restMs, () => void step());

  async function step(): Promise<void> {
    const now = clock.now();
    const older = {
      flowsBefore: now - retentionDays * dayMs,
      keysBefore: now - keyLifeMs,
      grantsBefore: now - revocationLifeMs,
      eventsBefore: now - Math.min(eventRetentionDays, retentionDays) * dayMs,
    };
    const forgotten = await store.forget(older, mostInStep).catch((error: unknown) => {
      onFailure(error);
      return 0;
    });
    if (isClosed) return;
    cancel = clock.after(forgotten < mostInStep ? restMs : betweenStepsMs, () => void step());
  }

  return {
    close() {
      isClosed = true;
      cancel();
    },
  };
}

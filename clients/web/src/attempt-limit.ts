import type { Wake } from './wake.ts';

/** The limits of one HTTP request. */
export interface AttemptLimit {
  /** Aborts when nothing was received for too long, at a wake-up, or with the signal above. */
  readonly signal: AbortSignal;
  /** Says that something was received, and how long nothing more may be. */
  extend(silentMs: number): void;
  /** Frees the timer and the listeners, and aborts what still runs. */
  end(): void;
}

/**
 * Limits a request to `silentMs` without a byte. A wake-up ends it too: after a pause its connection
 * may be dead without knowing it, and a new request is the surest way to tell.
 */
export function limitAttempt(parent: AbortSignal, wake: Wake, silentMs: number): AttemptLimit {
  const control = new AbortController();
  const abort = () => control.abort();
  const forget = wake.listen(abort);
  let timer = setTimeout(abort, silentMs);
  parent.addEventListener('abort', abort);
  if (parent.aborted) abort();

  return {
    signal: control.signal,
    extend(ms) {
      clearTimeout(timer);
      timer = setTimeout(abort, ms);
    },
    end() {
      clearTimeout(timer);
      forget();
      parent.removeEventListener('abort', abort);
      abort();
    },
  };
}

/** Waits that end early when the network or the page comes back. */
export interface Wake {
  /** Fulfilled after `ms`, at the next wake-up, or when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Calls the listener at each wake-up. Returns a function that removes it. */
  listen(listener: () => void): () => void;
  /** Ends all waits now. */
  wake(): void;
  close(): void;
}

interface EventSource {
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
}

interface Page extends EventSource {
  readonly document?: EventSource & { readonly visibilityState: string };
}

/**
 * Wakes on `online` and `pageshow` of the window and on `visibilitychange` to visible. Where there is
 * no window, as in React Native and Node, only `wake()` does.
 */
export function createWake(page: Page = globalThis as Page): Wake {
  const listeners = new Set<() => void>();
  const { document } = page;

  function wake(): void {
    for (const listener of [...listeners]) listener();
  }
  function wakeIfVisible(): void {
    if (document?.visibilityState === 'visible') wake();
  }
  function listen(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  page.addEventListener?.('online', wake);
  page.addEventListener?.('pageshow', wake);
  document?.addEventListener?.('visibilitychange', wakeIfVisible);

  return {
    listen,
    wake,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const timer = setTimeout(end, ms);
        const forget = listen(end);
        signal.addEventListener('abort', end);
        function end(): void {
          clearTimeout(timer);
          forget();
          signal.removeEventListener('abort', end);
          resolve();
        }
      }),
    close() {
      page.removeEventListener?.('online', wake);
      page.removeEventListener?.('pageshow', wake);
      document?.removeEventListener?.('visibilitychange', wakeIfVisible);
    },
  };
}

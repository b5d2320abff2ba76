/** Results on their way to one peer, of which only the newest waits. */
export interface Outlet {
  offer(text: string): void;
  /**
   * Sends a last text behind what waits; `onDone` is called once it has left. Nothing follows it, not
   * even another end.
   */
  end(text: string, onDone?: () => void): void;
  /** Fulfilled when the peer has taken all that was offered, or takes nothing more; null: it has. */
  whenIdle(): Promise<void> | null;
  /** Sends nothing any more, not even what waits. */
  drop(): void;
}

/**
 * Sends one text at a time: while the peer has not taken it, the newest of those that follow waits
 * in its one slot. `send` calls back when the text has left this process.
 */
export function createOutlet(send: (text: string, onSent: () => void) => void): Outlet {
  let isSending = false;
  let waiting: string | undefined;
  let isDropped = false;
  let hasEnd = false;
  let idle: PromiseWithResolvers<void> | undefined;
  let ending: { readonly text: string; readonly onDone: () => void } | undefined;

  function sendNext(): void {
    if (isDropped) return;
    if (waiting !== undefined) {
      const text = waiting;
      waiting = undefined;
      isSending = true;
      send(text, onSent);
    } else if (ending !== undefined) {
      const { text, onDone } = ending;
      ending = undefined;
      isSending = true;
      send(text, onDone);
    }
  }

  function onSent(): void {
    isSending = false;
    sendNext();
    if (!isSending) tellIdle();
  }

  function tellIdle(): void {
    idle?.resolve();
    idle = undefined;
  }

  return {
    offer(text) {
      if (hasEnd) return;
      waiting = text;
      if (!isSending) sendNext();
    },
    end(text, onDone = () => {}) {
      if (hasEnd) return;
      hasEnd = true;
      ending = { text, onDone };
      if (!isSending) sendNext();
    },
    whenIdle() {
      if (!isSending || isDropped) return null;
      idle ??= Promise.withResolvers();
      return idle.promise;
    },
    drop() {
      isDropped = true;
      waiting = undefined;
      ending = undefined;
      tellIdle();
    },
  };
}

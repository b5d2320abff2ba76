/** How many subscriptions may be open at once, over all transports. */
export interface SubscriptionLimits {
  readonly perCaller: number;
  readonly perProcess: number;
}

export interface SubscriptionCaps {
  /** Takes a place for a caller; null when there is none. The answer gives it back, once. */
  take(callerId: string): (() => void) | null;
  /** How many places are taken: by one caller, or in all. */
  count(callerId?: string): number;
  /** Gives no place to anybody any more; who has one keeps it. */
  close(): void;
}

/** Counts open subscriptions over all transports, by caller and in all. */
export function createSubscriptionCaps(limits: SubscriptionLimits): SubscriptionCaps {
  const byCaller = new Map<string, number>();
  let total = 0;
  let isClosed = false;

  return {
    take(callerId) {
      const held = byCaller.get(callerId) ?? 0;
      if (isClosed || total >= limits.perProcess || held >= limits.perCaller) return null;
      total += 1;
      byCaller.set(callerId, held + 1);
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        total -= 1;
        const left = (byCaller.get(callerId) ?? 1) - 1;
        if (left === 0) byCaller.delete(callerId);
        else byCaller.set(callerId, left);
      };
    },
    count: (callerId) => (callerId === undefined ? total : (byCaller.get(callerId) ?? 0)),
    close() {
      isClosed = true;
    },
  };
}

import type { Transport } from './transport.ts';

/** How a client gets through: the first transport that works, the better ones tried again later. */
export interface TransportChoice {
  /** The number of the transport to begin with. */
  preferred(): number;
  at(number: number): Transport;
  /** The number of the transport to try when this one could not be opened. */
  next(number: number): number;
  /** Says that a transport works on this network. */
  works(number: number): void;
  /** Forgets what worked: the network may be another one. */
  reset(): void;
}

/** Milliseconds after which a client on a fallback tries the first transport again. */
const fallbackMs = 60_000;

/** Chooses among transports, the best first. */
export function createTransportChoice(
  transports: readonly [Transport, ...Transport[]],
  now = () => Date.now(),
): TransportChoice {
  let best = 0;
  let since = 0;

  return {
    preferred() {
      if (Math.abs(now() - since) > fallbackMs) best = 0;
      return best;
    },
    at: (number) => transports[number] ?? transports[0],
    next: (number) => (number + 1) % transports.length,
    works(number) {
      if (number === best) return;
      best = number;
      since = now();
    },
    reset() {
      best = 0;
    },
  };
}

import { nowMs } from './clock.ts';
import { serveDuties } from './processes.ts';
import { openReader, type ReaderKind } from './readers.ts';

/** A process full of readers, each at one flow. */
interface Seat {
  /** When what is expected came; NaN until then. */
  arrivedAt: number;
  readonly close: () => void;
}

export interface OpenOptions {
  readonly kind: ReaderKind;
  readonly count: number;
  readonly url: string;
  readonly apiKey: string;
  /** The readers are dealt out to these in turn, the first of these readers at `firstPlace`. */
  readonly flowUuids: readonly string[];
  readonly firstPlace: number;
  readonly localAddress: string;
}

export interface Arrivals {
  readonly arrivedAt: Float64Array;
  /** The longest message, as it came. */
  readonly sample: string;
}

const openedAtOnce = 64;
const seats: Seat[] = [];
let expected: string | null = null;
let missing = 0;
let sample = '';
let arrived = Promise.withResolvers<void>();

function openSeat(options: OpenOptions, place: number): Promise<void> {
  const opened = Promise.withResolvers<void>();
  const seat: Seat = {
    arrivedAt: Number.NaN,
    close: openReader(options.kind, {
      url: options.url,
      apiKey: options.apiKey,
      localAddress: options.localAddress,
      flowUuid: options.flowUuids[(options.firstPlace + place) % options.flowUuids.length] ?? '',
      onResult: (text) => {
        opened.resolve();
        if (expected === null || !Number.isNaN(seat.arrivedAt) || !text.includes(expected)) return;
        seat.arrivedAt = nowMs();
        if (text.length > sample.length) sample = text;
        missing -= 1;
        if (missing === 0) arrived.resolve();
      },
      onComplete: () => {},
    }),
  };
  seats.push(seat);
  return opened.promise;
}

export type ClientDuties = typeof duties;

const duties = {
  /** Opens readers, and answers when each has had its first result. */
  async open(options: OpenOptions): Promise<void> {
    let place = 0;
    async function openSome(): Promise<void> {
      while (place < options.count) {
        place += 1;
        await openSeat(options, place - 1);
      }
    }
    await Promise.all(Array.from({ length: openedAtOnce }, openSome));
  },
  /** Waits from here on for a message that holds a text, at every reader. */
  expect(text: string): void {
    expected = text;
    sample = '';
    arrived = Promise.withResolvers();
    missing = seats.length;
    for (const seat of seats) seat.arrivedAt = Number.NaN;
  },
  /** When it came to each; NaN where it has not come in time. */
  async collect(mostMs: number): Promise<Arrivals> {
    const timer = setTimeout(arrived.resolve, mostMs);
    await arrived.promise;
    clearTimeout(timer);
    return { arrivedAt: Float64Array.from(seats, ({ arrivedAt }) => arrivedAt), sample };
  },
  close(): void {
    for (const { close } of seats.splice(0)) close();
  },
};

serveDuties(duties);

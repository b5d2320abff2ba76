import { within } from './clock.ts';
import type { ClientDuties, OpenOptions } from './live-clients.ts';
import { type Program, startProgram } from './processes.ts';

/** Readers by the thousand, over several processes. */
export interface Crowd {
  /** Opens readers, and resolves when each has had its first result. */
  open(options: Omit<OpenOptions, 'localAddress' | 'firstPlace'>): Promise<void>;
  /** From here on all wait for a message that holds a text. */
  expect(text: string): Promise<void>;
  /** When it came to each reader, NaN to those it has not come to in time, and one such message. */
  collect(mostMs: number): Promise<{ arrivedAt: readonly number[]; sample: string }>;
  stop(): Promise<void>;
}

const openMs = 120_000;

/** Starts the processes; each connects from an address of its own, so that ports do not run short. */
export function startCrowd(processes: number): Crowd {
  const file = new URL('live-clients.ts', import.meta.url);
  const programs = Array.from({ length: processes }, () => startProgram<ClientDuties>(file));

  function all<Value>(act: (program: Program<ClientDuties>, place: number) => Promise<Value>) {
    return Promise.all(programs.map(act));
  }

  return {
    async open(options) {
      const opened = all((program, place) => {
        const firstPlace = Math.floor((options.count * place) / processes);
        const count = Math.floor((options.count * (place + 1)) / processes) - firstPlace;
        const localAddress = `127.0.0.${place + 2}`;
        return program.call('open', { ...options, count, firstPlace, localAddress });
      });
      await within(openMs, `the opening of ${options.count} readers (${options.kind})`, opened);
    },
    async expect(text) {
      await all((program) => program.call('expect', text));
    },
    async collect(mostMs) {
      const parts = await all((program) => program.call('collect', mostMs));
      const arrivedAt = parts.flatMap((part) => [...part.arrivedAt]);
      const longest = parts.toSorted((one, other) => other.sample.length - one.sample.length)[0];
      return { arrivedAt, sample: longest?.sample ?? '' };
    },
    async stop() {
      await all((program) => program.call('close'));
      await all((program) => program.stop());
    },
  };
}

import { type Crowd, startCrowd } from '../crowd.ts';
import { type FanOut, toFanOut } from '../figures.ts';
import type { OpenOptions } from '../live-clients.ts';
import { busyMs, settledKiB } from '../process-figures.ts';
import type { ReaderKind } from '../readers.ts';
import { markOf } from './stages.ts';

/** A process that tells the same to many readers. */
export interface Subject {
  readonly pid: number;
  readonly address: Pick<OpenOptions, 'url' | 'apiKey' | 'flowUuids'>;
  readonly bareKind: ReaderKind;
  /** A client of a library, a few of which read beside the bare ones. */
  readonly trueKind: ReaderKind | null;
  /** Makes every reader be told of a round's state. */
  announce(round: number): Promise<Announced>;
}

export interface Announced {
  readonly from: number;
  /** When the process had all it needed to tell its readers. */
  readonly ownFrom: number;
}

export interface FanFigures {
  /** Resident memory for each reader: as they sit there, and after all rounds. */
  readonly kibIdle: number;
  readonly kibAfter: number;
  /** How long a round keeps the process's processor busy. */
  readonly busyMs: number;
  readonly whole: FanOut;
  readonly own: FanOut;
}

/** A process with all its readers. */
export interface Fan {
  /** Tells all of the state of the round that comes next; answers one of the messages. */
  play(): Promise<string>;
  /** Forgets the rounds so far, which were to warm up. */
  restart(): void;
  /** Closes the readers and sums up. */
  finish(): Promise<FanFigures>;
}

const warmUpReaders = 50;
const warmUpRounds = 6;
const trueClients = 8;
const roundMs = 60_000;

/**
 * Opens the readers of a process. Memory that it takes once, for its first readers, is not counted.
 */
export async function openFan(
  subject: Subject,
  { subscribers, clientProcesses }: { subscribers: number; clientProcesses: number },
): Promise<Fan> {
  const { pid, address, bareKind, trueKind } = subject;
  let round = 0;
  let whole: number[][] = [];
  let own: number[][] = [];
  let busySinceMs = 0;

  async function play(crowd: Crowd): Promise<string> {
    await crowd.expect(markOf(round));
    const { from, ownFrom } = await subject.announce(round);
    const { arrivedAt, sample } = await crowd.collect(roundMs);
    whole.push(arrivedAt.map((at) => at - from));
    own.push(arrivedAt.map((at) => at - ownFrom));
    round += 1;
    return sample;
  }

  const early = startCrowd(1);
  await early.open({ ...address, kind: bareKind, count: warmUpReaders });
  for (let left = warmUpRounds; left > 0; left -= 1) await play(early);
  await early.stop();
  const emptyKiB = await settledKiB(pid);

  const crowd = startCrowd(clientProcesses);
  await crowd.open({ ...address, kind: bareKind, count: subscribers });
  if (trueKind !== null) await crowd.open({ ...address, kind: trueKind, count: trueClients });
  const idleKiB = await settledKiB(pid);

  return {
    play: () => play(crowd),
    restart() {
      whole = [];
      own = [];
      busySinceMs = busyMs(pid);
    },
    async finish() {
      const busy = (busyMs(pid) - busySinceMs) / whole.length;
      const afterKiB = await settledKiB(pid);
      await crowd.stop();
      return {
        kibIdle: (idleKiB - emptyKiB) / subscribers,
        kibAfter: (afterKiB - emptyKiB) / subscribers,
        busyMs: busy,
        whole: toFanOut(whole),
        own: toFanOut(own),
      };
    },
  };
}

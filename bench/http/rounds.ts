import { percentile } from '../figures.ts';
import { busyMs } from '../process-figures.ts';
import type { QuestionName } from './questions.ts';
import { ask, type Subject, type SubjectName, type Surroundings } from './subjects.ts';

/** What every subject did with one question, the middle one of all rounds. */
export interface Compared {
  readonly question: QuestionName;
  readonly delayMs: number;
  readonly bySubject: Readonly<Record<SubjectName, Middle>>;
  /** The gateway's answers a second to those of another, round by round. */
  ratioTo(other: SubjectName): number;
}

export interface Middle {
  readonly perSecond: number;
  readonly p99Ms: number;
  /** How long an answer keeps the processor busy; what else the machine does hardly touches it. */
  readonly busyMs: number;
}

export interface RoundOptions {
  readonly connections: number;
  readonly rounds: number;
  readonly seconds: number;
}

/** Until what runs is compiled: of the gateway that is the most, and takes the longest. */
const warmUpMs = 4_000;
const comparedAnswers = 10;

/** Rejects unless every subject answers every question with the same bytes of `data`. */
export async function compareAnswers(
  subjects: readonly Subject[],
  questions: readonly QuestionName[],
): Promise<void> {
  for (const question of questions) {
    for (let count = 0; count < comparedAnswers; count += 1) {
      const answers = await Promise.all(subjects.map((subject) => ask(subject, question, count)));
      const other = answers.findIndex((answer) => answer !== answers[0]);
      if (other === -1) continue;
      const [one, two] = [subjects[0]?.name, subjects[other]?.name];
      throw new Error(`${question}: ${one} ${answers[0]}\n${two} ${answers[other]}`);
    }
  }
}

/** Asks one question of all subjects in turn, round after round. */
export async function playRounds(
  { upstream, load }: Surroundings,
  subjects: readonly Subject[],
  { question, delayMs }: { question: QuestionName; delayMs: number },
  { connections, rounds, seconds }: RoundOptions,
): Promise<Compared> {
  await upstream.call('setDelay', delayMs);
  async function play({ pid, url, headers }: Subject, mostMs: number): Promise<Middle> {
    const before = busyMs(pid);
    const played = await load.call('run', { url, headers, question, connections, mostMs });
    return { ...played, busyMs: (busyMs(pid) - before) / played.answers };
  }

  const loads = new Map<SubjectName, Middle[]>(subjects.map(({ name }) => [name, []]));
  for (const subject of subjects) await play(subject, warmUpMs);
  for (let round = 0; round < rounds; round += 1) {
    for (const subject of subjects) {
      loads.get(subject.name)?.push(await play(subject, 1_000 * seconds));
    }
  }

  const loadsOf = (name: SubjectName) => loads.get(name) ?? [];
  return {
    question,
    delayMs,
    bySubject: {
      floor: toMiddle(loadsOf('floor')),
      yoga: toMiddle(loadsOf('yoga')),
      mercurius: toMiddle(loadsOf('mercurius')),
      gateway: toMiddle(loadsOf('gateway')),
    },
    ratioTo: (other) =>
      median(
        loadsOf('gateway').map(
          ({ perSecond }, round) => perSecond / (loadsOf(other)[round]?.perSecond ?? Number.NaN),
        ),
      ),
  };
}

function toMiddle(loads: readonly Middle[]): Middle {
  return {
    perSecond: median(loads.map(({ perSecond }) => perSecond)),
    p99Ms: median(loads.map(({ p99Ms }) => p99Ms)),
    busyMs: median(loads.map((played) => played.busyMs)),
  };
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

import { percentile } from '../figures.ts';
import { busyMs } from '../process-figures.ts';
import type { QuestionName } from './questions.ts';
import { ask, type Subject, type SubjectName, type Surroundings } from './subjects.ts';

/** The figures of every subject for one question, over all rounds. */
export interface Compared {
  readonly question: QuestionName;
  readonly delayMs: number;
  readonly bySubject: ReadonlyMap<SubjectName, Figures>;
  /** Answers a second of one subject to those of another: the median of the rounds' ratios. */
  rateRatio(of: SubjectName, to: SubjectName): number;
  /**
   * Processor time per answer of `to`, divided by that of `of`: the median of the rounds' ratios.
   * Over 1, `of` is the cheaper one.
   */
  costRatio(of: SubjectName, to: SubjectName): number;
}

export interface Figures {
  /** The median of the rounds. */
  readonly perSecond: number;
  /** Over the answers of all rounds. */
  readonly p99Ms: number;
  /** Processor time per answer, the median of the rounds. */
  readonly busyMs: number;
}

export interface RoundOptions {
  readonly connections: number;
  readonly rounds: number;
  /** How long each subject is asked in each round. */
  readonly windowMs: number;
}

interface Round {
  readonly perSecond: number;
  readonly tookMs: readonly number[];
  readonly busyMs: number;
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

/** Asks one question of all subjects in turn, round after round, each round in reversed order. */
export async function playRounds(
  { upstream, load }: Surroundings,
  subjects: readonly Subject[],
  { question, delayMs }: { question: QuestionName; delayMs: number },
  { connections, rounds, windowMs }: RoundOptions,
): Promise<Compared> {
  await upstream.call('setDelay', delayMs);
  async function play({ pid, url, headers }: Subject, mostMs: number): Promise<Round> {
    const before = busyMs(pid);
    const played = await load.call('run', { url, headers, question, connections, mostMs });
    const { perSecond, tookMs, answers } = played;
    return { perSecond, tookMs, busyMs: (busyMs(pid) - before) / answers };
  }

  const roundsOf = new Map<SubjectName, Round[]>(subjects.map(({ name }) => [name, []]));
  for (const subject of subjects) await play(subject, warmUpMs);
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? subjects : subjects.toReversed();
    for (const subject of order) roundsOf.get(subject.name)?.push(await play(subject, windowMs));
  }

  function ratio(of: SubjectName, to: SubjectName, figure: (round: Round) => number): number {
    const others = roundsOf.get(to) ?? [];
    return median(
      (roundsOf.get(of) ?? []).map((round, place) => {
        const other = others[place];
        return other === undefined ? Number.NaN : figure(round) / figure(other);
      }),
    );
  }
  return {
    question,
    delayMs,
    bySubject: new Map([...roundsOf].map(([name, played]) => [name, toFigures(played)])),
    rateRatio: (of, to) => ratio(of, to, ({ perSecond }) => perSecond),
    costRatio: (of, to) => ratio(of, to, (round) => 1 / round.busyMs),
  };
}

function toFigures(rounds: readonly Round[]): Figures {
  return {
    perSecond: median(rounds.map(({ perSecond }) => perSecond)),
    p99Ms: percentile(
      rounds.flatMap(({ tookMs }) => tookMs),
      0.99,
    ),
    busyMs: median(rounds.map((round) => round.busyMs)),
  };
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

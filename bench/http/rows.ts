import { show } from '../figures.ts';
import { type QuestionName, toQuestion } from './questions.ts';
import type { Compared, Figures } from './rounds.ts';
import type { SubjectName } from './subjects.ts';

/** The least that the gateway's processor time per answer is to be, as a ratio to another's. */
interface Aim {
  readonly byDefault: number;
  readonly pipelined: number;
  readonly mercurius: number;
  readonly equipped: number;
}

const aims: Partial<Record<QuestionName, Aim>> = {
  Q1: { byDefault: 0.7, pipelined: 0.7, mercurius: 1.15, equipped: 1.6 },
  Q2: { byDefault: 0.6, pipelined: 0.7, mercurius: 0.95, equipped: 1.5 },
  Q3: { byDefault: 0.9, pipelined: 1.1, mercurius: 1.25, equipped: 1.4 },
  Q4: { byDefault: 0.65, pipelined: 0.65, mercurius: 0.9, equipped: 1.35 },
  again: { byDefault: 3.5, pipelined: 3.5, mercurius: 5, equipped: 3 },
};
const mostStartMs = 500;
const mostIdleMiB = 120;

export const costHead = [
  'processor time per answer',
  'floor, µs',
  'gateway to floor',
  'aim',
  'pipelined to floor',
  'aim',
  'pipelined to Mercurius',
  'aim',
  'pipelined to Mercurius with duties',
  'aim',
  'met',
];

/** The processor time of one question: ratios to the floor and to Mercurius, those with an aim beside it. */
export function toCostRow(compared: Compared): readonly string[] {
  const { question, delayMs } = compared;
  const aim = delayMs === 0 ? aims[question] : undefined;
  const ratios = [
    ['default', compared.costRatio('gateway', 'floor'), aim?.byDefault],
    ['pipelined', compared.costRatio('pipelined', 'floor'), aim?.pipelined],
    ['Mercurius', compared.costRatio('pipelined', 'mercurius'), aim?.mercurius],
    ['duties', compared.costRatio('pipelined', 'equipped'), aim?.equipped],
  ] as const;
  const missed = ratios.filter(([, ratio, least = 0]) => ratio < least).map(([name]) => name);
  return [
    `${delayMs} ms, ${question}: ${toQuestion(question).what}`,
    show(1_000 * figuresOf(compared, 'floor').busyMs),
    ...ratios.flatMap(([, ratio, least]) => [
      ratio.toFixed(2),
      least === undefined ? '' : `≥ ${least}`,
    ]),
    aim === undefined ? '' : missed.length === 0 ? 'yes' : `no: ${missed.join(', ')}`,
  ];
}

export const rateHead = [
  'answers a second',
  'floor',
  'gateway',
  'pipelined',
  'Yoga',
  'Mercurius',
  'Mercurius with duties',
  'p99, ms: gateway',
  'pipelined',
  'Mercurius',
  'no worse than Mercurius',
];

/** The answers a second of one question, as ratios to the floor's, and the slowest hundredth. */
export function toRateRow(compared: Compared): readonly string[] {
  const { question, delayMs } = compared;
  const p99 = (name: SubjectName) => figuresOf(compared, name).p99Ms;
  const others = ['gateway', 'pipelined', 'yoga', 'mercurius', 'equipped'] as const;
  return [
    `${delayMs} ms, ${question}`,
    show(figuresOf(compared, 'floor').perSecond),
    ...others.map((name) => compared.rateRatio(name, 'floor').toFixed(2)),
    ...(['gateway', 'pipelined', 'mercurius'] as const).map((name) => show(p99(name))),
    p99('gateway') <= p99('mercurius') ? 'yes' : 'no',
  ];
}

function figuresOf({ bySubject }: Compared, name: SubjectName): Figures {
  const figures = bySubject.get(name);
  if (figures === undefined) throw new Error(`${name} was not measured`);
  return figures;
}

export const processHead = ['', 'gateway', 'aim', 'met'];

/** How the process starts and rests. */
export function toProcessRows(
  start: { readonly tookMs: number; readonly busyMs: number },
  idleMiB: number,
): readonly (readonly string[])[] {
  const row = (what: string, figure: number, most: number) => [
    what,
    show(figure),
    `< ${most}`,
    figure < most ? 'yes' : 'no',
  ];
  return [
    row('start of the process to its first answer, ms', start.tookMs, mostStartMs),
    ['of which the processor was busy with it, ms', show(start.busyMs), '', ''],
    row('resident memory at rest after it, MiB', idleMiB, mostIdleMiB),
  ];
}

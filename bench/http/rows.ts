import { show } from '../figures.ts';
import { type QuestionName, toQuestion } from './questions.ts';
import type { Compared } from './rounds.ts';

/** The least that the gateway's answers a second are to be, to the floor's and to Mercurius's. */
interface Aim {
  readonly toFloor: number;
  readonly toMercurius: number | null;
}

const aims: Readonly<Record<number, Partial<Record<QuestionName, Aim>>>> = {
  0: {
    Q1: { toFloor: 1, toMercurius: 1.3 },
    Q2: { toFloor: 1, toMercurius: 1.5 },
    Q3: { toFloor: 2, toMercurius: 2.5 },
    shared: { toFloor: 2, toMercurius: 2.5 },
    Q4: { toFloor: 0.7, toMercurius: 1.8 },
    again: { toFloor: 3, toMercurius: 5 },
  },
  20: {
    Q1: { toFloor: 0.95, toMercurius: null },
    Q2: { toFloor: 0.95, toMercurius: null },
    Q3: { toFloor: 1.5, toMercurius: null },
    shared: { toFloor: 1.5, toMercurius: null },
    Q4: { toFloor: 0.95, toMercurius: null },
  },
};
const mostStartMs = 500;
const mostIdleMiB = 120;

export const comparedHead = [
  '',
  'floor, answers/s',
  'Yoga',
  'Mercurius',
  'gateway',
  'aim',
  'gateway to Mercurius',
  'aim',
  'p99, ms: Mercurius',
  'gateway',
  'met',
];

/** A question with a delay in a row: ratios to the floor, those with an aim beside it. */
export function toComparedRow(compared: Compared): readonly string[] {
  const { question, delayMs, bySubject } = compared;
  const { floor, yoga, mercurius, gateway } = bySubject;
  const aim = aims[delayMs]?.[question];
  const toFloor = compared.ratioTo('floor');
  const toMercurius = compared.ratioTo('mercurius');
  const missed = [
    toFloor < (aim?.toFloor ?? 0) ? 'floor' : '',
    toMercurius < (aim?.toMercurius ?? 0) ? 'Mercurius' : '',
    gateway.p99Ms > mercurius.p99Ms ? 'p99' : '',
  ].filter(Boolean);
  return [
    `${delayMs} ms, ${question}: ${toQuestion(question).what}`,
    show(floor.perSecond),
    (yoga.perSecond / floor.perSecond).toFixed(2),
    (mercurius.perSecond / floor.perSecond).toFixed(2),
    toFloor.toFixed(2),
    aim ? `≥ ${aim.toFloor}` : '',
    toMercurius.toFixed(2),
    aim?.toMercurius ? `≥ ${aim.toMercurius}` : '',
    show(mercurius.p99Ms),
    show(gateway.p99Ms),
    missed.length === 0 ? 'yes' : `no: ${missed.join(', ')}`,
  ];
}

export const busyHead = ['processor, ms an answer', 'floor', 'Yoga', 'Mercurius', 'gateway'];

/** What an answer costs each of them, apart from all waiting. */
export function toBusyRow({ question, delayMs, bySubject }: Compared): readonly string[] {
  const { floor, yoga, mercurius, gateway } = bySubject;
  const costs = [floor, yoga, mercurius, gateway].map(({ busyMs }) => busyMs.toPrecision(2));
  return [`${delayMs} ms, ${question}`, ...costs];
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

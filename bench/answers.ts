import { parseArgs } from 'node:util';
import { readAnswer } from '../src/atlas/answers/answer.ts';
import { createToCrossChecks, defaultCrossCheckNames } from '../src/atlas/answers/cross-checks.ts';
import { toDocuments } from '../src/atlas/answers/documents.ts';
import { parseExact } from '../src/atlas/json/exact-json.ts';
import { doAtOnce } from '../src/atlas/json/work.ts';
import { parseMasked } from '../src/atlas/masking/masked-json.ts';
import { maskValue } from '../src/atlas/masking/masked-values.ts';
import { answersToRead } from './answers/answers-to-read.ts';
import { nowMs } from './clock.ts';
import { percentile, show, toTable } from './figures.ts';
import { commandOf, describeMachine, toCount, writeMeasured } from './report.ts';

/**
 * Processor time to read an answer of Atlas, beside `JSON.parse` of the same text and beside the masking
 * rule applied to every value. All take turns in each round, the order reversed in every second one.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    window: { type: 'string', default: '60' },
    write: { type: 'boolean', default: false },
  },
});
const rounds = toCount('rounds', values.rounds);
const windowMs = toCount('window', values.window);

const toCrossChecks = createToCrossChecks(defaultCrossCheckNames);
const ignoreDrift = () => undefined;

type Read = (text: string) => unknown;
const subjects: readonly (readonly [name: string, read: Read])[] = [
  ['JSON.parse', JSON.parse],
  ['masked value by value', (text) => maskValue(parseExact(text), '', null, 0)],
  ['masked', parseMasked],
  ['records', toRecords],
];

function toRecords(body: string): unknown {
  const said = { status: 200, retryAfter: undefined, body };
  const answer = readAnswer('flowExtracts', said, parseMasked(body), Date.now);
  if (answer === null) return null;
  return [
    doAtOnce(toDocuments(answer.ocr_data, ignoreDrift)),
    doAtOnce(toCrossChecks(answer.cross_checks, ignoreDrift)),
  ];
}

const describe = describeMachine();
const rows = answersToRead.map(([what, text]) => [
  what,
  (Buffer.byteLength(text) / 1024).toFixed(1),
  ...measure(text),
]);
const head = [
  'answer',
  'KiB',
  'JSON.parse, µs',
  ...subjects.slice(1).map(([name]) => `${name}, µs (times JSON.parse)`),
];
const table = toTable(head, rows);
process.stdout.write(`${describe()}\n\n${table}\n`);
if (values.write) {
  writeMeasured('answers', `    ${commandOf('bench:answers')}\n\n${describe()}.\n\n${table}`);
}

/** The medians over the rounds; the first two warm up. */
function measure(text: string): string[] {
  const costs = subjects.map((): number[] => []);
  const ratios = subjects.map((): number[] => []);
  for (let round = -2; round < rounds; round += 1) {
    const turns = [...subjects.entries()];
    if (round % 2 !== 0) turns.reverse();
    const costUs = new Map(turns.map(([at, [, read]]) => [at, costOf(read, text)]));
    if (round < 0) continue;
    for (const [at, cost] of costUs) {
      costs[at]?.push(cost);
      ratios[at]?.push(cost / (costUs.get(0) ?? Number.NaN));
    }
  }
  const middle = (list: readonly number[] = []) => percentile(list, 0.5);
  return subjects.map((_, at) => {
    const cost = show(middle(costs[at]));
    return at === 0 ? cost : `${cost} (${middle(ratios[at]).toFixed(1)})`;
  });
}

/** Microseconds of processor time for one reading. */
function costOf(read: Read, text: string): number {
  const before = process.cpuUsage();
  const until = nowMs() + windowMs;
  let count = 0;
  while (nowMs() < until) {
    for (let time = 0; time < 20; time += 1) read(text);
    count += 20;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

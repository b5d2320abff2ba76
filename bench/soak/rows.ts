import { show } from '../figures.ts';
import { explain, type Failure, faultNames, type PlayedEpisode } from './faults.ts';
import type { Held } from './gateway.ts';
import type { LoadReport } from './load.ts';
import { toSlope } from './slope.ts';

/** All that a soak has found. */
export interface Soaked {
  readonly seconds: number;
  /** Before the load, in the course of it, and when it is over. */
  readonly before: Held;
  readonly held: readonly (Held & { readonly at: number })[];
  readonly rest: { readonly held: Held; readonly levels: Readonly<Record<string, number>> };
  readonly report: LoadReport;
  readonly episodes: readonly PlayedEpisode[];
  /** The gateway's own faults in its log. */
  readonly errorLines: readonly string[];
}

type Row = readonly string[];
const kiB = 1_024;
const nearMs = 40_000;
/** The memory of a cached flow or batch, of which there are 100,000 at most. */
const kiBRemembered = 3;

/** Whether every aim is met. */
export function isSound(soaked: Soaked): boolean {
  return toRestRows(soaked).every((row) => row[3] !== 'no');
}

/** The failures that no fault explains. */
export function toUnexplained({ report, episodes }: Soaked): readonly Failure[] {
  return report.failures.filter((failure) => !explain(failure, episodes));
}

/** The events of a tenant around a failure. */
export function toNearest(
  { tenant, beganAt, endedAt }: Failure,
  episodes: readonly PlayedEpisode[],
): readonly PlayedEpisode[] {
  return episodes.filter(
    (episode) =>
      (episode.target?.tenant ?? tenant) === tenant &&
      episode.endedAt > beganAt - nearMs &&
      episode.beganAt < endedAt,
  );
}

/** The figures of the whole, with their aims. */
export function toRestRows(soaked: Soaked): readonly Row[] {
  const { seconds, before, rest, report, episodes, errorLines } = soaked;
  const operations = Object.values(report.done).reduce((sum, count) => sum + count, 0);
  const unexplained = toUnexplained(soaked);
  const left = Object.entries(rest.levels).map(([name, level]) =>
    toRow(`${name} at the end`, String(level), '0', level === 0),
  );
  return [
    toRow('operations', show(operations)),
    ...toTransportRows(report.done),
    toRow('flows and batches made', show(report.made)),
    toRow('episodes of faults', show(episodes.length)),
    toRow('operations that failed', show(report.failures.length)),
    toRow(
      'failures that no fault explains',
      unexplained.length === 0 ? '0' : describe(unexplained),
      '0',
      unexplained.length === 0,
    ),
    toRow('errors in the log', String(errorLines.length), '0', errorLines.length === 0),
    ...toMemoryRows(soaked, seconds),
    ...left,
    toRow(
      'sockets at the end, to those before',
      `${rest.held.sockets} / ${before.sockets}`,
      'no more',
      rest.held.sockets <= before.sockets,
    ),
    toRow(
      'timers that keep the process alive, to those before',
      `${rest.held.timers} / ${before.timers}`,
      'no more',
      rest.held.timers <= before.timers,
    ),
  ];
}

/** By fault: how often it was played, and what it came to. */
export function toFaultRows({ report, episodes }: Soaked): readonly Row[] {
  const explained = Map.groupBy(
    report.failures,
    (failure) => explain(failure, episodes)?.what ?? 'none',
  );
  return [...faultNames, 'none' as const].flatMap((what) => {
    const count = episodes.filter((episode) => episode.what === what).length;
    const failures = explained.get(what) ?? [];
    if (what === 'none' && failures.length === 0) return [];
    return [[what, String(count), describe(failures) || 'nothing']];
  });
}

function toMemoryRows({ held, report }: Soaked, seconds: number): readonly Row[] {
  // The first third fills caches and has the code compiled.
  const steady = held.slice(Math.floor(held.length / 3));
  const [first, last] = [steady[0], steady.at(-1)];
  if (first === undefined || last === undefined) return [];
  const rememberedKiB = (kiBRemembered * report.made * 60) / seconds;
  const rowOf = (what: string, of: (one: Held) => number, isAimed: boolean): Row => {
    const points = steady.map((one) => ({ at: one.at / 60_000, value: of(one) / kiB }));
    const { slope, error } = toSlope(points);
    const figure = `${Math.round(slope)} ± ${Math.round(2 * error)}`;
    const aim = `≤ ${Math.round(rememberedKiB)} + noise`;
    return isAimed
      ? toRow(what, figure, aim, slope - 2 * error <= rememberedKiB)
      : toRow(what, figure);
  };
  return [
    toRow('heap when a third was over, and at the end, KiB', pair(first, last, 'heapBytes')),
    rowOf('heap grows, KiB a minute', (one) => one.heapBytes, true),
    toRow(
      'resident when a third was over, and at the end, KiB',
      pair(first, last, 'residentBytes'),
    ),
    rowOf('resident memory grows, KiB a minute', (one) => one.residentBytes, false),
  ];
}

function toTransportRows(done: LoadReport['done']): readonly Row[] {
  return ['HTTP', 'WebSocket', 'event stream'].map((transport) => {
    const own = Object.entries(done).filter(([name]) => name.endsWith(`, ${transport}`));
    return toRow(`– by ${transport}`, show(own.reduce((sum, [, count]) => sum + count, 0)));
  });
}

function describe(failures: readonly Failure[]): string {
  const counts = Map.groupBy(failures, ({ operation, code }) => `${operation}: ${code}`);
  return [...counts]
    .toSorted(([, one], [, other]) => other.length - one.length)
    .map(([what, { length }]) => `${what} × ${length}`)
    .join('; ');
}

function pair(first: Held, last: Held, member: 'heapBytes' | 'residentBytes'): string {
  return `${show(first[member] / kiB)} / ${show(last[member] / kiB)}`;
}

function toRow(what: string, figure: string, aim = '', isMet?: boolean): Row {
  return [what, figure, aim, isMet === undefined ? '' : isMet ? 'yes' : 'no'];
}

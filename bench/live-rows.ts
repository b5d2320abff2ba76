import { type FanOut, show } from './figures.ts';
import type { FanFigures } from './scenarios/fan.ts';
import type { ManyFlows } from './scenarios/many-flows.ts';
import type { Restart } from './scenarios/restart.ts';

export interface Measured {
  readonly ws: { readonly gateway: FanFigures; readonly floor: FanFigures } | null;
  readonly sse: { readonly gateway: FanFigures; readonly floor: FanFigures } | null;
  readonly polling: FanOut | null;
  readonly flows: {
    readonly one: ManyFlows;
    readonly ten: ManyFlows;
    readonly called: ManyFlows;
  } | null;
  readonly restarts: readonly Restart[] | null;
}

type Row = readonly [what: string, floor: string, gateway: string, ratio: string, aim: string];

/** All that was measured, a figure a row, beside the floor's and the aim where there are any. */
export function toLiveRows(
  { ws, sse, polling, flows, restarts }: Measured,
  given: { subscribers: number; rounds: number; flows: number },
): readonly Row[] {
  const rows: Row[] = [];
  const readers = given.subscribers.toLocaleString('en-US');
  if (ws) rows.push(...toFanRows(`${readers} WebSockets`, ws, 10, given.rounds));
  if (sse) rows.push(...toFanRows(`${readers} event streams`, sse, 18, given.rounds));
  if (polling) {
    const what = 'polled every 5 s: change to a reader, p50 / p99, ms';
    rows.push([what, '', pair(polling.toReader.p50, polling.toReader.p99), '', '']);
    rows.push(['polled: readers not told', '', String(polling.lost), '', '0']);
  }
  if (flows) {
    const rate = given.flows / 5;
    const many = given.flows.toLocaleString('en-US');
    rows.push(
      [
        `${many} flows, 1 reader each: calls of Atlas a second`,
        '',
        show(flows.one.callsPerSecond),
        '',
        `≤ ${show(rate * 1.1)}`,
      ],
      [
        `${many} flows, 10 readers each: calls of Atlas a second`,
        '',
        show(flows.ten.callsPerSecond),
        '',
        `≤ ${show(rate * 1.1)}`,
      ],
      [
        `${many} flows, 10 readers each: calls of Atlas a second when callbacks come`,
        '',
        show(flows.called.callsPerSecond),
        '',
        `≤ ${show((given.flows / 60) * 1.1)}`,
      ],
      [`${many} flows, 10 readers each: KiB a reader`, '', show(flows.ten.kibPerReader), '', ''],
    );
  }
  for (const { moment, readers: count, lost, lastMs, awayMs } of restarts ?? []) {
    const what = `restart of ${show(awayMs)} ms, the flow ends ${moment}`;
    rows.push([
      `${what}: not told, of ${count.toLocaleString('en-US')}`,
      '',
      String(lost),
      '',
      '0',
    ]);
    rows.push([`${what}: end to the last reader, ms`, '', show(lastMs), '', '']);
  }
  return rows;
}

function toFanRows(
  what: string,
  { gateway, floor }: { readonly gateway: FanFigures; readonly floor: FanFigures },
  mostKiB: number,
  rounds: number,
): readonly Row[] {
  const row = (name: string, of: (figures: FanFigures) => number, aim = ''): Row => {
    const [low, high] = [of(floor), of(gateway)];
    return [`${what}: ${name}`, show(low), show(high), (high / low).toFixed(2), aim];
  };
  return [
    row('KiB a reader', (figures) => figures.kibIdle, `≤ ${mostKiB}`),
    row(`KiB a reader after ${rounds} changes`, (figures) => figures.kibAfter),
    row('change to a reader, p50, ms', (figures) => figures.whole.toReader.p50),
    row('change to a reader, p99, ms', (figures) => figures.whole.toReader.p99, 'ratio ≤ 1.3'),
    row('change to the last reader, p50, ms', (figures) => figures.whole.toLast.p50),
    row('change to the last reader, p99, ms', (figures) => figures.whole.toLast.p99),
    row('Atlas’s answer to a reader, p99, ms', (figures) => figures.own.toReader.p99),
    row('processor time a change, ms', (figures) => figures.busyMs),
    [`${what}: readers not told`, String(floor.whole.lost), String(gateway.whole.lost), '', '0'],
  ];
}

function pair(one: number, other: number): string {
  return `${show(one)} / ${show(other)}`;
}

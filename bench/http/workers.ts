import { percentile } from '../figures.ts';
import { type Subject, type Surroundings, startGatewaySubject } from './subjects.ts';

/** The figures of a number of workers. */
export interface Worked {
  readonly workers: number;
  /** The middle one of all rounds. */
  readonly perSecond: number;
}

const connections = 50;
const rounds = 3;
const warmUpMs = 1_000;
const question = 'Q2';

/**
 * Asks gateways of one and of more workers in turn. Nothing is pinned: workers, client and upstream
 * share the processors there are.
 */
export async function measureWorkers(
  { atlasUrl, load }: Surroundings,
  counts: readonly number[],
  seconds: number,
): Promise<readonly Worked[]> {
  const gateways: (readonly [workers: number, subject: Subject, rates: number[]])[] = [];
  for (const workers of counts) {
    const env = { WORKERS: String(workers) };
    gateways.push([workers, await startGatewaySubject(atlasUrl, { env }), []]);
  }
  const play = ({ url, headers }: Subject, mostMs: number) =>
    load.call('run', { url, headers, question, connections, mostMs });
  for (const [, subject] of gateways) await play(subject, warmUpMs);
  for (let round = 0; round < rounds; round += 1) {
    for (const [, subject, rates] of gateways) {
      rates.push((await play(subject, 1_000 * seconds)).perSecond);
    }
  }
  for (const [, subject] of gateways) await subject.stop();
  return gateways.map(([workers, , rates]) => ({ workers, perSecond: percentile(rates, 0.5) }));
}

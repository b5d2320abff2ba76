import { nowMs } from '../clock.ts';
import { serveDuties } from '../processes.ts';
import { openKeepAlive } from '../wire/keep-alive.ts';
import { type QuestionName, toBody, toQuestion } from './questions.ts';

/** The client, in a process of its own: connections that ask again as soon as they are answered. */
export interface LoadOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly question: QuestionName;
  readonly size?: number;
  /** Nothing is asked any more after so long, or so often. */
  readonly mostMs: number;
  readonly mostTimes?: number;
}

export interface Load {
  /** All of them, with those before anything was timed. */
  readonly answers: number;
  readonly perSecond: number;
  /** How long each of the timed answers took. */
  readonly tookMs: readonly number[];
}

/** Grows over all loads, so that nothing is asked twice by chance. */
let asked = 0;

/**
 * Each connection is answered once before anything is timed: a busy process takes them in one by one,
 * and how long that takes says nothing of its answers.
 */
function run(options: LoadOptions): Promise<Load> {
  const { url, headers, connections, mostMs, mostTimes = Number.POSITIVE_INFINITY } = options;
  const question = toQuestion(options.question, options.size);
  const { promise, resolve, reject } = Promise.withResolvers<Load>();
  const tookMs: number[] = [];
  const begin: (() => void)[] = [];
  let startedAt = Number.NaN;
  let times = 0;
  let open = connections;

  for (let left = connections; left > 0; left -= 1) {
    let askedAt = 0;
    let isDone = false;
    const connection = openKeepAlive({
      url: new URL(url),
      headers,
      onAnswer(status, body) {
        const now = nowMs();
        if (status !== 200 || body.includes('"errors":')) {
          reject(new Error(`${url} answered ${status}: ${body.slice(0, 500)}`));
        }
        if (Number.isNaN(startedAt)) {
          begin.push(() => goOn(startedAt));
          if (begin.length === connections) beginAll(now);
          return;
        }
        tookMs.push(now - askedAt);
        goOn(now);
      },
      onClose() {
        if (!isDone) reject(new Error(`${url} closed a connection`));
      },
    });
    const ask = () => {
      const body = toBody(question, asked);
      asked += 1;
      askedAt = nowMs();
      connection.post(body);
    };
    const goOn = (now: number) => {
      if (times < mostTimes && now - startedAt < mostMs) {
        times += 1;
        ask();
        return;
      }
      isDone = true;
      connection.close();
      open -= 1;
      if (open === 0) finish(now);
    };
    ask();
  }

  function beginAll(now: number): void {
    startedAt = now;
    for (const goOn of begin) goOn();
  }

  function finish(now: number): void {
    resolve({
      answers: connections + tookMs.length,
      perSecond: (1000 * tookMs.length) / (now - startedAt),
      tookMs,
    });
  }
  return promise;
}

export type LoadDuties = typeof duties;

const duties = { run };

serveDuties(duties);

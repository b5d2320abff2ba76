import type { TestContext } from 'node:test';
import { openReader } from '../../../bench/readers.ts';
import { apiKey, type Replica } from './fleet-processes.ts';

/** Many who watch a flow each, and come back by themselves when they are cut off. */
export interface Readers {
  /** Fulfilled when each has been told something. */
  readonly told: Promise<void>;
  /** Fulfilled when each has been told the end of its flow. */
  readonly ended: Promise<void>;
  countEnded(): number;
}

/** Readers of flows, each at the replica that is chosen each time it connects. */
export function openReaders(
  t: TestContext,
  wanted: readonly { readonly flowUuid: string; readonly replica: () => Replica }[],
): Readers {
  const [told, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let toldCount = 0;
  let endedCount = 0;
  const missing = new Set(wanted.map(({ flowUuid }, place) => `${flowUuid} (${place})`));
  for (const [place, { flowUuid, replica }] of wanted.entries()) {
    let isTold = false;
    let isEnded = false;
    const close = openReader('ws', {
      get url() {
        return replica().url;
      },
      apiKey,
      localAddress: '127.0.0.1',
      flowUuid,
      onResult(text) {
        if (!isTold) toldCount += 1;
        isTold = true;
        if (toldCount === wanted.length) told.resolve();
        if (isEnded || !text.includes('"isTerminal":true')) return;
        isEnded = true;
        endedCount += 1;
        missing.delete(`${flowUuid} (${place})`);
        if (endedCount === wanted.length) ended.resolve();
      },
      onComplete() {},
    });
    t.after(close);
  }
  for (const { promise } of [told, ended]) promise.catch(() => {});
  // Says what is missing, before the test is ended for being late.
  t.signal.addEventListener('abort', () => {
    const counts = `${toldCount} of ${wanted.length} readers were told, ${endedCount} of an end`;
    told.reject(new Error(counts));
    ended.reject(new Error(`${counts}; not of ${[...missing].slice(0, 5).join()}`));
  });
  return { told: told.promise, ended: ended.promise, countEnded: () => endedCount };
}

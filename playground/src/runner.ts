import { changesBetween } from './changes.ts';
import { ask, type GraphResult, isRefusal, type SentOperation } from './graph.ts';
import { learn } from './journey.ts';
import type { Authority } from './operation.ts';
import type { Run, State, Watching } from './state.ts';
import type { Store } from './store.ts';
import { follow } from './subscription.ts';

/** An operation that is run for an example. */
export interface Sent {
  readonly slot: string;
  readonly operation: SentOperation;
  readonly isSubscription: boolean;
  readonly authority: Authority;
}

export interface Runner {
  /** Runs an operation; fulfilled at its answer, or at the end of a subscription. */
  run(sent: Sent): Promise<GraphResult | null>;
  stop(slot: string): void;
}

/** Entries of one timeline that are kept; the oldest go first. */
const mostEntries = 200;
const wrongKey = 'not-a-key';
export const refusedKey =
  'The gateway does not accept this key. Check that it is complete, without spaces around it.';

/** Runs the operations of the page and writes their course into the state. */
export function createRunner(url: string, store: Store<State>): Runner {
  const stops = new Map<string, () => void>();

  function tokenFor(authority: Authority): string | null {
    const { key, journey } = store.get();
    if (authority === 'wrong-key') return wrongKey;
    return authority === 'grant' ? journey.grant : key.key;
  }

  function show(slot: string, run: Run): void {
    store.set((state) => ({ ...state, runs: { ...state.runs, [slot]: run } }));
  }

  /** Takes from a result what the other parts of the page go on with. */
  function heed({ authority, slot }: Sent, result: GraphResult): void {
    const isKeyRefused = authority === 'key' && isRefusal(result);
    store.set((state) => ({
      ...state,
      journey: slot.startsWith('errors/') ? state.journey : learn(state.journey, result.data),
      key: isKeyRefused ? { ...state.key, fault: refusedKey, caller: null } : state.key,
    }));
  }

  async function askOnce(sent: Sent, token: string): Promise<GraphResult | null> {
    const { slot, operation } = sent;
    const control = new AbortController();
    stops.set(slot, () => control.abort());
    show(slot, { kind: 'asking', note: 'Waiting for the answer…' });
    try {
      const answer = await ask(url, operation, token, control.signal);
      show(slot, { kind: 'answered', answer });
      heed(sent, answer.result);
      return answer.result;
    } catch (failure) {
      const message = failure instanceof Error ? failure.message : 'It failed.';
      show(slot, { kind: 'failed', message: control.signal.aborted ? 'Stopped.' : message });
      return null;
    } finally {
      stops.delete(slot);
    }
  }

  function watch(sent: Sent, token: string): Promise<GraphResult | null> {
    const { slot, operation } = sent;
    const startedAt = performance.now();
    const ended = Promise.withResolvers<GraphResult | null>();
    let watching: Watching = {
      kind: 'watching',
      startedAt,
      liveness: 'connecting',
      entries: [],
      dropped: 0,
    };
    function update(change: Partial<Watching>): void {
      watching = { ...watching, ...change };
      show(slot, watching);
    }
    function finish(liveness: 'ended' | 'stopped'): void {
      stops.delete(slot);
      update({ liveness });
      ended.resolve(watching.entries.at(-1)?.result ?? null);
    }
    update({});
    const stop = follow(url, operation, token, {
      onLiveness: (liveness) => stops.has(slot) && update({ liveness }),
      onResult(result) {
        update(withResult(watching, result));
        heed(sent, result);
      },
      onEnd: () => finish('ended'),
    });
    stops.set(slot, () => {
      stop();
      finish('stopped');
    });
    return ended.promise;
  }

  return {
    async run(sent) {
      stops.get(sent.slot)?.();
      const token = tokenFor(sent.authority);
      if (token === null) return null;
      return sent.isSubscription ? watch(sent, token) : askOnce(sent, token);
    },
    stop: (slot) => stops.get(slot)?.(),
  };
}

/** The timeline with one more result; a repeat of the one before, as after a lost connection, is left out. */
function withResult(watching: Watching, result: GraphResult): Partial<Watching> {
  const last = watching.entries.at(-1);
  const changes = last ? changesBetween(last.result.data, result.data) : [];
  if (last && changes.length === 0 && !result.errors) return {};
  const afterMs = performance.now() - watching.startedAt;
  const entries = [...watching.entries, { at: new Date(), afterMs, result, changes }];
  const dropped = watching.dropped + Math.max(0, entries.length - mostEntries);
  return { entries: entries.slice(-mostEntries), dropped };
}

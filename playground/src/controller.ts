import type { PlaygroundSettings } from '../../src/server/http/playground-settings.ts';
import { checkKey } from './check-key.ts';
import { carryOver, type Shown, shownAt, shownIn } from './editing.ts';
import { beginJourney, type Journey } from './journey.ts';
import { createLazyParts, type LazyParts } from './lazy-parts.ts';
import type { Need } from './operation.ts';
import { createRunner } from './runner.ts';
import { readSession, writeSession } from './session.ts';
import type { State } from './state.ts';
import { createStore, type Store } from './store.ts';
import { findTopic, slotOf } from './topics.ts';
import { isSubscription, readVariables } from './variables.ts';

/** The acts of the person at the page. */
export interface Controller {
  readonly store: Store<State>;
  readonly settings: PlaygroundSettings;
  /** The address of the graph. */
  readonly url: string;
  readonly lazy: LazyParts;
  open(topicId: string): void;
  choose(place: number): void;
  edit(part: 'query' | 'variables', text: string): void;
  /** Puts the editors back to the texts that they opened with. */
  restore(): void;
  /** Runs the example in view, after those that it needs. */
  run(): Promise<void>;
  stop(): void;
  /** Opens a flow, uploads to it, watches it to its end and reads it. */
  play(name: string, applicationId: string): Promise<void>;
  /** Takes a key and tells whether the gateway accepts it. */
  takeKey(key: string): Promise<void>;
  forgetKey(): void;
}

/** The topics that satisfy a need, in order. */
const satisfying: Readonly<Record<Need, string>> = {
  flow: 'open',
  files: 'upload',
  batch: 'batch',
  grant: 'grant',
};

export function createController(settings: PlaygroundSettings, url: string): Controller {
  const session = readSession();
  const key = session.key ?? settings.apiKey;
  const store = createStore<State>({
    topicId: findTopic(location.hash.slice(1)).id,
    places: {},
    drafts: session.drafts,
    runs: {},
    journey: session.journey ?? newJourney(settings.isSandbox ? newName('demo') : 'application-1'),
    key: { key, caller: null, fault: null, isChecking: false },
    playing: null,
  });
  const runner = createRunner(url, store);
  let journey = store.get().journey;
  store.listen(() => {
    const state = store.get();
    if (state.journey !== journey) {
      const before = journey;
      journey = state.journey;
      store.set((now) => ({ ...now, drafts: carryOver(now.drafts, before, journey) }));
      return;
    }
    const kept = state.key.key === settings.apiKey ? null : state.key.key;
    writeSession({ key: kept, journey, drafts: state.drafts });
  });

  function isMissing(need: Need, shown: Shown): boolean {
    const { flowUuid, hasFiles, batchId, grant } = store.get().journey;
    const isThere = { flow: flowUuid, files: hasFiles, batch: batchId, grant }[need];
    // An edited text may name something else.
    return !isThere && !shown.isEdited;
  }

  async function send(shown: Shown): Promise<boolean> {
    const { slot, query, example } = shown;
    let variables: Record<string, unknown>;
    try {
      variables = readVariables(shown.variables);
    } catch (fault) {
      const message = fault instanceof Error ? fault.message : '';
      store.set((state) => ({
        ...state,
        runs: { ...state.runs, [slot]: { kind: 'failed', message } },
      }));
      return false;
    }
    const result = await runner.run({
      slot,
      operation: { query, variables },
      isSubscription: isSubscription(query),
      authority: example.authority,
    });
    return result !== null && !result.errors?.length;
  }

  /** Runs a topic as it was before it was edited, without opening it. */
  async function sendTopic(id: string): Promise<boolean> {
    const { drafts } = store.get();
    const isForAll = id === 'open' || id === 'upload';
    return send(shownAt(findTopic(id), 0, isForAll ? {} : drafts, store.get().journey));
  }

  /** Uploads the files of the journey, again after a failure that a repeat can mend. */
  async function upload(): Promise<void> {
    for (let failures = 0; failures < mostUploads; failures += 1) {
      if (await sendTopic('upload')) return;
      await pause(failureReadMs);
      const run = store.get().runs[slotOf(findTopic('upload'), 0)];
      const errors = run?.kind === 'answered' ? (run.answer.result.errors ?? []) : [];
      // A story may lose the answer to an upload that was done: the flow goes on all the same.
      if (!errors.some(({ extensions }) => extensions?.retryable)) return;
    }
  }

  function open(topicId: string): void {
    const { id } = findTopic(topicId);
    if (location.hash.slice(1) !== id) history.pushState(null, '', `#${id}`);
    store.set((state) => ({ ...state, topicId: id }));
  }

  function setPlaying(playing: string | null): void {
    store.set((state) => ({ ...state, playing }));
  }

  return {
    store,
    settings,
    url,
    lazy: createLazyParts(url),
    open,
    choose(place) {
      store.set((state) => ({ ...state, places: { ...state.places, [state.topicId]: place } }));
    },
    edit(part, text) {
      store.set((state) => {
        const { slot } = shownIn(state);
        const draft = { ...state.drafts[slot], [part]: text };
        return { ...state, drafts: { ...state.drafts, [slot]: draft } };
      });
    },
    restore() {
      store.set((state) => {
        const { [shownIn(state).slot]: _, ...drafts } = state.drafts;
        return { ...state, drafts };
      });
    },
    async run() {
      const shown = shownIn(store.get());
      if (settings.isSandbox) {
        for (const need of shown.example.needs) {
          if (!isMissing(need, shown)) continue;
          setPlaying(findTopic(satisfying[need]).title);
          const isDone = await sendTopic(satisfying[need]);
          setPlaying(null);
          if (!isDone) return open(satisfying[need]);
        }
      }
      await send(shown.isEdited ? shown : shownIn(store.get()));
    },
    stop: () => runner.stop(shownIn(store.get()).slot),
    async play(name, applicationId) {
      if (store.get().playing !== null) return;
      setPlaying(name);
      store.set((state) => ({
        ...state,
        journey: { ...newJourney(applicationId), batchId: state.journey.batchId },
        runs: {},
      }));
      open('open');
      try {
        if (!(await sendTopic('open'))) return;
        open('upload');
        await upload();
        open('watch');
        await sendTopic('watch');
        await sendTopic('read');
      } finally {
        setPlaying(null);
      }
    },
    async takeKey(given) {
      const key = given.trim();
      store.set((state) => ({
        ...state,
        key: { key, caller: null, fault: null, isChecking: true },
      }));
      const checked = await checkKey(url, key);
      store.set((state) =>
        state.key.key === key ? { ...state, key: { ...state.key, ...checked } } : state,
      );
    },
    forgetKey() {
      store.set((state) => ({
        ...state,
        key: { key: settings.apiKey, caller: null, fault: null, isChecking: false },
        journey: { ...state.journey, grant: null },
        runs: {},
      }));
    },
  };
}

/** How long a failed upload of a story is shown before the page goes on, in milliseconds. */
const failureReadMs = 2_500;
const mostUploads = 4;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function newJourney(applicationId: string): Journey {
  return beginJourney(applicationId, crypto.randomUUID());
}

/** A name that no other visit has, such as `demo-4f9c2a`. */
export function newName(beginning: string): string {
  return `${beginning}-${randomText(6)}`;
}

function randomText(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => (byte % 36).toString(36)).join('');
}

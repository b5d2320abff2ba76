import type { Change } from './changes.ts';
import type { Answer, GraphResult } from './graph.ts';
import type { Journey } from './journey.ts';
import type { Draft } from './session.ts';
import type { Liveness } from './subscription.ts';

/** One event of a subscription. */
export interface TimelineEntry {
  readonly at: Date;
  /** Milliseconds since the subscription was started. */
  readonly afterMs: number;
  readonly result: GraphResult;
  /** The differences to the event before it; of the first event none. */
  readonly changes: readonly Change[];
}

/** The latest run of an example. */
export type Run =
  | { readonly kind: 'asking'; readonly note: string }
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly message: string }
  | Watching;

export interface Watching {
  readonly kind: 'watching';
  readonly startedAt: number;
  readonly liveness: Liveness | 'ended' | 'stopped';
  readonly entries: readonly TimelineEntry[];
  /** How many entries were left out at the beginning. */
  readonly dropped: number;
}

/** The caller that a key stands for. */
export interface Caller {
  readonly tenantId: string;
  readonly callerId: string;
}

/** The key of the page: the one credential of all its parts. */
export interface KeyState {
  readonly key: string | null;
  readonly caller: Caller | null;
  /** The reason why the key can't be used; null where none is known. */
  readonly fault: string | null;
  readonly isChecking: boolean;
}

export interface State {
  readonly topicId: string;
  /** The place of the chosen example, by topic; 0 where there is none. */
  readonly places: Readonly<Record<string, number>>;
  readonly drafts: Readonly<Record<string, Draft>>;
  readonly runs: Readonly<Record<string, Run>>;
  readonly journey: Journey;
  readonly key: KeyState;
  /** The name of what is played now, such as a story; null: nothing. */
  readonly playing: string | null;
}

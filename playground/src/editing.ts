import type { Journey } from './journey.ts';
import type { Example, Topic } from './operation.ts';
import type { Draft } from './session.ts';
import type { State } from './state.ts';
import { exampleAt, findTopic, slotOf } from './topics.ts';

/** The example in view, and the texts of its editors. */
export interface Shown {
  readonly topic: Topic;
  readonly example: Example;
  readonly place: number;
  readonly slot: string;
  readonly query: string;
  /** As JSON; empty where there are none. */
  readonly variables: string;
  readonly isEdited: boolean;
}

/** The example in view of a state. */
export function shownIn({ topicId, places, drafts, journey }: State): Shown {
  const topic = findTopic(topicId);
  const place = places[topic.id] ?? 0;
  return shownAt(topic, place, drafts, journey);
}

/** An example of a topic with the texts of its editors. */
export function shownAt(
  topic: Topic,
  place: number,
  drafts: State['drafts'],
  journey: Journey,
): Shown {
  const example = exampleAt(topic, place);
  const slot = slotOf(topic, place);
  const draft: Draft = drafts[slot] ?? {};
  return {
    topic,
    example,
    place,
    slot,
    query: draft.query ?? example.query,
    variables: draft.variables ?? variablesOf(example, journey),
    isEdited: draft.query !== undefined || draft.variables !== undefined,
  };
}

/** The variables of an example as they stand in the editor before it is edited. */
export function variablesOf(example: Example, journey: Journey): string {
  const variables = example.variables(journey);
  return Object.keys(variables).length === 0 ? '' : JSON.stringify(variables, null, 2);
}

/** Drafts for another journey: ids of the one before that were not edited become those of the next. */
export function carryOver(
  drafts: State['drafts'],
  before: Journey,
  after: Journey,
): State['drafts'] {
  const pairs = (['flowUuid', 'batchId'] as const).flatMap((name) => {
    const [from, to] = [before[name], after[name]];
    return from !== null && to !== null && from !== to ? [[from, to] as const] : [];
  });
  if (pairs.length === 0) return drafts;
  return Object.fromEntries(
    Object.entries(drafts).map(([slot, draft]) => [
      slot,
      draft.variables === undefined
        ? draft
        : {
            ...draft,
            variables: pairs.reduce(
              (text, [from, to]) => text.replaceAll(from, to),
              draft.variables,
            ),
          },
    ]),
  );
}

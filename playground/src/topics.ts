import { errorTopic } from './error-topic.ts';
import { flowTopics } from './flow-topics.ts';
import { moreTopics } from './more-topics.ts';
import type { Example, Topic } from './operation.ts';

/** Every page of the playground, in order. */
export const topics: readonly Topic[] = [...flowTopics, ...moreTopics, errorTopic];

/** The page with an id; the first page where there is none. */
export function findTopic(id: string): Topic {
  const found = topics.find((topic) => topic.id === id) ?? topics[0];
  if (found === undefined) throw new Error('There are no topics');
  return found;
}

/** The name of an example in records of edits and runs, such as `errors/2`. */
export function slotOf(topic: Topic, place: number): string {
  return `${topic.id}/${place}`;
}

/** The example at a place; the first where there is none. */
export function exampleAt(topic: Topic, place: number): Example {
  return topic.examples[place] ?? topic.examples[0];
}

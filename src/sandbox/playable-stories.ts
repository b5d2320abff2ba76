import { stories } from './stories.ts';

/** A story as a click plays it. */
export interface PlayableStory {
  /** The beginning of the application id that plays it, such as `busy-6`. */
  readonly name: string;
  readonly happens: string;
}

/** Numbers in place of `n`: large enough to be seen, too small to open a circuit breaker. */
const numbers: Readonly<Record<string, number>> = { 'busy-n': 6, 'upload-busy-n': 2 };

/** The stories of flows, with a number in place of `n`. */
export const playableStories: readonly PlayableStory[] = stories
  .filter(({ about }) => about.includes('flow'))
  .map(({ name, happens }) => {
    const number = String(numbers[name] ?? 1);
    return {
      name: name.replace(/-n$/, `-${number}`),
      happens: name.endsWith('-n') ? happens.replaceAll(/\bn\b/g, number) : happens,
    };
  });

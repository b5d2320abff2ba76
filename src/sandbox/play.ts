import {
  type NextFault,
  type PlannedCallback,
  type Story,
  type Subject,
  stories,
} from './stories.ts';

/** One story being played, from its beginning; without a story, nothing out of the ordinary. */
export interface Play {
  readonly slowness: number;
  readonly isUnreadable: boolean;
  readonly callbacks: readonly PlannedCallback[];
  readonly nextFault: NextFault;
}

const patterns = stories.map((story): readonly [Story, RegExp] => {
  const begin = story.name.replace(/-n$/, '-([1-9]\\d{0,2})');
  return [story, new RegExp(`^${begin}(?![a-z\\d])`, 'i')];
});

/** The story of a subject that the first of its names to tell one tells, whatever its case. */
export function createPlay(subject: Subject, names: readonly string[]): Play {
  for (const name of names) {
    for (const [story, pattern] of patterns) {
      const found = story.about.includes(subject) ? pattern.exec(name) : null;
      if (found !== null) return toPlay(story, Number(found[1] ?? 1));
    }
  }
  return toPlay({}, 1);
}

function toPlay(story: Partial<Story>, n: number): Play {
  return {
    slowness: story.slowness ?? 1,
    isUnreadable: story.isUnreadable ?? false,
    callbacks: story.callbacks ?? [{ of: 'end', at: 'end' }],
    nextFault: story.createFaults?.(n) ?? (() => null),
  };
}

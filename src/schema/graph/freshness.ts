import { builder } from '../builder.ts';
import { FreshnessRef } from '../refs.ts';

export const FreshnessSourceRef = builder.enumType('FreshnessSource', {
  description: 'How a state came to be known.',
  values: {
    POLL: { description: 'Atlas was asked.' },
    CALLBACK: { description: 'Atlas was asked at once because it had called.' },
    CACHE: { description: 'Atlas was not asked: this is what was known.' },
  } as const,
});

FreshnessRef.implement({
  description: 'How fresh a state is.',
  fields: (t) => ({
    source: t.field({
      type: FreshnessSourceRef,
      description: 'How the state came to be known.',
      resolve: (snapshot) => snapshot.source,
    }),
    observedAt: t.field({
      type: 'DateTime',
      description: 'When Atlas last said so.',
      resolve: (snapshot) => new Date(snapshot.observedAt),
    }),
    nextCheckAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'When Atlas will be polled next; null while the flow has no reader, and once it is terminal.',
      resolve: (snapshot) =>
        snapshot.nextCheckAt === null ? null : new Date(snapshot.nextCheckAt),
    }),
    stale: t.boolean({
      description: 'Whether Atlas could not be asked since, so that the state may have changed.',
      resolve: (snapshot) => snapshot.isStale,
    }),
  }),
});

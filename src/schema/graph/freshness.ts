import { builder } from '../builder.ts';
import { FreshnessRef } from '../refs.ts';

/** The builder's reference of the GraphQL type `FreshnessSource`. */
export const FreshnessSourceRef = builder.enumType('FreshnessSource', {
  description: 'The way in which the gateway learned of a state.',
  values: {
    POLL: { description: 'The gateway asked Atlas.' },
    CALLBACK: { description: 'The gateway asked Atlas at once, because Atlas had called back.' },
    CACHE: { description: 'The gateway did not call Atlas: this is the last known state.' },
  } as const,
});

FreshnessRef.implement({
  description: 'The source and the time of a state.',
  fields: (t) => ({
    source: t.field({
      type: FreshnessSourceRef,
      description: 'The way in which the gateway learned of the state.',
      resolve: (snapshot) => snapshot.source,
    }),
    observedAt: t.field({
      type: 'DateTime',
      description: 'The time at which Atlas last confirmed this state.',
      resolve: (snapshot) => new Date(snapshot.observedAt),
    }),
    nextCheckAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'The time of the next poll; null while the flow has no reader, and once it is terminal.',
      resolve: (snapshot) =>
        snapshot.nextCheckAt === null ? null : new Date(snapshot.nextCheckAt),
    }),
    stale: t.boolean({
      description:
        'True if Atlas could not be reached since then, so that the state may have changed.',
      resolve: (snapshot) => snapshot.isStale,
    }),
  }),
});

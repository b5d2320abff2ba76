import { builder } from '../builder.ts';
import { ForbiddenError } from '../operation/errors.ts';
import { AtlasHealthRef, AtlasServiceHealthRef } from '../refs.ts';

const AtlasServiceRef = builder.enumType('AtlasService', {
  description: "One of Atlas's services.",
  values: {
    FLOWS: { value: 'verification', description: 'Flows and their documents.' },
    BULK: { value: 'bulk', description: 'Batches of the bulk API.' },
    SANDBOX: { value: 'docstream', description: 'Batches of the sandbox API.' },
    ADDRESSES: { value: 'address', description: 'Comparing addresses.' },
  } as const,
});

const AtlasServiceStateRef = builder.enumType('AtlasServiceState', {
  description: 'Whether a service of Atlas is asked.',
  values: {
    UP: { value: 'CLOSED', description: 'It is asked whenever something is wanted of it.' },
    DOWN: {
      value: 'OPEN',
      description:
        'Too many calls failed or were slow: for a while it is not asked, and what would need it fails at once with ATLAS_UNAVAILABLE.',
    },
    PROBING: {
      value: 'HALF_OPEN',
      description: 'One call is under way to see whether it is back; the others wait for that.',
    },
  } as const,
});

AtlasServiceHealthRef.implement({
  description: "How one of Atlas's services is.",
  fields: (t) => ({
    service: t.expose('service', { type: AtlasServiceRef, description: 'Which service.' }),
    state: t.expose('state', {
      type: AtlasServiceStateRef,
      description: 'The worst of its kinds of calls: for tokens, reads, writes.',
    }),
    since: t.field({
      type: 'DateTime',
      description: 'When the service entered this state.',
      resolve: ({ since }) => new Date(since),
    }),
    p95Ms: t.int({
      nullable: true,
      description:
        'The 95th percentile of the duration of the latest 200 calls, in milliseconds; null before the first call.',
      resolve: ({ p95Ms }) => (p95Ms === null ? null : Math.round(p95Ms)),
    }),
  }),
});

AtlasHealthRef.implement({
  description: "How Atlas is, as your own calls found it, and not other tenants'.",
  fields: (t) => ({
    services: t.field({
      type: [AtlasServiceHealthRef],
      description: 'A line for each service.',
      resolve: (services) => [...services],
    }),
  }),
});

builder.queryField('atlasHealth', (t) =>
  t.field({
    type: AtlasHealthRef,
    description:
      'The health of the services of Atlas, as calls of the tenant found it. Makes no call. Open to every caller but those with a flow grant.',
    resolve: (_root, _args, { operation }) => {
      const { principal, tenant } = operation;
      if (principal.grant !== null) {
        throw new ForbiddenError('A flow grant shows its own flow and nothing else.');
      }
      return operation.atlasHealth(tenant);
    },
  }),
);

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
  description: 'Whether the gateway sends calls to a service of Atlas.',
  values: {
    UP: { value: 'CLOSED', description: 'The gateway sends every call.' },
    DOWN: {
      value: 'OPEN',
      description:
        'Too many calls failed or were slow. For a while the gateway sends none, and each field that needs the service fails at once with ATLAS_UNAVAILABLE.',
    },
    PROBING: {
      value: 'HALF_OPEN',
      description:
        'One call is in progress to test the service. Until it ends, other calls fail at once with ATLAS_UNAVAILABLE.',
    },
  } as const,
});

AtlasServiceHealthRef.implement({
  description: 'The health of one service of Atlas.',
  fields: (t) => ({
    service: t.expose('service', { type: AtlasServiceRef, description: 'Which service.' }),
    state: t.expose('state', {
      type: AtlasServiceStateRef,
      description:
        'The state of the service: the worst among its three kinds of calls (tokens, reads and writes).',
    }),
    since: t.field({
      type: 'DateTime',
      description: 'The time at which the service entered this state.',
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
  description:
    'The health of Atlas as the calls of your tenant found it. Other tenants may find another one.',
  fields: (t) => ({
    services: t.field({
      type: [AtlasServiceHealthRef],
      description: 'The health of each service.',
      resolve: (services) => [...services],
    }),
  }),
});

builder.queryField('atlasHealth', (t) =>
  t.field({
    type: AtlasHealthRef,
    description:
      'The health of the services of Atlas, as calls of the tenant found it. It makes no call to Atlas. Open to every caller except those with a flow grant.',
    resolve: (_root, _args, { operation }) => {
      const { principal, tenant } = operation;
      if (principal.grant !== null) {
        throw new ForbiddenError('A flow grant shows its own flow and nothing else.');
      }
      return operation.atlasHealth(tenant);
    },
  }),
);

import { builder } from '../builder.ts';
import { LimitRef, ViewerGrantRef, ViewerRef } from '../refs.ts';

LimitRef.implement({
  description: 'One limit that applies to the caller.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name of the limit.' }),
    limit: t.exposeInt('limit', { description: 'The maximum.' }),
    remaining: t.exposeInt('remaining', {
      nullable: true,
      description: 'The number that is left now; null for a limit per request.',
    }),
    resetsAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'The time at which the full limit is available again; null if there is no such time.',
      resolve: ({ resetsAt }) => (resetsAt === null ? null : new Date(resetsAt)),
    }),
  }),
});

ViewerGrantRef.implement({
  description: 'The rights of a flow grant: it opens one flow for a limited time.',
  fields: (t) => ({
    flowUuid: t.exposeString('flowUuid', { description: "The flow's `flow_uuid`." }),
    canReadDocuments: t.exposeBoolean('canReadDocuments', {
      description: 'True if the documents and cross-checks are open too, with masked values.',
    }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'The time at which the grant expires.',
      resolve: ({ expiresAt }) => new Date(expiresAt),
    }),
  }),
});

ViewerRef.implement({
  description: 'The authenticated caller, its scopes and its limits.',
  fields: (t) => ({
    tenantId: t.string({
      description: 'The id of the tenant whose Atlas credentials are used.',
      resolve: ({ tenant }) => tenant.id,
    }),
    callerId: t.exposeString('callerId', {
      description: 'The name of the key, token or grant in logs and audits; no secret.',
    }),
    scopes: t.stringList({
      description: 'The scopes held, as the descriptions of fields name them.',
      resolve: ({ scopes }) => [...scopes].toSorted(),
    }),
    grant: t.expose('grant', {
      type: ViewerGrantRef,
      nullable: true,
      description:
        'The flow that a flow grant opens; null unless the caller authenticated with a flow grant.',
    }),
    limits: t.field({
      type: [LimitRef],
      description: 'The limits that apply to the caller, with the remaining numbers.',
      resolve: (principal, _args, { operation }) => [...operation.limitsOf(principal)],
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: ViewerRef,
    description: 'The authenticated caller. Open to every caller.',
    resolve: (_root, _args, { operation }) => operation.principal,
  }),
);

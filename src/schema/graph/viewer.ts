import { builder } from '../builder.ts';
import { LimitRef, ViewerGrantRef, ViewerRef } from '../refs.ts';

LimitRef.implement({
  description: 'One limit that the caller is under.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name of the limit.' }),
    limit: t.exposeInt('limit', { description: 'The most there may be.' }),
    remaining: t.exposeInt('remaining', {
      nullable: true,
      description: 'How much of it is left now; null for a limit of each request.',
    }),
    resetsAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When all of it is there again; null where no moment is set for that.',
      resolve: ({ resetsAt }) => (resetsAt === null ? null : new Date(resetsAt)),
    }),
  }),
});

ViewerGrantRef.implement({
  description: 'Leave to see one flow, for a while.',
  fields: (t) => ({
    flowUuid: t.exposeString('flowUuid', { description: "The flow's `flow_uuid`." }),
    canReadDocuments: t.exposeBoolean('canReadDocuments', {
      description: 'Whether its documents and cross-checks may be seen too, with values masked.',
    }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'When it is over.',
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
      description: 'The one flow that may be seen, for a caller with a flow grant.',
    }),
    limits: t.field({
      type: [LimitRef],
      description: 'The limits that apply, and what is left of them.',
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

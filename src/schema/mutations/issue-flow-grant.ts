import { longestGrantSeconds } from '../../identity/flow-grants.ts';
import { builder } from '../builder.ts';
import { type UserError, UserErrorRef } from '../refs.ts';
import { createInputCheck } from '../user-error.ts';

const shortestSeconds = 60;

const IssueFlowGrantInputRef = builder.inputType('IssueFlowGrantInput', {
  description: 'The input of `issueFlowGrant`.',
  fields: (t) => ({
    flowUuid: t.string({ required: true, description: "Atlas's `flow_uuid`." }),
    ttlSeconds: t.int({
      required: true,
      defaultValue: 900,
      description: 'The lifetime of the grant in seconds, 60 to 86400.',
    }),
    canReadDocuments: t.boolean({
      required: true,
      defaultValue: false,
      description:
        'True if the grant also opens the documents and cross-checks, with masked values. Needs `flows:read`.',
    }),
  }),
});

interface IssueFlowGrantPayload {
  readonly token: string | null;
  readonly expiresAt: Date | null;
  readonly userErrors: readonly UserError[];
}

const IssueFlowGrantPayloadRef = builder
  .objectRef<IssueFlowGrantPayload>('IssueFlowGrantPayload')
  .implement({
    description: 'The result of `issueFlowGrant`.',
    fields: (t) => ({
      token: t.exposeString('token', {
        nullable: true,
        description:
          'The token, which its bearer sends like an API key: `Authorization: Bearer …`. It is returned only once. Null when there are userErrors.',
      }),
      expiresAt: t.expose('expiresAt', {
        type: 'DateTime',
        nullable: true,
        description: 'The time at which the grant expires; null when there are userErrors.',
      }),
      userErrors: t.expose('userErrors', {
        type: [UserErrorRef],
        description: 'The errors in the input; empty when the grant was issued.',
      }),
    }),
  });

builder.mutationField('issueFlowGrant', (t) =>
  t.field({
    type: IssueFlowGrantPayloadRef,
    nullable: true,
    description:
      "Issues a token for a borrower's phone. It opens one flow for a limited time, and nothing else. Needs `flows:write`, and with `canReadDocuments` also `flows:read`.",
    args: {
      input: t.arg({
        type: IssueFlowGrantInputRef,
        required: true,
        description: 'The grant to issue.',
      }),
    },
    // A caller can't grant a permission that it does not hold.
    authScopes: (_root, { input }) =>
      input.canReadDocuments
        ? { 'flows:write': true, 'flows:read': true }
        : { 'flows:write': true },
    resolve: async (_root, { input }, { operation }): Promise<IssueFlowGrantPayload> => {
      const { flowUuid, ttlSeconds, canReadDocuments } = input;
      const check = createInputCheck();
      check.text(['flowUuid'], flowUuid);
      if (ttlSeconds < shortestSeconds || ttlSeconds > longestGrantSeconds) {
        const message = `ttlSeconds must be from ${shortestSeconds} to ${longestGrantSeconds}.`;
        check.add('OUT_OF_RANGE', ['ttlSeconds'], message);
      }
      const refused = () => ({ token: null, expiresAt: null, userErrors: check.userErrors });
      if (check.userErrors.length > 0) return refused();
      if ((await operation.loaders.flow.load(flowUuid)) === null) {
        check.add('NOT_FOUND', ['flowUuid'], 'There is no such flow.');
        return refused();
      }
      const tenantId = operation.tenant.id;
      const { token, expiresAt } = await operation.grants.issue({
        tenantId,
        flowUuid,
        canReadDocuments,
        issuer: operation.principal.issuer,
        ttlSeconds,
      });
      return { token, expiresAt: new Date(expiresAt), userErrors: [] };
    },
  }),
);

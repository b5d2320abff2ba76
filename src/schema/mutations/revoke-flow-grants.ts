import { AtlasError } from '../../atlas/api/errors.ts';
import { StoreError } from '../../store/store.ts';
import { builder } from '../builder.ts';
import { loadFlow } from '../graph/flow.ts';
import type { Operation } from '../operation/context.ts';
import { FlowRef, type UserError, UserErrorRef } from '../refs.ts';
import { createInputCheck } from '../user-error.ts';

const RevokeFlowGrantsInputRef = builder.inputType('RevokeFlowGrantsInput', {
  description: 'The flow whose grants are revoked.',
  fields: (t) => ({
    flowUuid: t.string({ required: true, description: "Atlas's `flow_uuid`." }),
  }),
});

interface RevokeFlowGrantsPayload {
  readonly flowUuid: string;
  readonly revokedBefore: Date;
  readonly userErrors: readonly UserError[];
}

const RevokeFlowGrantsPayloadRef = builder
  .objectRef<RevokeFlowGrantsPayload>('RevokeFlowGrantsPayload')
  .implement({
    description: 'The result of `revokeFlowGrants`.',
    fields: (t) => ({
      flow: t.field({
        type: FlowRef,
        nullable: true,
        description:
          'The flow; null when Atlas has none, or cannot be asked now. Its grants are revoked in either case.',
        resolve: ({ flowUuid, userErrors }, _args, { operation }) =>
          userErrors.length > 0 ? null : loadFlow(operation, flowUuid),
      }),
      revokedBefore: t.expose('revokedBefore', {
        type: 'DateTime',
        description:
          'Grants of the flow that were issued before this time are no longer valid. With a userError about the input no grant was revoked.',
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'The errors in the input.',
        resolve: async ({ flowUuid, userErrors }, _args, { operation }) =>
          userErrors.length > 0 || (await mayExist(operation, flowUuid))
            ? [...userErrors]
            : [notFound],
      }),
    }),
  });

const notFound: UserError = {
  code: 'NOT_FOUND',
  path: ['input', 'flowUuid'],
  message: 'There is no such flow.',
};

builder.mutationField('revokeFlowGrants', (t) =>
  t.field({
    type: RevokeFlowGrantsPayloadRef,
    nullable: true,
    description:
      'Revokes all grants of a flow that were issued so far, by any caller. Streams and requests that use them end within 30 seconds, on every process of the gateway. Grants that are issued afterwards are valid. The mutation does not need Atlas. Needs `flows:write`.',
    authScopes: { 'flows:write': true },
    args: {
      input: t.arg({
        type: RevokeFlowGrantsInputRef,
        required: true,
        description: 'The flow whose grants to revoke.',
      }),
    },
    resolve: async (_root, { input: { flowUuid } }, { operation }) => {
      const check = createInputCheck();
      check.text(['flowUuid'], flowUuid);
      const { userErrors } = check;
      const moment =
        userErrors.length > 0
          ? operation.now()
          : await operation.grants.revoke(operation.tenant.id, flowUuid);
      return { flowUuid, revokedBefore: new Date(moment), userErrors };
    },
  }),
);

/** False only if Atlas says that there is no such flow. */
async function mayExist(operation: Operation, flowUuid: string): Promise<boolean> {
  try {
    return (await loadFlow(operation, flowUuid)) !== null;
  } catch (error) {
    if (error instanceof AtlasError || error instanceof StoreError) return true;
    throw error;
  }
}

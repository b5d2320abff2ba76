import { createHash } from 'node:crypto';
import { builder } from '../builder.ts';
import type { Operation } from '../operation/context.ts';
import type { FoundFlow } from '../operation/loaders.ts';
import { FlowRef, type UserError, UserErrorRef } from '../refs.ts';
import { createInputCheck, type InputCheck } from '../user-error.ts';
import {
  type CallbackAddresses,
  checkCallbackAddresses,
  checkFlowParams,
  type GivenAddresses,
} from './callback-address.ts';
import { loadFlowAfterWrite } from './flow-after-write.ts';
import { checkIdempotencyKey, doOnce, idempotencyKeyDescription } from './idempotency.ts';
import { findOpenFlow, IfOpenRef } from './open-flows.ts';

const FlowCallbackInputRef = builder.inputType('FlowCallbackInput', {
  description:
    "Addresses that Atlas sends a flow's results to, in full, in place of the gateway. Both must be https, on a public host that the tenant's `callbackHosts` name, and without a user.",
  fields: (t) => ({
    url: t.field({
      type: 'URL',
      required: true,
      description: 'The address to which Atlas posts the results.',
    }),
    authUrl: t.field({
      type: 'URL',
      required: true,
      description: 'The address at which Atlas authenticates before it posts the results.',
    }),
  }),
});

const CreateFlowInputRef = builder.inputType('CreateFlowInput', {
  description: 'The input of `createFlow`.',
  fields: (t) => ({
    productType: t.string({
      description:
        'The product type, as issued by Atlas: it decides which documents and cross-checks Atlas expects. By default the one that the gateway is configured with.',
    }),
    applicationId: t.string({
      required: true,
      description: 'Your id of the loan application.',
    }),
    flowParams: t.field({
      type: 'JSONObject',
      description:
        'Values that Atlas keeps with the flow and passes to the callback. No member, at any depth, may have a name that Atlas uses for an address to call, such as `callback_url`.',
    }),
    callback: t.field({
      type: FlowCallbackInputRef,
      description:
        'The addresses that Atlas sends the results to. By default it sends them to the gateway, so that subscribers learn of the end at once; with addresses of your own the gateway can only poll this flow. Needs `callbacks:redirect` and `pii:read`.',
    }),
    callbackUrl: t.field({
      type: 'URL',
      deprecationReason: 'Use `callback`.',
      description: 'The `url` of `callback`. Given together with authUrl, or not at all.',
    }),
    authUrl: t.field({
      type: 'URL',
      deprecationReason: 'Use `callback`.',
      description: 'The `authUrl` of `callback`. Given together with callbackUrl, or not at all.',
    }),
    ifOpen: t.field({
      type: IfOpenRef,
      required: true,
      defaultValue: 'OPEN_ANOTHER',
      description:
        'The behaviour when the application already has a flow in this gateway that has not ended. If several calls run at the same time and none says OPEN_ANOTHER, exactly one of them opens a flow, also across processes.',
    }),
    idempotencyKey: t.string({ description: idempotencyKeyDescription }),
  }),
});

const CreateFlowPayloadRef = builder
  .objectRef<{ flow: FoundFlow | null; userErrors: readonly UserError[] }>('CreateFlowPayload')
  .implement({
    description: 'The result of `createFlow`.',
    fields: (t) => ({
      flow: t.expose('flow', {
        type: FlowRef,
        nullable: true,
        description: 'The flow; null when there are userErrors.',
      }),
      userErrors: t.expose('userErrors', {
        type: [UserErrorRef],
        description: 'The errors in the input; empty when the flow was opened.',
      }),
    }),
  });

const lost = "Atlas's answer was lost: the flow may or may not have been opened.";
const advice = {
  withKey: `${lost} Nothing more is sent to Atlas under this idempotencyKey. Ask Atlas whether the application has a flow; if it has none, use a new key.`,
  withoutKey: `${lost} Ask Atlas whether the application has a flow before you repeat this.`,
};

const notStarted = {
  state: 'NOT_STARTED',
  upload: 'NOT_STARTED',
  processing: 'NOT_STARTED',
  crossCheck: 'NOT_STARTED',
} as const;

interface CallbackInput {
  readonly callback?: { readonly url: string; readonly authUrl: string } | null | undefined;
  readonly callbackUrl?: string | null | undefined;
  readonly authUrl?: string | null | undefined;
}

/** Checks the callback addresses of an input, in whichever of its two forms they are given. */
function checkCallbacks(
  check: InputCheck,
  { callback, callbackUrl, authUrl }: CallbackInput,
  operation: Operation,
): CallbackAddresses | null {
  const flat: GivenAddresses = {
    url: callbackUrl,
    authUrl,
    paths: { url: ['callbackUrl'], authUrl: ['authUrl'] },
  };
  if (callback == null) return checkCallbackAddresses(check, flat, operation);
  if (callbackUrl != null || authUrl != null) {
    check.add('DUPLICATE', ['callback'], 'callback stands for callbackUrl and authUrl.');
  }
  const paths = { url: ['callback', 'url'], authUrl: ['callback', 'authUrl'] };
  return checkCallbackAddresses(check, { ...callback, paths }, operation);
}

builder.mutationField('createFlow', (t) =>
  t.field({
    type: CreateFlowPayloadRef,
    nullable: true,
    description:
      'Opens a flow for a loan application. Each call opens another flow unless `ifOpen` says otherwise. Needs `flows:write`; with callback addresses also `callbacks:redirect` and `pii:read`.',
    authScopes: { 'flows:write': true },
    args: {
      input: t.arg({ type: CreateFlowInputRef, required: true, description: 'The flow to open.' }),
    },
    resolve: async (_root, { input }, { operation }) => {
      const { atlas, tenant, register, callOptions } = operation;
      const productType = input.productType ?? tenant.productType;
      const check = createInputCheck();
      checkIdempotencyKey(check, { input });
      check.text(['applicationId'], input.applicationId);
      check.text(['productType'], productType);
      checkFlowParams(check, input.flowParams, ['flowParams']);
      const redirect = checkCallbacks(check, input, operation);
      if (check.userErrors.length > 0 || productType === undefined) {
        return { flow: null, userErrors: check.userErrors };
      }
      const product = productType;
      const offer = operation.offerCallback(tenant);
      const { reference } = offer;
      const isCalledBack = redirect === null;
      const callbackUrl = redirect?.url ?? offer.callbackUrl;
      const authUrl = redirect?.authUrl ?? offer.authUrl;
      const { applicationId, flowParams } = input;

      async function open(): Promise<{ uuid: string }> {
        // A redirect that can't be put on record is not asked for.
        if (redirect !== null) operation.reads.recordRedirect(applicationId, redirect.hosts);
        const uuid = await atlas.openFlow(
          tenant,
          {
            productType: product,
            applicationId,
            callbackUrl,
            authUrl,
            flowParams: flowParams ?? {},
          },
          callOptions,
        );
        const at = operation.now();
        const opening = { uuid, applicationId, productType: product, isCalledBack, reference, at };
        // Atlas may have called before its answer to flow/init was read here.
        const hasCalled = await register.openFlow(tenant.id, opening);
        if (hasCalled) operation.onCalled(tenant, uuid);
        return { uuid };
      }

      /** Atlas can't be asked for it; but it may have been written down, and the process ended then. */
      async function reconcile(attempted: { readonly reference: string }) {
        const bound = await operation.callbacks.find(tenant.id, attempted.reference);
        return bound?.flowUuid ? { result: { uuid: bound.flowUuid } } : 'unknown';
      }

      const { ifOpen, ...rest } = input;
      const isAnother = ifOpen === 'OPEN_ANOTHER';
      const openOnce = (existing: string | null) =>
        doOnce(operation, check, {
          field: 'createFlow',
          service: 'FLOWS',
          // The default is no part of the hashed body, since earlier versions hashed it without.
          input: isAnother ? rest : input,
          reference,
          attempt: async () => {
            if (existing === null) return await open();
            if (ifOpen === 'RETURN_EXISTING') return { uuid: existing };
            const message = 'The application has a flow that has not ended.';
            check.add('FLOW_ALREADY_OPEN', ['applicationId'], message);
            return null;
          },
          reconcile,
          advice,
        });
      // Which application has a claim is nobody's to read in the store.
      const key = createHash('sha256').update(applicationId).digest('base64url');
      const opened = isAnother
        ? await openOnce(null)
        : await operation.runExclusively(tenant.id, { field: 'openFlow', key }, async () =>
            openOnce(await findOpenFlow(operation, applicationId)),
          );
      if (opened === null) return { flow: null, userErrors: check.userErrors };
      const flow = await loadFlowAfterWrite(operation, opened.uuid, notStarted);
      return { flow, userErrors: [] };
    },
  }),
);

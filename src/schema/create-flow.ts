import { builder } from './builder.ts';
import { loadFlowAfterWrite } from './flow-after-write.ts';
import { checkIdempotencyKey, doOnce, idempotencyKeyDescription } from './idempotency.ts';
import type { FoundFlow } from './loaders.ts';
import { FlowRef, type UserError, UserErrorRef } from './refs.ts';
import { createInputCheck } from './user-error.ts';

const CreateFlowInputRef = builder.inputType('CreateFlowInput', {
  description: 'What a flow is opened with.',
  fields: (t) => ({
    productType: t.string({
      description:
        'Decides which documents and cross-checks Atlas expects; issued by Atlas. By default the one this gateway is configured with.',
    }),
    applicationId: t.string({
      required: true,
      description: 'Your id of the loan application.',
    }),
    flowParams: t.field({
      type: 'JSONObject',
      description: 'Anything Atlas should keep with the flow and pass to the callback.',
    }),
    callbackUrl: t.field({
      type: 'URL',
      description:
        'Where Atlas posts the results. Leave it out and the gateway takes the call, so that subscriptions hear of the end at once. Given together with authUrl, or not at all; the gateway then only polls this flow.',
    }),
    authUrl: t.field({
      type: 'URL',
      description: 'Where Atlas authenticates before it calls callbackUrl.',
    }),
    idempotencyKey: t.string({ description: idempotencyKeyDescription }),
  }),
});

const CreateFlowPayloadRef = builder
  .objectRef<{ flow: FoundFlow | null; userErrors: readonly UserError[] }>('CreateFlowPayload')
  .implement({
    description: 'A flow that was opened, or why not.',
    fields: (t) => ({
      flow: t.expose('flow', {
        type: FlowRef,
        nullable: true,
        description: 'The flow; null when there are userErrors.',
      }),
      userErrors: t.expose('userErrors', {
        type: [UserErrorRef],
        description: 'What is wrong with the input; empty when the flow was opened.',
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

builder.mutationField('createFlow', (t) =>
  t.field({
    type: CreateFlowPayloadRef,
    nullable: true,
    description:
      'Opens a flow for a loan application. Once for each application. Needs `flows:write`.',
    authScopes: { 'flows:write': true },
    args: {
      input: t.arg({ type: CreateFlowInputRef, required: true, description: 'What to open.' }),
    },
    resolve: async (_root, { input }, { operation }) => {
      const { atlas, tenant, register, callOptions } = operation;
      const productType = input.productType ?? tenant.productType;
      const check = createInputCheck();
      checkIdempotencyKey(check, { input });
      check.text(['applicationId'], input.applicationId);
      check.text(['productType'], productType);
      if (input.callbackUrl != null) check.url(['callbackUrl'], input.callbackUrl);
      if (input.authUrl != null) check.url(['authUrl'], input.authUrl);
      if ((input.callbackUrl == null) !== (input.authUrl == null)) {
        const missing = input.callbackUrl == null ? 'callbackUrl' : 'authUrl';
        check.add('REQUIRED', [missing], 'callbackUrl and authUrl go together.');
      }
      if (check.userErrors.length > 0 || productType === undefined) {
        return { flow: null, userErrors: check.userErrors };
      }
      const product = productType;
      const offer = operation.offerCallback(tenant);
      const { reference } = offer;
      const isCalledBack = input.callbackUrl == null;
      const { callbackUrl, authUrl } =
        input.callbackUrl != null && input.authUrl != null
          ? { callbackUrl: input.callbackUrl, authUrl: input.authUrl }
          : offer;
      const { applicationId, flowParams } = input;

      async function attempt(): Promise<{ uuid: string }> {
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
      async function learn(attempted: { readonly reference: string }) {
        const bound = await operation.callbacks.find(tenant.id, attempted.reference);
        return bound?.flowUuid ? { result: { uuid: bound.flowUuid } } : 'unknown';
      }

      const opened = await doOnce(operation, check, {
        field: 'createFlow',
        service: 'FLOWS',
        input,
        reference,
        attempt,
        learn,
        advice,
      });
      if (opened === null) return { flow: null, userErrors: check.userErrors };
      const flow = await loadFlowAfterWrite(operation, opened.uuid, notStarted);
      return { flow, userErrors: [] };
    },
  }),
);

import { answered, type Group } from './row.ts';

const created = (input: string) => ({
  query: `mutation { createFlow(input: { applicationId: "1"${input} }) { userErrors { code } } }`,
});

/** The register takes no further write: its disk is full. */
export const fullRegister: Group = {
  what: 'where the register is full, what Atlas did is told, and nothing is done twice',
  isRegisterFull: true,
  rows: [
    {
      what: 'a mutation without a key',
      sent: () => created(''),
      outcomes: answered('{"createFlow":{"userErrors":[]}}'),
      atlas: ['initFlow', 'flowStatus'],
    },
    {
      what: 'a mutation under an idempotency key',
      sent: () => created(', idempotencyKey: "key-1"'),
      outcomes: answered('STORE_UNAVAILABLE {"createFlow":null}'),
    },
    {
      what: 'the revocation of grants',
      sent: ({ flow }) => ({
        query: `mutation { revokeFlowGrants(input: { flowUuid: "${flow}" }) { revokedBefore } }`,
      }),
      outcomes: answered('STORE_UNAVAILABLE {"revokeFlowGrants":null}'),
    },
    {
      what: 'a read of a flow',
      sent: ({ flow }) => ({ query: `{ flow(uuid: "${flow}") { applicationId } }` }),
      outcomes: answered('{"flow":{"applicationId":"application-1"}}'),
      atlas: ['flowStatus'],
    },
    {
      what: 'an operation that needs no register',
      sent: () => ({ query: '{ viewer { tenantId } }' }),
      outcomes: answered('{"viewer":{"tenantId":"acme"}}'),
    },
  ],
};

import type { TestContext } from 'node:test';
import type { TenantSettings } from '../../../src/identity/tenants.ts';
import { toKey, toSettings } from '../identity/tenant-settings.ts';
import { type GatewayOptions, type OpenGateway, openGateway } from '../open-gateway.ts';
import type { View } from '../privacy/open-callers.ts';

/** A gateway of two tenants, acme and bolt, each with credentials of its own at one sandbox. */
export interface TwoTenants extends OpenGateway {
  /** The gateway as whoever holds a key or token meets it. */
  as(credential: string): TenantView;
  readonly acme: TenantView;
  readonly bolt: TenantView;
}

export type TenantView = Omit<View, 'askDocument'> & {
  /** Opens a flow for its tenant, and answers its uuid. */
  openFlow(applicationId?: string): Promise<string>;
  /** The status of an operation sent by HTTP, and the code of its first error. */
  statusOf(query?: string): Promise<readonly [status: number, code: string | undefined]>;
};

export const acmeKey = 'test-key-of-this-suite';
export const boltKey = 'agk_the-key-of-bolt';
/** Whom the sandbox knows; acme by either of two secrets, as while one takes the other's place. */
export const credentials = [
  { clientId: 'acme-client', clientSecret: 'acme-secret' },
  { clientId: 'acme-client', clientSecret: 'acme-newer-secret' },
  { clientId: 'bolt-client', clientSecret: 'bolt-secret' },
];

export const acme = (given: Partial<TenantSettings> = {}) =>
  toSettings('acme', { keys: [toKey(acmeKey)], productType: 'ACME', ...given });
export const bolt = (given: Partial<TenantSettings> = {}) =>
  toSettings('bolt', { keys: [toKey(boltKey)], productType: 'BOLT', ...given });

/** Opens it, closed with the test. */
export async function openTenants(
  t: TestContext,
  { tenants = [acme(), bolt()], ...options }: GatewayOptions & { tenants?: TenantSettings[] } = {},
): Promise<TwoTenants> {
  const gateway = await openGateway(t, {
    ...options,
    sandbox: { credentials, ...options.sandbox },
    config: { tenants, ...options.config },
  });
  const { graphqlUrl, webSocketUrl } = gateway;

  function as(credential: string): TenantView {
    const headers = { ...gateway.headers, authorization: `Bearer ${credential}` };
    const post = (query: string, variables?: Record<string, unknown>) =>
      fetch(graphqlUrl, {
        method: 'POST',
        headers,
        body: JSON.stringify({ query, variables }),
      });
    return {
      apiKey: credential,
      headers,
      graphqlUrl,
      webSocketUrl,
      ask: async (query, variables) => (await post(query, variables)).json(),
      async openFlow(applicationId = 'application-1') {
        const response = await post(
          'mutation ($input: CreateFlowInput!) { createFlow(input: $input) { flow { uuid } } }',
          { input: { applicationId } },
        );
        const { data } = await response.json();
        return data.createFlow.flow.uuid;
      },
      async statusOf(query = '{ viewer { tenantId } }') {
        const response = await post(query);
        const { errors } = await response.json();
        return [response.status, errors?.[0].extensions.code];
      },
    };
  }
  return { ...gateway, as, acme: as(acmeKey), bolt: as(boltKey) };
}

import type { TestContext } from 'node:test';
import type { FlowGrant } from '../../../src/identity/flow-grants.ts';
import { type Principal, toVisibility } from '../../../src/identity/principal.ts';
import { scopes as everyScope, type Scope } from '../../../src/identity/scopes.ts';
import { toKeyIssuer } from '../key-issuer.ts';
import type { GatewayOptions, GraphAnswer, OpenGateway } from '../open-gateway.ts';
import { openStillGateway, type StillGateway, toAskDocument } from '../schema/still-gateway.ts';
import { openEvents } from '../server/event-reader.ts';
import { openSocket } from '../server/raw-socket.ts';
import { toTenantId } from '../tenant-id.ts';

/** The callers by name. */
export interface Caller {
  readonly name?: string;
  readonly scopes?: readonly Scope[];
  readonly grant?: Pick<FlowGrant, 'flowUuid' | 'canReadDocuments'>;
}

/** The gateway as one caller meets it. */
export type View = Pick<
  StillGateway,
  'apiKey' | 'ask' | 'askDocument' | 'graphqlUrl' | 'headers' | 'webSocketUrl'
>;

export interface CallersGateway extends StillGateway {
  /** The gateway as a caller meets it who holds just this. */
  as(caller: Caller): View;
}

export const everyScopeBut = (...left: readonly Scope[]): readonly Scope[] =>
  everyScope.filter((scope) => !left.includes(scope));

const hooks = { callbackHosts: ['hooks.example', '*.hooks.example'] };

/** A gateway that knows as many callers as a test names, all of one tenant. */
export async function openCallers(
  t: TestContext,
  options: GatewayOptions = {},
  tenant: { readonly callbackHosts?: readonly string[] | undefined } = hooks,
): Promise<CallersGateway> {
  const known = new Map<string, Principal>();
  const gateway = await openStillGateway(t, {
    ...options,
    authenticate: (authorization) => known.get(authorization?.replace('Bearer ', '') ?? '') ?? null,
  });

  function admit(key: string, { name = key, scopes = [], grant }: Caller): void {
    const held = new Set(scopes);
    const given: FlowGrant | null = grant
      ? {
          id: key,
          tenantId: toTenantId('default'),
          issuer: toKeyIssuer('owner'),
          issuedAt: Date.UTC(2026, 0),
          expiresAt: Date.UTC(2126, 0),
          ...grant,
        }
      : null;
    known.set(key, {
      tenant: {
        id: toTenantId('default'),
        credentials: {
          clientId: 'sandbox-client',
          clientSecret: 'sandbox-secret',
          addressClientId: 'sandbox-client',
          addressClientSecret: 'sandbox-secret',
        },
        productType: 'TEST_PRODUCT',
        ...tenant,
      },
      callerId: name,
      scopes: held,
      issuer: given?.issuer ?? toKeyIssuer(name),
      grant: given,
      visibility: toVisibility(held, given),
      expiresAt: given?.expiresAt ?? null,
      isCurrent: () => true,
      recheck: async () => true,
    });
  }
  admit(gateway.apiKey, { name: 'owner', scopes: everyScope });

  return {
    ...gateway,
    as(caller) {
      const apiKey = `key-${known.size}`;
      admit(apiKey, caller);
      const headers = { ...gateway.headers, authorization: `Bearer ${apiKey}` };
      const ask: OpenGateway['ask'] = async (query, variables) => {
        const body = JSON.stringify({ query, variables });
        const response = await fetch(gateway.graphqlUrl, { method: 'POST', headers, body });
        return await response.json();
      };
      const { graphqlUrl, webSocketUrl } = gateway;
      const askDocument = toAskDocument(ask);
      return { apiKey, headers, ask, askDocument, graphqlUrl, webSocketUrl };
    },
  };
}

type Ask = (
  t: TestContext,
  view: View,
  query: string,
  variables?: Record<string, unknown>,
) => Promise<GraphAnswer>;

/** The first answer to an operation of any kind, on every transport that can carry all of them. */
export const streams: Readonly<Record<string, Ask>> = {
  async 'a stream of events'(t, { graphqlUrl, headers }, query, variables) {
    const reader = await openEvents(t, graphqlUrl, {
      method: 'POST',
      headers: { ...headers, accept: 'text/event-stream' },
      body: { query, variables },
    });
    const { data } = await reader.next();
    reader.leave();
    return data;
  },
  async 'a WebSocket'(t, { webSocketUrl, apiKey }, query, variables) {
    const socket = await openSocket(t, webSocketUrl);
    await socket.init(`Bearer ${apiKey}`);
    socket.subscribe('1', query, variables);
    const { type, payload } = await socket.next();
    socket.socket.close();
    return type === 'error' ? { errors: payload } : payload;
  },
};

/** The same with plain HTTP, which carries no subscription. */
export const transports: Readonly<Record<string, Ask>> = {
  HTTP: (_t, view, query, variables) => view.ask(query, variables),
  ...streams,
};

import SchemaBuilder from '@pothos/core';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import type { Scope } from '../identity/scopes.ts';
import { needsForNodes, toForbidden, toHeldScopes } from './access.ts';
import type { GatewayContext } from './operation/context.ts';
import { BadInputError } from './operation/errors.ts';

const mostNodes = 100;

/** The Pothos builder of the schema; the file of each noun adds its types to it. */
export const builder = new SchemaBuilder<{
  Context: GatewayContext;
  AuthScopes: Record<Scope, boolean>;
  DefaultAuthStrategy: 'all';
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date };
    Date: { Input: string; Output: string };
    URL: { Input: string; Output: string };
    JSONObject: { Input: Record<string, unknown>; Output: Record<string, unknown> };
  };
}>({
  // Authorization is checked before any other part of a field runs.
  plugins: [ScopeAuthPlugin, RelayPlugin],
  defaultFieldNullability: false,
  scopeAuth: {
    authScopes: ({ operation }) => toHeldScopes(operation.principal),
    defaultStrategy: 'all',
    authorizeOnSubscribe: true,
    unauthorizedError: (_parent, { operation }, _info, { failure }) =>
      toForbidden(operation.principal, failure),
  },
  relay: {
    brandLoadedObjects: true,
    edgesFieldOptions: { nullable: false, description: 'A list of edges.' },
    nodeFieldOptions: { nullable: false, description: 'The object at the end of the edge.' },
    cursorFieldOptions: {
      description: 'The cursor of this entry: pass it as `after` to get the entries that follow.',
    },
    pageInfoFieldOptions: { description: 'Information about this page.' },
    pageInfoTypeOptions: { description: 'Information about a page of a list.' },
    hasNextPageFieldOptions: { description: 'True if more entries follow this page.' },
    hasPreviousPageFieldOptions: { description: 'True if the page was requested with `after`.' },
    startCursorFieldOptions: {
      description: 'The cursor of the first entry on this page; null if the page is empty.',
    },
    endCursorFieldOptions: {
      description: 'The cursor of the last entry on this page; null if the page is empty.',
    },
    nodeTypeOptions: {
      description: 'An object with a global id, by which it can be fetched again.',
    },
    idFieldOptions: { description: 'The global id, by which `node` finds it again.' },
    nodeQueryOptions: {
      description:
        'A flow, document or batch by its global id; null when there is none. Needs `flows:read`, or a grant for the flow; for batches and their documents `batches:read`.',
      authScopes: (_root, { id }, { operation }) => needsForNodes(operation.principal, [id]),
      args: { id: { description: 'The global id of the object.' } },
    },
    nodesQueryOptions: {
      description:
        'Flows, documents and batches by their global ids, at most 100, in the same order; null for each that does not exist. Needs the scopes that `node` needs.',
      authScopes: (_root, { ids }, { operation }) => needsForNodes(operation.principal, ids),
      args: { ids: { description: 'The global ids of the nodes.' } },
      resolve: async (_root, { ids }, _context, _info, resolveNodes) => {
        if (ids.length > mostNodes) throw new BadInputError(`ids: at most ${mostNodes} at a time.`);
        return await resolveNodes(ids);
      },
    },
    encodeGlobalID: (typename, id) => Buffer.from(`${typename}:${id}`).toString('base64url'),
    decodeGlobalID: (globalId) => {
      const text = Buffer.from(globalId, 'base64url').toString('utf8');
      const [typename = '', ...rest] = text.split(':');
      const id = rest.join(':');
      if (!['Flow', 'Document', 'Batch'].includes(typename) || id === '') {
        throw new BadInputError('id: this is not a global id of this graph.');
      }
      return { typename, id };
    },
  },
});

builder.queryType({ description: 'The queries.' });
builder.mutationType({ description: 'The mutations.' });
builder.subscriptionType({ description: 'The subscriptions.' });

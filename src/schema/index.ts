import './graph/address-match.ts';
import './graph/atlas-health.ts';
import './graph/batch.ts';
import './mutations/create-batch.ts';
import './mutations/create-flow.ts';
import './graph/cross-check.ts';
import './graph/document.ts';
import './graph/event-log.ts';
import './graph/event-subscription.ts';
import './graph/extracted-values.ts';
import './graph/extraction.ts';
import './graph/flow.ts';
import './graph/flow-list.ts';
import './graph/flow-status.ts';
import './graph/flow-timeline.ts';
import './graph/freshness.ts';
import './mutations/issue-flow-grant.ts';
import './mutations/reauthenticate.ts';
import './mutations/revoke-flow-grants.ts';
import './scalars.ts';
import './graph/subscriptions.ts';
import './mutations/upload-documents.ts';
import './user-error.ts';
import './graph/viewer.ts';
import './graph/wait-for-flow.ts';
import { type GraphQLSchema, lexicographicSortSchema } from 'graphql';
import { builder } from './builder.ts';

/** The graph, whole. */
export function createSchema(): GraphQLSchema {
  return lexicographicSortSchema(builder.toSchema());
}

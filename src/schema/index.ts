import './address-match.ts';
import './atlas-health.ts';
import './batch.ts';
import './create-batch.ts';
import './create-flow.ts';
import './cross-check.ts';
import './document.ts';
import './extracted-values.ts';
import './extraction.ts';
import './flow.ts';
import './flow-list.ts';
import './flow-status.ts';
import './flow-timeline.ts';
import './freshness.ts';
import './issue-flow-grant.ts';
import './revoke-flow-grants.ts';
import './scalars.ts';
import './subscriptions.ts';
import './upload-documents.ts';
import './user-error.ts';
import './viewer.ts';
import './wait-for-flow.ts';
import { type GraphQLSchema, lexicographicSortSchema } from 'graphql';
import { builder } from './builder.ts';

/** The graph, whole. */
export function createSchema(): GraphQLSchema {
  return lexicographicSortSchema(builder.toSchema());
}

import { parse } from 'graphql';
import type { Tenant } from '../../../src/atlas/api/tenant.ts';
import { createOriginNotes } from '../../../src/schema/operation/origins.ts';
import type { House } from './house.ts';

const document = parse('query ($uuid: String!) { flow(uuid: $uuid) { status { crossCheck } } }');

/**
 * Asks for a flow as whoever sees all of a tenant, and answers what was kept for that: how its
 * cross-checks stand. Where nothing was, it is kept, if the flow has ended.
 */
export function askKept(
  { schema, finished, kept }: House,
  tenant: Tenant,
  uuid: string,
): string | undefined {
  const notes = createOriginNotes();
  const operation = {
    tenant,
    principal: { tenant, visibility: 'all' },
    meter: { calls: 0, coalesced: 0, cached: 0 },
    reads: { noted: () => [], noteAgain() {} },
    noteOrigins: () => notes,
  };
  const variableValues = { uuid };
  const args = { schema, document, variableValues, contextValue: { operation } };
  // What comes for the first time has no place yet.
  const place = kept.place(args) ?? kept.place(args);
  const snapshot = notes.through(finished).snapshot(tenant, uuid);
  if (snapshot && place?.data === undefined) place?.keep(snapshot.state.status.crossCheck);
  return place?.data;
}

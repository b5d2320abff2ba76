import { getOperationAST, parse } from 'graphql';
import type { Tenant } from '../../../src/atlas/api/tenant.ts';
import { createDependencyRecorder } from '../../../src/schema/operation/cache-dependencies.ts';
import type { GatewayContext } from '../../../src/schema/operation/context.ts';
import type { House } from './house.ts';

const document = parse('query ($uuid: String!) { flow(uuid: $uuid) { status { crossCheck } } }');
const operation = getOperationAST(document);

/**
 * Asks for a flow as whoever sees all of a tenant, and answers what was kept for that: how its
 * cross-checks stand. Where nothing was, it is kept, if the flow has ended.
 */
export function askKept(
  { finished, cache }: House,
  tenant: Tenant,
  uuid: string,
): string | undefined {
  const notes = createDependencyRecorder();
  if (!operation) throw new Error('the document has an operation');
  const running = {
    tenant,
    principal: { tenant, visibility: 'all' },
    meter: { calls: 0, coalesced: 0, cached: 0 },
    reads: { noted: () => [], noteAgain() {} },
    recordDependencies: () => notes,
  };
  const variables = { declared: { uuid }, coerced: { uuid } };
  const contextValue = { operation: running } as unknown as GatewayContext; // all that is read of it
  const executable = { document, operation, variables, contextValue };
  // An operation that is sent for the first time has no slot yet.
  const slot = cache.lookup(executable) ?? cache.lookup(executable);
  const snapshot = notes.through(finished).snapshot(tenant, uuid);
  if (snapshot && slot?.data === undefined) slot?.keep(snapshot.state.status.crossCheck);
  return slot?.data;
}

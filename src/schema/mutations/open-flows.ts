import { isTerminal } from '../../atlas/answers/flow-status.ts';
import { builder } from '../builder.ts';
import type { Operation } from '../operation/context.ts';
import { toKnownFlow } from '../operation/known-flow.ts';
import { mostAsked } from '../operation/open-flow-bounds.ts';

/** The builder's reference of the GraphQL type `IfOpen`. */
export const IfOpenRef = builder.enumType('IfOpen', {
  description:
    'The behaviour of `createFlow` where the application has a flow that was opened through this gateway and has not ended.',
  values: {
    OPEN_ANOTHER: { description: 'Open another flow.' },
    RETURN_EXISTING: {
      description: 'Open none and answer with the newest of those flows, as it was opened.',
    },
    REFUSE: { description: 'Open none and answer with the userError FLOW_ALREADY_OPEN.' },
  } as const,
});

/** How many flows of an application are looked at, the newest ones. */
const mostListed = 100;

/**
 * The newest flow of an application that has not ended, by the register and by Atlas; null: there is
 * none. Of a flow that Atlas can't be asked for, what is known counts. Looks at the newest hundred
 * flows, and asks Atlas of five at most. Throws an AtlasError where Atlas refuses to be asked.
 */
export async function findOpenFlow(
  { flows, register, tenant, loaders }: Operation,
  applicationId: string,
): Promise<string | null> {
  const query = { first: mostListed, filter: { applicationId } };
  const { entries } = await register.page(tenant.id, query);
  const open = entries.filter((entry) => {
    const known = toKnownFlow(flows.current(tenant, entry.uuid), entry);
    return !isTerminal(known.state.status);
  });
  for (const { uuid } of open.slice(0, mostAsked)) {
    loaders.flow.clear(uuid);
    const found = await loaders.flow.load(uuid);
    if (found !== null && !isTerminal(found.snapshot.state.status)) return uuid;
  }
  return null;
}

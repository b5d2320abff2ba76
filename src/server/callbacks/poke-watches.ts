import type { Tenants } from '../../identity/tenants.ts';
import type { BatchProgress } from '../../live/batch-progress.ts';
import type { FollowUp } from '../../live/follow-up.ts';
import type { Watch } from '../../live/watch.ts';
import { batchKey } from '../../schema/operation/context.ts';
import type { CallbackLedger } from '../../store/services/callback-ledger.ts';
import type { CallbackRouteOptions } from './callbacks.ts';
import type { SandboxCallbackOptions } from './sandbox-callback.ts';

export interface PokeWatchesOptions {
  readonly tenants: Pick<Tenants, 'find'>;
  readonly ledger: Pick<CallbackLedger, 'called'>;
  readonly followUp: Pick<FollowUp, 'onCalled'>;
  readonly batches: Pick<Watch<BatchProgress>, 'pokeAll'>;
}

/** What callbacks of Atlas set off: the watches poll at once. Those of a removed tenant do nothing. */
export interface PokeWatches {
  /** Looks up the flow behind a reference and has it polled. Rejects where the store fails. */
  readonly onFlowCallback: CallbackRouteOptions['onCallback'];
  /** Has every sandbox batch of a tenant polled, for the callback names none. */
  readonly onSandboxCallback: SandboxCallbackOptions['onCallback'];
}

/** Makes the reactions to callbacks. */
export function createPokeWatches(options: PokeWatchesOptions): PokeWatches {
  const { tenants, ledger, followUp, batches } = options;
  return {
    async onFlowCallback(tenantId, reference) {
      const tenant = tenants.find(tenantId);
      if (tenant === undefined) return;
      const flowUuid = await ledger.called(tenantId, reference);
      if (flowUuid !== null) followUp.onCalled(tenant, flowUuid);
    },
    onSandboxCallback(tenantId) {
      const tenant = tenants.find(tenantId);
      if (tenant) batches.pokeAll(tenant, batchKey('SANDBOX', ''));
    },
  };
}

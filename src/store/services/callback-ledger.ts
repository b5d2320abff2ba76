import { LRUCache } from 'lru-cache';
import type { TenantId } from '../../tenant-id.ts';
import type { CallbackRegister } from '../store.ts';

/** Records the callbacks that arrived of those requested from Atlas, by tenant. */
export interface CallbackLedger {
  /** Notes a call, and answers its flow; null while Atlas has not answered with the flow. */
  called(tenantId: TenantId, reference: string): Promise<string | null>;
  /** Whether a call has come for a flow. */
  hasCalled(tenantId: TenantId, flowUuid: string): Promise<boolean>;
  /** How many calls have come to this process, for a tenant or for all. */
  countReceived(tenantId?: TenantId): number;
}

/** The options of `createCallbackLedger`. */
export interface CallbackLedgerOptions {
  readonly callbacks: CallbackRegister;
  readonly now: () => number;
}

/** A ledger over a store; what is counted is this process's own, for it proves that calls arrive. */
export function createCallbackLedger({ callbacks, now }: CallbackLedgerOptions): CallbackLedger {
  const received = new LRUCache<string, number>({ max: 10_000 });
  let total = 0;

  return {
    called(tenantId, reference) {
      total += 1;
      received.set(tenantId, (received.get(tenantId) ?? 0) + 1);
      return callbacks.call(tenantId, reference, now());
    },
    hasCalled: callbacks.hasCalled,
    countReceived: (tenantId) => (tenantId === undefined ? total : (received.get(tenantId) ?? 0)),
  };
}

import { LRUCache } from 'lru-cache';

/** What came of the callbacks that Atlas was asked for, by tenant. */
export interface CallbackLedger {
  /** Says which flow a reference stands for; true if Atlas has called by it already. */
  bind(tenantId: string, reference: string, flowUuid: string): boolean;
  /** Notes a call; undefined while Atlas has not answered with the flow, and after a restart. */
  called(tenantId: string, reference: string): string | undefined;
  /** Whether a call has come for a flow. */
  hasCalled(tenantId: string, flowUuid: string): boolean;
  /** How many calls have come for a tenant, or for all. */
  countReceived(tenantId?: string): number;
}

/** A ledger in this process's memory: the newest 100,000 references. */
export function createCallbackLedger({ max = 100_000 } = {}): CallbackLedger {
  const flows = new LRUCache<string, string>({ max });
  const early = new LRUCache<string, true>({ max });
  const calledFlows = new LRUCache<string, true>({ max });
  const received = new LRUCache<string, number>({ max: 10_000 });
  let total = 0;

  return {
    bind(tenantId, reference, flowUuid) {
      flows.set(`${tenantId}\n${reference}`, flowUuid);
      const wasCalled = early.delete(`${tenantId}\n${reference}`);
      if (wasCalled) calledFlows.set(`${tenantId}\n${flowUuid}`, true);
      return wasCalled;
    },
    called(tenantId, reference) {
      total += 1;
      received.set(tenantId, (received.get(tenantId) ?? 0) + 1);
      const flowUuid = flows.get(`${tenantId}\n${reference}`);
      if (flowUuid === undefined) early.set(`${tenantId}\n${reference}`, true);
      else calledFlows.set(`${tenantId}\n${flowUuid}`, true);
      return flowUuid;
    },
    hasCalled: (tenantId, flowUuid) => calledFlows.has(`${tenantId}\n${flowUuid}`),
    countReceived: (tenantId) => (tenantId === undefined ? total : (received.get(tenantId) ?? 0)),
  };
}

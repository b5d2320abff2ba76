import { LRUCache } from 'lru-cache';

/** Which flow the reference in a callback's path stands for, by tenant. */
export interface CallbackReferences {
  bind(tenantId: string, reference: string, flowUuid: string): void;
  /** Undefined while Atlas has not yet answered with the flow, and after a restart. */
  flowOf(tenantId: string, reference: string): string | undefined;
}

/** References in this process's memory: the newest 100,000. */
export function createCallbackReferences({ max = 100_000 } = {}): CallbackReferences {
  const flows = new LRUCache<string, string>({ max });
  return {
    bind: (tenantId, reference, flowUuid) => {
      flows.set(`${tenantId}\n${reference}`, flowUuid);
    },
    flowOf: (tenantId, reference) => flows.get(`${tenantId}\n${reference}`),
  };
}

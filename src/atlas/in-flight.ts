import type { Tenant } from './tenant.ts';

export interface InFlight {
  /** The promise already under way for this key of this tenant, or the one `start` makes. */
  share<Answer>(tenant: Tenant, key: string, start: () => Promise<Answer>): Promise<Answer>;
  /** Lets nobody join this read any more; those who wait for it already still get it. */
  forget(tenant: Tenant, key: string): void;
  /** Lets nobody join the tenant's reads of now: what is asked from here on is asked anew. */
  seal(tenant: Tenant): void;
}

/**
 * Reads under way, so that the same read of the same tenant is one call however many ask for it.
 * Nothing stays after the answer: sharing never serves what was known before the question, except
 * to a question asked while the first was still open. A write seals what was open before it, so
 * that a caller reads its own writes.
 */
export function createInFlight(): InFlight {
  const readsByTenant = new Map<string, Map<string, Promise<unknown>>>();

  return {
    share<Answer>(tenant: Tenant, key: string, start: () => Promise<Answer>): Promise<Answer> {
      const reads = readsByTenant.get(tenant.id) ?? new Map<string, Promise<unknown>>();
      const open = reads.get(key);
      // One key always stands for one endpoint, and so for one type of answer.
      if (open !== undefined) return open as Promise<Answer>;
      readsByTenant.set(tenant.id, reads);
      const read = start().finally(() => {
        if (reads.get(key) === read) reads.delete(key);
        if (reads.size === 0 && readsByTenant.get(tenant.id) === reads) {
          readsByTenant.delete(tenant.id);
        }
      });
      reads.set(key, read);
      return read;
    },
    forget(tenant, key) {
      readsByTenant.get(tenant.id)?.delete(key);
    },
    seal(tenant) {
      readsByTenant.delete(tenant.id);
    },
  };
}

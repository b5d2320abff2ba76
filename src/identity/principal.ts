import type { Tenant } from '../atlas/tenant.ts';

/** Who is asking, and for whom. */
export interface Principal {
  readonly tenant: Tenant;
}

import type { TenantId } from '../../tenant-id.ts';

/** The credentials Atlas issued to one tenant (CONTRACT 2). Never logged, never in an error. */
export interface AtlasCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The fixed pair of the address service; often the same as the two above. */
  readonly addressClientId: string;
  readonly addressClientSecret: string;
}

/**
 * A customer with credentials of its own at Atlas. Caches, shared reads, watches, counters and calls
 * take a tenant, so that nothing of one tenant can be found by another. Its settings may change while
 * a reference to it is kept: read them on use.
 */
export interface Tenant {
  readonly id: TenantId;
  readonly credentials: AtlasCredentials;
  /** The `product_type` for inputs that name none (CONTRACT K2). */
  readonly productType?: string | undefined;
  /** Hosts that its files may be on: names, or `*.example.com` for all below one; any without it. */
  readonly fileHosts?: readonly string[] | undefined;
  /** Whether its files may be fetched by plain http; false without it. */
  readonly allowHttpFiles?: boolean | undefined;
  /**
   * Hosts that Atlas may send the results of its flows to, other than the gateway's own: names, or
   * `*.example.com` for all below one; none without it.
   */
  readonly callbackHosts?: readonly string[] | undefined;
}

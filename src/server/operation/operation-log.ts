import type { Log } from '../../logging/log.ts';
import type { RequestContext } from './request-context.ts';

/** One line for an operation that did not come as an HTTP request of its own. */
export function logOperation(
  log: Log,
  transport: 'ws' | 'sse' | 'multipart',
  asked: RequestContext,
  durationMs: number,
): void {
  log.info('operation', {
    requestId: asked.requestId,
    tenant: asked.principal.tenant.id,
    transport,
    operation: asked.operationName,
    durationMs: Math.round(durationMs),
    atlasCalls: asked.meter.calls,
    atlasCoalesced: asked.meter.coalesced,
  });
}

import type { Tenant } from '../atlas/api/tenant.ts';
import type { Atlas, FlowExtracts } from '../atlas/atlas.ts';
import type { Register } from '../store/services/register.ts';
import type { Clock } from './clock.ts';

/** The options of the reader of document results. */
export interface DocumentResultsOptions {
  readonly register: Pick<Register, 'recordResults'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Whether a flow was given more files, and nothing new has been seen of it since. */
  readonly isReopened: (tenant: Tenant, flowUuid: string) => boolean;
  /** Told of a store that can't be used; the answer of Atlas is given all the same. */
  readonly onStoreFailure: (error: unknown) => void;
}

/**
 * The same Atlas, but that the register learns from each answer with the extracts of a flow which
 * documents have a result, whoever asked. Ids and outcomes are written down, and no value.
 */
export function recordDocumentResults(atlas: Atlas, options: DocumentResultsOptions): Atlas {
  const { register, clock, isReopened, onStoreFailure } = options;

  function record(tenant: Tenant, uuid: string, { documents }: FlowExtracts): void {
    // Such an answer can be from before the files that were given last.
    if (isReopened(tenant, uuid)) return;
    const results = documents
      .filter(({ state }) => state !== 'PENDING')
      .map(({ documentId, fileUuid, state }) => ({
        documentId,
        fileUuid,
        hasFailed: state === 'FAILED',
      }));
    if (results.length === 0) return;
    register
      .recordResults(tenant.id, uuid, { documents: results, at: clock.now() })
      .catch(onStoreFailure);
  }

  return {
    ...atlas,
    async flowExtracts(tenant, flowUuid, callOptions) {
      const extracts = await atlas.flowExtracts(tenant, flowUuid, callOptions);
      if (extracts !== null) record(tenant, flowUuid, extracts);
      return extracts;
    },
  };
}

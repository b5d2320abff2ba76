import { createTurns, type Turns } from '../turns.ts';
import { type AddressMatchRecord, toAddressMatches } from './answers/address-matches.ts';
import {
  type CrossCheckNames,
  type CrossCheckRecord,
  createToCrossChecks,
} from './answers/cross-checks.ts';
import { type DocumentRecord, toBatchDocuments, toDocuments } from './answers/documents.ts';
import { type FlowStatus, toFlowStatus } from './answers/flow-status.ts';
import type { OnDrift } from './api/drift.ts';
import { AtlasError } from './api/errors.ts';
import type { Tenant } from './api/tenant.ts';
import type { ExtractsAnswer, StatusAnswer, UploadReceipt } from './api/wire.ts';
import type { AtlasClient, CallOptions } from './client/client.ts';
import { doSoon, type Work } from './json/work.ts';
import { matchGroup } from './match-group.ts';

/** The names of the two batch services. */
export const batchServices = ['BULK', 'SANDBOX'] as const;
/** The two services that take batches: `/v1/bulk` and `/v1/docstream`. */
export type BatchService = (typeof batchServices)[number];

/** The documents of a flow as Atlas read them, and how they compare (CONTRACT 4.4). */
export interface FlowExtracts {
  readonly documents: readonly DocumentRecord[];
  readonly crossChecks: readonly CrossCheckRecord[];
}

/** One page of a batch (CONTRACT 6.2, 7.2). */
export interface BatchPage {
  readonly documents: readonly DocumentRecord[];
  /** Atlas's `total_items`; its meaning differs between the services (CONTRACT K16). */
  readonly totalItems: number | null;
  readonly hasNext: boolean;
}

/** A file for Atlas to fetch: the caller's id of the document and its address. */
export interface FileToUpload {
  readonly documentId: string;
  readonly url: string;
}

/** A batch that Atlas took, and what it says of each file. */
export interface SubmittedBatch {
  readonly batchId: string;
  readonly receipts: readonly UploadReceipt[];
}

/** The parameters of a new flow. */
export interface FlowToOpen {
  readonly productType: string;
  readonly applicationId: string;
  readonly callbackUrl: string;
  readonly authUrl: string;
  readonly flowParams: Readonly<Record<string, unknown>>;
}

/**
 * The Atlas API as the gateway uses it. Every promise rejects with an `AtlasError` and nothing
 * else.
 */
export interface Atlas {
  /** Null: Atlas knows no such flow. */
  flowStatus(tenant: Tenant, flowUuid: string, options?: CallOptions): Promise<FlowStatus | null>;
  /** Null: Atlas knows no such flow. Before the flow's end the answer may be partial. */
  flowExtracts(
    tenant: Tenant,
    flowUuid: string,
    options?: CallOptions,
  ): Promise<FlowExtracts | null>;
  /** Null: Atlas knows no such batch, or it has no such page. Pages count from 1. */
  batchPage(
    tenant: Tenant,
    batch: { readonly service: BatchService; readonly batchId: string; readonly page: number },
    options?: CallOptions,
  ): Promise<BatchPage | null>;
  /** One result a target, in the order given; at most 100 targets. */
  matchAddresses(
    tenant: Tenant,
    request: {
      readonly applicationId: string;
      readonly source: string;
      readonly targets: readonly string[];
    },
    options?: CallOptions,
  ): Promise<AddressMatchRecord[]>;
  /** Opens a flow and answers its `flow_uuid`. Not repeatable. */
  openFlow(tenant: Tenant, flow: FlowToOpen, options?: CallOptions): Promise<string>;
  /** Adds files to a flow. Null: Atlas knows no such flow. Not repeatable. */
  uploadToFlow(
    tenant: Tenant,
    flowUuid: string,
    files: readonly FileToUpload[],
    options?: CallOptions,
  ): Promise<UploadReceipt[] | null>;
  /** Submits a batch and answers its `batch_id`, with what was said of its files. Not repeatable. */
  uploadBatch(
    tenant: Tenant,
    batch: {
      readonly service: BatchService;
      readonly productType: string;
      readonly files: readonly FileToUpload[];
    },
    options?: CallOptions,
  ): Promise<SubmittedBatch>;
}

/** The page size of batch reads. */
export const documentsPerPage = 50;

/** The options of `createAtlas`. */
export interface AtlasOptions {
  readonly client: AtlasClient;
  readonly crossCheckNames: CrossCheckNames;
  readonly onDrift: OnDrift;
  /**
   * The turns of the event loop over which the reading of long answers is divided; by default turns
   * of its own.
   */
  readonly turns?: Turns;
}

/**
 * Creates the interface to Atlas over the endpoint table: it makes the calls and reads their
 * answers.
 */
export function createAtlas({
  client,
  crossCheckNames,
  onDrift,
  turns = createTurns(),
}: AtlasOptions): Atlas {
  const toCrossChecks = createToCrossChecks(crossCheckNames);

  const toStatus = (answer: StatusAnswer | null) => answer && toFlowStatus(answer, onDrift);

  function* toExtracts(answer: ExtractsAnswer): Work<FlowExtracts> {
    return {
      documents: yield* toDocuments(answer.ocr_data, onDrift),
      crossChecks: yield* toCrossChecks(answer.cross_checks, onDrift),
    };
  }

  return {
    flowStatus: (tenant, flowUuid, options) =>
      client.call(tenant, 'flowStatus', { flow_uuid: flowUuid }, options).then(toStatus),

    flowExtracts: (tenant, flowUuid, options) =>
      client
        .call(tenant, 'flowExtracts', { flow_uuid: flowUuid }, options)
        .then((answer) => answer && doSoon(toExtracts(answer), turns, options?.meter ?? answer)),

    async batchPage(tenant, { service, batchId, page }, options) {
      const endpoint = service === 'BULK' ? 'bulkExtracts' : 'docstreamExtracts';
      const query = { batch_id: batchId, page, per_page: documentsPerPage };
      const answer = await client.call(tenant, endpoint, query, options);
      return (
        answer && {
          documents: await doSoon(
            toBatchDocuments(answer.data, onDrift),
            turns,
            options?.meter ?? answer,
          ),
          totalItems: answer.total_items ?? null,
          hasNext: answer.has_next ?? page < (answer.total_pages ?? 0),
        }
      );
    },

    async matchAddresses(tenant, { applicationId, source, targets }, options) {
      return await matchGroup({
        source,
        targets,
        match: async (addresses) => {
          const answer = await client.call(
            tenant,
            'matchAddresses',
            {
              application_id: applicationId,
              source_address: source,
              target_addresses: addresses.map((address, index) => ({ address, index })),
            },
            options,
          );
          return toAddressMatches(must('matchAddresses', answer), addresses, onDrift);
        },
      });
    },

    async openFlow(tenant, flow, options) {
      const body = {
        product_type: flow.productType,
        application_id: flow.applicationId,
        auth_url: flow.authUrl,
        callback_url: flow.callbackUrl,
        flow_params: flow.flowParams,
      };
      return must('initFlow', await client.call(tenant, 'initFlow', body, options));
    },

    async uploadToFlow(tenant, flowUuid, files, options) {
      const body = { flow_uuid: flowUuid, file_urls: files.map(toFileUrl) };
      return await client.call(tenant, 'uploadToFlow', body, options);
    },

    async uploadBatch(tenant, { service, productType, files }, options) {
      const endpoint = service === 'BULK' ? 'uploadBulk' : 'uploadDocstream';
      const body = { product_type: productType, file_urls: files.map(toFileUrl) };
      const receipts = must(endpoint, await client.call(tenant, endpoint, body, options));
      const batchId = receipts.find((receipt) => receipt.batch_id !== undefined)?.batch_id;
      if (batchId !== undefined) return { batchId, receipts };
      throw new AtlasError({ endpoint, failure: 'outcome-unknown', reason: 'no-batch-id' });
    },
  };
}

function toFileUrl(file: FileToUpload): { file_url: string; document_id: string } {
  return { file_url: file.url, document_id: file.documentId };
}

/** For calls whose row has no status that means absence. */
function must<Answer>(endpoint: AtlasError['endpoint'], answer: Answer | null): Answer {
  if (answer === null) throw new AtlasError({ endpoint, failure: 'contract-broken' });
  return answer;
}

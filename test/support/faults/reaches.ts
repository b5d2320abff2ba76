import assert from 'node:assert/strict';
import type { EndpointName } from '../../../src/atlas/api/endpoints.ts';
import { type Faulty, openFlow } from './open-faulty.ts';

/** The operation of a row of the matrix, once Atlas misbehaves. */
export interface Asked {
  readonly query: string;
  readonly variables: Record<string, unknown>;
  /** The result without a fault; undefined for what is new each time. */
  readonly honest?: unknown;
}

/** How an endpoint is reached through the public graph. */
export interface Reach {
  /** Whose column of the matrix holds. */
  readonly column: 'read' | 'known' | 'match' | 'write' | 'token';
  readonly endpoint: EndpointName;
  /** Makes what is asked about while Atlas is well. */
  prepare(tenant: Faulty): Promise<Asked>;
}

const statusQuery =
  'query ($uuid: String!) { flow(uuid: $uuid) { uuid status { state freshness { stale } } } }';
const documentsQuery =
  'query ($uuid: String!) { flow(uuid: $uuid) { documents { documentId documentType state } } }';
const batchQuery = `query ($batchId: String!, $service: BatchService!) {
  batch(batchId: $batchId, service: $service) {
    documents(first: 10) { edges { node { documentId documentType state } } }
  }
}`;
const matchQuery = `query ($source: String!, $target: String!) {
  addressMatch(applicationId: "application-1", source: $source, target: $target) {
    similarityScore failure { code }
  }
}`;
const createFlow = `mutation ($input: CreateFlowInput!) {
  createFlow(input: $input) { flow { uuid } userErrors { code } }
}`;
const uploadDocuments = `mutation ($input: UploadDocumentsInput!) {
  uploadDocuments(input: $input) { documents { documentId } userErrors { code } }
}`;
const createBatch = `mutation ($input: CreateBatchInput!) {
  createBatch(input: $input) { batch { batchId } userErrors { code } }
}`;
const files = [{ documentId: 'pan', url: 'https://files.example/pan.jpg' }];

/** Every endpoint, and the status of a flow twice: where it was known before, and where it was not. */
export const reaches = {
  verificationToken: afterAnEnd('verificationToken', 'flowStatus', askNewFlow),
  bulkToken: afterAnEnd('bulkToken', 'bulkExtracts', (tenant) => askBatch(tenant, 'BULK')),
  docstreamToken: afterAnEnd('docstreamToken', 'docstreamExtracts', (tenant) =>
    askBatch(tenant, 'SANDBOX'),
  ),
  initFlow: {
    column: 'write',
    endpoint: 'initFlow',
    async prepare(tenant) {
      await openFlow(tenant);
      return { query: createFlow, variables: { input: { applicationId: 'application-2' } } };
    },
  },
  uploadToFlow: {
    column: 'write',
    endpoint: 'uploadToFlow',
    async prepare(tenant) {
      const flowUuid = await openFlow(tenant);
      return { query: uploadDocuments, variables: { input: { flowUuid, files } } };
    },
  },
  uploadBulk: submitting('uploadBulk', 'BULK'),
  uploadDocstream: submitting('uploadDocstream', 'SANDBOX'),
  flowStatus: { column: 'read', endpoint: 'flowStatus', prepare: askNewFlow },
  'flowStatus of a known flow': {
    column: 'known',
    endpoint: 'flowStatus',
    prepare: async (tenant) => withHonest(tenant, statusQuery, { uuid: await openFlow(tenant) }),
  },
  flowExtracts: {
    column: 'read',
    endpoint: 'flowExtracts',
    async prepare(tenant) {
      const flowUuid = await openFlow(tenant);
      await tenant.ask(uploadDocuments, { input: { flowUuid, files } });
      const isRead = `query ($uuid: String!) { waitForFlow(uuid: $uuid) { uuid } }`;
      await tenant.ask(isRead, { uuid: flowUuid });
      return withHonest(tenant, documentsQuery, { uuid: flowUuid });
    },
  },
  bulkExtracts: {
    column: 'read',
    endpoint: 'bulkExtracts',
    prepare: (tenant) => askBatch(tenant, 'BULK'),
  },
  docstreamExtracts: {
    column: 'read',
    endpoint: 'docstreamExtracts',
    prepare: (tenant) => askBatch(tenant, 'SANDBOX'),
  },
  matchAddresses: {
    column: 'match',
    endpoint: 'matchAddresses',
    prepare: (tenant) =>
      withHonest(tenant, matchQuery, { source: '1 Sample Road', target: '2 Sample Road' }),
  },
} as const satisfies Record<EndpointName | 'flowStatus of a known flow', Reach>;

/** A read that finds its token refused, so that another is asked for. */
function afterAnEnd(endpoint: EndpointName, read: EndpointName, prepare: Reach['prepare']): Reach {
  return {
    column: 'token',
    endpoint,
    async prepare(tenant) {
      const asked = await prepare(tenant);
      tenant.fault(read, { expiredToken: true }, 1);
      return asked;
    },
  };
}

/** A flow that this gateway does not know, asked for by a tenant whose token is held. */
async function askNewFlow(tenant: Faulty): Promise<Asked> {
  await openFlow(tenant);
  const uuid = await tenant.openElsewhere();
  const status = { state: 'NOT_STARTED', freshness: { stale: false } };
  return { query: statusQuery, variables: { uuid }, honest: { flow: { uuid, status } } };
}

/** A batch that has been read to its end. */
async function askBatch(tenant: Faulty, service: 'BULK' | 'SANDBOX'): Promise<Asked> {
  const { data } = await tenant.ask(createBatch, { input: { service, files } });
  const variables = { batchId: data.createBatch.batch.batchId, service };
  for (;;) {
    const asked = await withHonest(tenant, batchQuery, variables);
    if (JSON.stringify(asked.honest).includes('EXTRACTED')) return asked;
  }
}

function submitting(
  endpoint: 'uploadBulk' | 'uploadDocstream',
  service: 'BULK' | 'SANDBOX',
): Reach {
  return {
    column: 'write',
    endpoint,
    async prepare(tenant) {
      await askBatch(tenant, service);
      return { query: createBatch, variables: { input: { service, files } } };
    },
  };
}

async function withHonest(
  { ask }: Faulty,
  query: string,
  variables: Record<string, unknown>,
): Promise<Asked> {
  const { data, errors } = await ask(query, variables);
  assert.equal(errors, undefined);
  return { query, variables, honest: data };
}

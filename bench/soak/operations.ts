import type { EndpointName } from '../../src/atlas/api/endpoints.ts';

/** An operation of the load, and what it asks of Atlas. */
export interface SoakOperation {
  readonly name: string;
  readonly query: string;
  readonly endpoints: readonly EndpointName[];
}

const flowEndpoints = ['verificationToken', 'flowStatus', 'flowExtracts'] as const;
const bulkEndpoints = ['bulkToken', 'bulkExtracts'] as const;
const docstreamEndpoints = ['docstreamToken', 'docstreamExtracts'] as const;

const batchFields = 'batchId progress { arrived missing }';

/** The operations, as apps send them. */
export const operations = {
  createFlow: {
    name: 'createFlow',
    endpoints: ['verificationToken', 'initFlow'],
    query: `mutation CreateFlow($input: CreateFlowInput!) {
      createFlow(input: $input) { flow { uuid } userErrors { code } } }`,
  },
  uploadDocuments: {
    name: 'uploadDocuments',
    endpoints: ['verificationToken', 'uploadToFlow'],
    query: `mutation Upload($input: UploadDocumentsInput!) {
      uploadDocuments(input: $input) { documents { documentId } userErrors { code } } }`,
  },
  flow: {
    name: 'flow',
    endpoints: flowEndpoints,
    query: `query Flow($uuid: String!) { flow(uuid: $uuid) {
      status { state freshness { stale } }
      documents { documentId state extraction { lowestConfidence } }
      crossChecks { field passes } } }`,
  },
  flowUpdated: {
    name: 'flowUpdated',
    endpoints: flowEndpoints,
    query: `subscription Watch($uuid: String!) { flowUpdated(uuid: $uuid) {
      status { state isTerminal } } }`,
  },
  flowUpdatedWithDocuments: {
    name: 'flowUpdated with documents',
    endpoints: flowEndpoints,
    query: `subscription WatchAll($uuid: String!) { flowUpdated(uuid: $uuid) {
      status { state isTerminal } documents { documentId state } } }`,
  },
  addressMatch: {
    name: 'addressMatch',
    endpoints: ['matchAddresses'],
    query: `query Match($source: String!, $target: String!) {
      addressMatch(applicationId: "application-1", source: $source, target: $target) {
        similarityScore } }`,
  },
  createBulk: toCreateBatch('BULK', ['bulkToken', 'uploadBulk']),
  bulk: toBatch('BULK', bulkEndpoints),
  bulkUpdated: toBatchUpdated('BULK', bulkEndpoints),
  createDocstream: toCreateBatch('SANDBOX', ['docstreamToken', 'uploadDocstream']),
  docstream: toBatch('SANDBOX', docstreamEndpoints),
  docstreamUpdated: toBatchUpdated('SANDBOX', docstreamEndpoints),
} as const satisfies Record<string, SoakOperation>;

function toCreateBatch(service: string, endpoints: readonly EndpointName[]): SoakOperation {
  return {
    name: `createBatch ${service}`,
    endpoints,
    query: `mutation Create($files: [FileInput!]!) {
      createBatch(input: { service: ${service}, files: $files }) {
        batch { batchId } userErrors { code } } }`,
  };
}

function toBatch(service: string, endpoints: readonly EndpointName[]): SoakOperation {
  return {
    name: `batch ${service}`,
    endpoints,
    query: `query Batch($batchId: String!) { batch(batchId: $batchId, service: ${service}) {
      ${batchFields} documents(first: 10) { edges { node { documentId state } } } } }`,
  };
}

function toBatchUpdated(service: string, endpoints: readonly EndpointName[]): SoakOperation {
  return {
    name: `batchUpdated ${service}`,
    endpoints,
    query: `subscription WatchBatch($batchId: String!) {
      batchUpdated(batchId: $batchId, service: ${service}) { ${batchFields} } }`,
  };
}

import { journeyFiles } from './flow-topics.ts';
import { type Topic, topicOf, unknownId } from './operation.ts';

/** The pages beside the journey of one flow. */
export const moreTopics: readonly Topic[] = [
  topicOf({
    id: 'batch',
    docs: 'reference/examples',
    group: 'Batches',
    title: 'Submit a batch',
    shows: 'A batch reads documents outside any flow, with no cross-checks.',
    look: 'Look at `progress`: it counts against the files that were submitted here.',
    query: `
mutation RunBatch($input: CreateBatchInput!) {
  createBatch(input: $input) {
    batch {
      batchId
      service
      progress { submitted arrived isComplete }
    }
    userErrors { code message path }
  }
}`,
    variables: () => ({ input: { service: 'BULK', files: journeyFiles.slice(0, 2) } }),
  }),
  topicOf({
    id: 'watch-batch',
    docs: 'guides/live-status',
    group: 'Batches',
    title: 'Watch a batch',
    shows:
      'The subscription of a batch tells of each document that was read, and completes with the last.',
    look: 'Look at `arrived` and `missing` from event to event.',
    query: `
subscription WatchBatch($batchId: String!) {
  batchUpdated(batchId: $batchId) {
    progress { submitted arrived failed missing isComplete }
  }
}`,
    variables: ({ batchId }) => ({ batchId: batchId ?? unknownId }),
    needs: ['batch'],
  }),
  topicOf({
    id: 'grant',
    docs: 'guides/mobile',
    group: 'Grants',
    title: 'Issue a grant',
    shows:
      'A flow grant is a token for one flow and a short time, made for an app that must hold no key.',
    look: 'Look at `expiresAt`. Your backend hands the token to the app.',
    query: `
mutation IssueFlowGrant($input: IssueFlowGrantInput!) {
  issueFlowGrant(input: $input) {
    token
    expiresAt
    userErrors { code message path }
  }
}`,
    variables: ({ flowUuid }) => ({
      input: { flowUuid: flowUuid ?? unknownId, ttlSeconds: 900, canReadDocuments: true },
    }),
    needs: ['flow', 'files'],
  }),
  topicOf({
    id: 'bearer',
    docs: 'guides/mobile',
    group: 'Grants',
    title: 'As its bearer',
    shows: 'This operation is sent with the grant in place of your key.',
    look: 'Look at `name`: its value is masked. Ask for another flow, and there is none.',
    query: `
query SeeAsBearer($uuid: String!) {
  viewer {
    scopes
    grant { flowUuid canReadDocuments expiresAt }
  }
  flow(uuid: $uuid) {
    status { state isTerminal }
    documents {
      documentId
      state
      extraction {
        ... on IdentityExtraction { name { value } }
      }
    }
  }
}`,
    variables: ({ flowUuid }) => ({ uuid: flowUuid ?? unknownId }),
    needs: ['flow', 'files', 'grant'],
    authority: 'grant',
  }),
  topicOf({
    id: 'list',
    docs: 'reference/examples',
    group: 'The register',
    title: 'List and filter',
    shows: 'The register lists the flows that were opened through this gateway, newest first.',
    look: 'Look at `endCursor`: give it as `after` for the next page. Change the filter, or leave it out.',
    query: `
query ListFlows($first: Int!, $after: String, $filter: FlowFilter) {
  flows(first: $first, after: $after, filter: $filter) {
    edges {
      node { uuid applicationId status { state } }
    }
    pageInfo { hasNextPage endCursor }
  }
}`,
    variables: () => ({
      first: 10,
      after: null,
      filter: { states: ['NOT_STARTED', 'IN_PROGRESS', 'SUCCESS', 'FAILED'] },
    }),
  }),
  topicOf({
    id: 'viewer',
    docs: 'reference/limits',
    group: 'Good to know',
    title: 'Caller and cost',
    shows: 'The gateway tells who you are to it, your limits, and what an operation cost.',
    look: 'Look at `remaining`, and at `extensions`: planned and real calls to Atlas, and counted values.',
    query: `
query SeeViewer {
  viewer {
    tenantId
    callerId
    scopes
    limits { name limit remaining resetsAt }
  }
  atlasHealth {
    services { service state p95Ms }
  }
}`,
  }),
  topicOf({
    id: 'repeat',
    docs: 'guides/mutations',
    group: 'Good to know',
    title: 'Repeat safely',
    shows: 'Two mutations with one `idempotencyKey` are done once.',
    look: 'Look at both values of `uuid`: they are the same flow. Run it again, and it still is.',
    query: `
mutation OpenOnce($input: CreateFlowInput!) {
  first: createFlow(input: $input) {
    flow { uuid }
    userErrors { code }
  }
  again: createFlow(input: $input) {
    flow { uuid }
    userErrors { code }
  }
}`,
    variables: ({ applicationId, idempotencyKey }) => ({
      input: { applicationId: `${applicationId}-once`, idempotencyKey },
    }),
  }),
];

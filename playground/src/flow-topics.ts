import { type Topic, topicOf, unknownId } from './operation.ts';

/** The files that the journey uploads. In the sandbox the name of a file says what it is. */
export const journeyFiles = ['aadhaar.jpg', 'pan.jpg', 'delivery-order.pdf', 'invoice.pdf'].map(
  (name) => ({ documentId: name.replace(/\..*/, ''), url: `https://files.example/${name}` }),
);

const group = 'A flow';

/** The journey of one loan application, in order. */
export const flowTopics: readonly Topic[] = [
  topicOf({
    id: 'open',
    docs: 'partner/journey',
    group,
    title: 'Open a flow',
    shows: 'A flow is one loan application at Atlas, with all its documents.',
    look: 'Look at `uuid`: every other page works with the flow that was opened last.',
    query: `
mutation OpenFlow($input: CreateFlowInput!) {
  createFlow(input: $input) {
    flow {
      uuid
      status { state }
    }
    userErrors { code message path }
  }
}`,
    variables: ({ applicationId }) => ({ input: { applicationId } }),
  }),
  topicOf({
    id: 'upload',
    docs: 'partner/journey',
    group,
    title: 'Upload documents',
    shows: 'Atlas fetches each file from its address and reads it.',
    look: 'Look at `state`: PENDING until the document was read. In the sandbox the name of a file says what it is.',
    query: `
mutation UploadDocuments($input: UploadDocumentsInput!) {
  uploadDocuments(input: $input) {
    documents { documentId state }
    userErrors { code message path }
  }
}`,
    variables: ({ flowUuid }) => ({
      input: { flowUuid: flowUuid ?? unknownId, files: journeyFiles },
    }),
    needs: ['flow'],
  }),
  topicOf({
    id: 'watch',
    docs: 'guides/live-status',
    group,
    title: 'Watch it',
    shows: 'A subscription sends the flow as it is, then each change, then completes.',
    look: 'Look at the timeline: each event tells what changed. It goes on after a lost connection.',
    query: `
subscription WatchFlow($uuid: String!) {
  flowUpdated(uuid: $uuid) {
    status {
      state
      upload
      processing
      crossCheck
      isTerminal
    }
  }
}`,
    variables: ({ flowUuid }) => ({ uuid: flowUuid ?? unknownId }),
    needs: ['flow', 'files'],
  }),
  topicOf({
    id: 'read',
    docs: 'partner/journey',
    group,
    title: 'Read the result',
    shows: 'One query reads the documents, the extracted values and the cross-checks.',
    look: 'Look at `confidence`, and at `masked`: a full Aadhaar number is never shown.',
    query: `
query ReadFlow($uuid: String!) {
  flow(uuid: $uuid) {
    status { state }
    documents {
      documentId
      documentType
      failure { code reason }
      extraction {
        lowestConfidence
        ... on IdentityExtraction {
          name { value confidence }
          dateOfBirth { date }
        }
        ... on AadhaarExtraction {
          aadhaarNumber { masked }
        }
        ... on PanExtraction {
          panNumber { masked }
        }
      }
    }
    crossChecks {
      field
      similarityScore
      passes
      left { documentType }
      right { documentType }
    }
  }
}`,
    variables: ({ flowUuid }) => ({ uuid: flowUuid ?? unknownId }),
    needs: ['flow', 'files'],
  }),
  topicOf({
    id: 'match',
    docs: 'partner/journey',
    group,
    title: 'Match addresses',
    shows: 'Addresses are compared with one source; all of them leave in one call to Atlas.',
    look: 'Look at `failure`: the address that can’t be compared costs itself and no other.',
    query: `
query MatchAddresses(
  $applicationId: String!
  $source: String!
  $targets: [String!]!
) {
  addressMatches(
    applicationId: $applicationId
    source: $source
    targets: $targets
  ) {
    targetAddress
    similarityScore
    samePersonScore
    failure { code message }
  }
}`,
    variables: ({ applicationId }) => ({
      applicationId,
      source: '12 Sample Road, Testpur, 000001',
      targets: ['12 Sample Rd, Testpur 000001', '7 Other Street, Elsewhere', '??'],
    }),
  }),
  topicOf({
    id: 'timeline',
    docs: 'guides/live-status',
    group,
    title: 'Timeline',
    shows: 'The register keeps what happened to a flow: times and states, and no personal values.',
    look: 'Look at `source`: each status came by a poll or by a callback of Atlas.',
    query: `
query ReadTimeline($uuid: String!) {
  flow(uuid: $uuid) {
    timeline(first: 20) {
      edges {
        node { at kind state upload processing crossCheck source documentIds }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}`,
    variables: ({ flowUuid }) => ({ uuid: flowUuid ?? unknownId }),
    needs: ['flow', 'files'],
  }),
];

import { exampleOf, type Topic, unknownId } from './operation.ts';

/** Errors of each kind that a caller can cause, an example for each. */
export const errorTopic: Topic = {
  id: 'errors',
  group: 'Good to know',
  title: 'Errors',
  shows: 'Faults of your input are data; what could not be done is an error with a code.',
  look: 'Look at `extensions.code` and `retryable`: both are stable, and made for programs.',
  docs: 'reference/errors',
  examples: [
    exampleOf({
      title: 'userErrors',
      look: 'A fault in the input is data: its code, and the path to the argument.',
      query: `
mutation UploadPlainHttp($input: UploadDocumentsInput!) {
  uploadDocuments(input: $input) {
    documents { documentId }
    userErrors { code message path }
  }
}`,
      variables: ({ flowUuid }) => ({
        input: {
          flowUuid: flowUuid ?? unknownId,
          files: [{ documentId: 'pan', url: 'http://files.example/pan.jpg' }],
        },
      }),
      needs: ['flow'],
    }),
    exampleOf({
      title: 'BAD_USER_INPUT',
      look: 'An argument is out of its range; the message says which.',
      query: `
query AskForNone {
  flows(first: 0) { edges { cursor } }
}`,
    }),
    exampleOf({
      title: 'NOT_FOUND',
      look: 'A subscription needs a flow that exists. A query of one that does not answers null.',
      query: `
subscription WatchNoFlow {
  flowUpdated(uuid: "no-such-flow") { status { state } }
}`,
    }),
    exampleOf({
      title: 'UNAUTHENTICATED',
      look: 'This example is sent with a wrong key. Send a valid one.',
      query: `
query SeeViewerUnknown {
  viewer { callerId }
}`,
      authority: 'wrong-key',
    }),
    exampleOf({
      title: 'FORBIDDEN',
      look: 'The caller is known and may not do this: a grant opens one flow, not the list.',
      query: `
query ListAsBearer {
  flows(first: 1) { edges { cursor } }
}`,
      needs: ['flow', 'grant'],
      authority: 'grant',
    }),
    exampleOf({
      title: 'QUERY_TOO_COMPLEX',
      look: 'The operation is refused before Atlas is called: it could take 300 calls.',
      query: `
query AskForTooMuch {
  first: flows(first: 100) { edges { node { documents { state } } } }
  second: flows(first: 100) { edges { node { documents { state } } } }
  third: flows(first: 100) { edges { node { documents { state } } } }
}`,
    }),
    exampleOf({
      title: 'ATLAS_UNAVAILABLE',
      look: 'In the sandbox this application meets a busy Atlas. `retryable` is true: repeat it later.',
      query: `
query MatchWhileBusy {
  addressMatch(
    applicationId: "busy-3-playground"
    source: "12 Sample Road, Testpur"
    target: "7 Other Street"
  ) { similarityScore }
}`,
    }),
    exampleOf({
      title: 'OUTCOME_UNKNOWN',
      look: 'In the sandbox the answer to this upload is lost. The message says what to do.',
      query: `
mutation SubmitAndLose($input: CreateBatchInput!) {
  createBatch(input: $input) {
    batch { batchId }
    userErrors { code }
  }
}`,
      variables: () => ({
        input: { files: [{ documentId: 'pan', url: 'https://files.example/hang-up-pan.jpg' }] },
      }),
    }),
  ],
};

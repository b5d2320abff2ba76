import type { ReadyOperation } from './playground.ts';

export interface JourneySubjects {
  readonly applicationId: string;
  /** The flow that the first operation opens, where that is known beforehand. */
  readonly flowUuid: string;
  /** What else is worth knowing before the first operation: lines of at most 60 letters. */
  readonly remarks?: readonly string[];
}

const note = 'Run the tabs from left to right.';

/** The journey, an operation a tab: the tabs of the playground, and `docs/partner/journey.md`. */
export function createReadyOperations({
  applicationId,
  flowUuid,
  remarks = [],
}: JourneySubjects): readonly (ReadyOperation & { readonly variables: string })[] {
  const withVariables = (query: string, variables: object) => ({
    query: `${query.trim()}\n`,
    variables: JSON.stringify(variables, null, 2),
  });
  const files = ['aadhaar.jpg', 'pan.jpg', 'delivery-order.pdf', 'invoice.pdf'].map((name) => ({
    documentId: name.replace(/\..*/, ''),
    url: `https://files.example/${name}`,
  }));

  return [
    withVariables(
      `
# ${note}
# 1. Open a flow for a loan application.
${remarks.map((line) => `# ${line}\n`).join('')}mutation OpenFlow($input: CreateFlowInput!) {
  createFlow(input: $input) {
    flow {
      uuid
      status { state }
    }
    userErrors { code message path }
  }
}`,
      { input: { applicationId } },
    ),
    withVariables(
      `
# 2. Have Atlas read the documents.
# In the sandbox a file's name says what it is.
mutation UploadDocuments($input: UploadDocumentsInput!) {
  uploadDocuments(input: $input) {
    documents { documentId state }
    userErrors { code message path }
  }
}`,
      { input: { flowUuid, files } },
    ),
    withVariables(
      `
# 3. Watch the flow:
# its state now, every change, and the end.
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
      { uuid: flowUuid },
    ),
    withVariables(
      `
# 4. Read what was extracted,
# and how the documents compare.
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
      { uuid: flowUuid },
    ),
    withVariables(
      `
# 5. Match addresses.
# Comparisons with one source leave in one call.
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
      {
        applicationId,
        source: '12 Sample Road, Testpur, 000001',
        targets: ['12 Sample Rd, Testpur 000001', '7 Other Street, Elsewhere', '??'],
      },
    ),
    withVariables(
      `
# 6. Read documents outside any flow, as a batch.
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
      { input: { service: 'BULK', files: files.slice(0, 2) } },
    ),
  ];
}

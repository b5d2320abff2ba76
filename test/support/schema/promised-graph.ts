import { promisedEvents } from './promised-events.ts';

/** The promised schema, as far as it is built. The extraction types are in the catalogue. */
export const promisedGraph = /* GraphQL */ `
interface Node { id: ID! }
scalar DateTime
scalar Date
scalar URL
scalar JSONObject

type Query {
  node(id: ID!): Node
  nodes(ids: [ID!]!): [Node]!
  flow(uuid: String!): Flow
  flowsByUuid(uuids: [String!]!): [Flow]!
  waitForFlow(
    uuid: String!
    until: [FlowState!]! = [SUCCESS, FAILED]
    timeoutMs: Int! = 25000
  ): Flow
  batch(batchId: String!, service: BatchService! = BULK): Batch
  addressMatch(applicationId: String!, source: String!, target: String!): AddressMatch
  addressMatches(applicationId: String!, source: String!, targets: [String!]!): [AddressMatch!]
  documentTypes: [DocumentTypeInfo!]!
  viewer: Viewer!
  atlasHealth: AtlasHealth!
  flows(
    first: Int!
    after: String
    filter: FlowFilter
    orderBy: FlowOrder = NEWEST_FIRST
  ): FlowConnection
  events(first: Int!, after: String, filter: EventFilter): EventConnection
}
${promisedEvents}input FlowFilter {
  states: [FlowState!]
  applicationId: String
  productType: String
  createdAfter: DateTime
  createdBefore: DateTime
}
enum FlowOrder { NEWEST_FIRST OLDEST_FIRST }
type FlowConnection { edges: [FlowEdge!]! pageInfo: PageInfo! }
type FlowEdge { node: Flow! cursor: String! }
type FlowEventConnection { edges: [FlowEventEdge!]! pageInfo: PageInfo! }
type FlowEventEdge { node: FlowEvent! cursor: String! }
type FlowEvent {
  kind: FlowEventKind!
  at: DateTime!
  source: FreshnessSource
  state: FlowState
  upload: StageState
  processing: StageState
  crossCheck: StageState
  documentIds: [String!]
  failure: String
}
enum FlowEventKind { CREATED UPLOADED CHANGED CALLED_BACK FAILED GRANTED }
type Mutation {
  createFlow(input: CreateFlowInput!): CreateFlowPayload
  uploadDocuments(input: UploadDocumentsInput!): UploadDocumentsPayload
  createBatch(input: CreateBatchInput!): CreateBatchPayload
  issueFlowGrant(input: IssueFlowGrantInput!): IssueFlowGrantPayload
  revokeFlowGrants(input: RevokeFlowGrantsInput!): RevokeFlowGrantsPayload
  reauthenticate(input: ReauthenticateInput!): ReauthenticatePayload
}
type Subscription {
  flowUpdated(uuid: String!, after: Int): Flow!
  batchUpdated(batchId: String!, service: BatchService! = BULK, after: Int): Batch!
  events(after: String, kinds: [EventKind!]): EventMessage!
}

type Flow implements Node {
  id: ID!
  uuid: String!
  applicationId: String
  productType: String
  status: FlowStatus!
  documents: [Document!]
  document(documentId: String!): Document
  crossChecks(field: String, below: Int): [CrossCheck!]
  crossCheckSummary(threshold: Int! = 80): CrossCheckSummary
  timeline(first: Int!, after: String): FlowEventConnection
}
type AtlasHealth { services: [AtlasServiceHealth!]! }
type AtlasServiceHealth {
  service: AtlasService!
  state: AtlasServiceState!
  since: DateTime!
  p95Ms: Int
}
enum AtlasService { FLOWS BULK SANDBOX ADDRESSES }
enum AtlasServiceState { UP DOWN PROBING }
type FlowStatus {
  state: FlowState!
  upload: StageState!
  processing: StageState!
  crossCheck: StageState!
  isTerminal: Boolean!
  version: Int!
  freshness: Freshness!
}
enum FlowState { NOT_STARTED IN_PROGRESS SUCCESS FAILED UNKNOWN }
enum StageState { NOT_STARTED PENDING IN_PROGRESS SUCCESS COMPLETED FAILED UNKNOWN }
type Freshness {
  source: FreshnessSource!
  observedAt: DateTime!
  nextCheckAt: DateTime
  stale: Boolean!
}
enum FreshnessSource { POLL CALLBACK CACHE }

type Document implements Node {
  id: ID!
  documentId: String!
  fileUuid: String
  batchId: String
  attempt: Int!
  previous: [Document!]!
  documentType: String
  state: DocumentState!
  failure: DocumentFailure
  extraction: Extraction
}
enum DocumentState { PENDING EXTRACTED FAILED }
type DocumentFailure {
  code: DocumentFailureCode!
  rawCode: String!
  reason: String!
  isMasked: Boolean!
}
enum DocumentFailureCode { INVALID_DOC UNRECOGNISED OTHER }

interface Extraction {
  documentType: String!
  fields(names: [String!]): [ExtractedField!]!
  lowestConfidence: Float
}
interface IdentityExtraction implements Extraction {
  documentType: String!
  fields(names: [String!]): [ExtractedField!]!
  lowestConfidence: Float
  name: ExtractedText
  dateOfBirth: ExtractedDate
}
type OtherExtraction implements Extraction {
  documentType: String!
  fields(names: [String!]): [ExtractedField!]!
  lowestConfidence: Float
}
type ExtractedField {
  name: String!
  kind: FieldKind!
  value: String
  confidence: Float
  isMasked: Boolean!
}
enum FieldKind { TEXT DATE IDENTIFIER ADDRESS FLAG OTHER }
interface ExtractedValue { value: String confidence: Float isMasked: Boolean! }
type ExtractedText implements ExtractedValue {
  value: String
  confidence: Float
  isMasked: Boolean!
}
type ExtractedDate implements ExtractedValue {
  value: String
  confidence: Float
  isMasked: Boolean!
  date: Date
}
type ExtractedIdentifier implements ExtractedValue {
  value: String
  confidence: Float
  isMasked: Boolean!
  masked: String!
}
type ExtractedAddress implements ExtractedValue {
  value: String
  confidence: Float
  isMasked: Boolean!
  formatted: FormattedAddress
  match(against: String!, applicationId: String): AddressMatch
}
type FormattedAddress {
  isMasked: Boolean!
  addressLine1: String
  addressLine2: String
  city: String
  state: String
  postcode: String
}
type AadhaarNumber {
  masked: String!
  lastFour: String
  redactedImageUrl: URL
  confidence: Float
}
type DocumentTypeInfo {
  type: String!
  category: String!
  extractionType: String!
  fields: [DocumentFieldInfo!]!
}
type DocumentFieldInfo {
  name: String!
  graphqlName: String
  kind: FieldKind!
  description: String!
}

type CrossCheck {
  field: String
  left: CrossCheckSide!
  right: CrossCheckSide!
  similarityScore: Int
  passes(threshold: Int! = 80): Boolean
}
type CrossCheckSide { documentType: String value: String isMasked: Boolean! document: Document }
type CrossCheckSummary {
  total: Int!
  passed: Int!
  failed: Int!
  unscored: Int!
  lowest: CrossCheck
}

type AddressMatch {
  sourceAddress: String!
  targetAddress: String!
  isMasked: Boolean!
  similarityScore: Float
  samePersonScore: Int
  failure: AddressMatchFailure
}
type AddressMatchFailure { code: String! message: String }

enum BatchService { BULK SANDBOX }
type Batch implements Node {
  id: ID!
  batchId: String!
  service: BatchService!
  totalKnown: Int
  progress: BatchProgress
  documents(first: Int!, after: String): BatchDocumentConnection
}
type BatchProgress {
  submitted: Int!
  arrived: Int!
  failed: Int!
  missing: Int!
  isComplete: Boolean!
}
type BatchDocumentConnection { edges: [BatchDocumentEdge!]! pageInfo: PageInfo! }
type BatchDocumentEdge { node: Document! cursor: String! }
type PageInfo {
  hasNextPage: Boolean!
  hasPreviousPage: Boolean!
  startCursor: String
  endCursor: String
}

input CreateFlowInput {
  productType: String
  applicationId: String!
  flowParams: JSONObject
  callback: FlowCallbackInput
  callbackUrl: URL
  authUrl: URL
  idempotencyKey: String
  ifOpen: IfOpen! = OPEN_ANOTHER
}
input FlowCallbackInput { url: URL! authUrl: URL! }
enum IfOpen { OPEN_ANOTHER RETURN_EXISTING REFUSE }
input UploadDocumentsInput { flowUuid: String! files: [FileInput!]! idempotencyKey: String }
input CreateBatchInput {
  service: BatchService! = BULK
  productType: String
  files: [FileInput!]!
  idempotencyKey: String
}
input FileInput { documentId: String! url: URL! }
type CreateFlowPayload { flow: Flow userErrors: [UserError!]! }
type UploadDocumentsPayload { flow: Flow documents: [Document!] userErrors: [UserError!]! }
type CreateBatchPayload { batch: Batch userErrors: [UserError!]! }
type UserError { code: UserErrorCode! message: String! path: [String!]! }
enum UserErrorCode {
  REQUIRED
  EMPTY
  TOO_MANY
  TOO_LONG
  DUPLICATE
  OUT_OF_RANGE
  INVALID_URL
  FILE_URL_NOT_HTTPS
  FILE_HOST_PRIVATE
  FILE_HOST_NOT_ALLOWED
  FILE_URL_HAS_USER
  FILE_URL_EXPIRES
  FILE_REFUSED
  CALLBACK_NOT_HTTPS
  CALLBACK_HOST_PRIVATE
  CALLBACK_HOST_NOT_ALLOWED
  CALLBACK_URL_HAS_USER
  CALLBACK_URL_EXPIRES
  CALLBACK_IN_FLOW_PARAMS
  IDEMPOTENCY_KEY_REUSED
  FLOW_ALREADY_OPEN
  TOKEN_REFUSED
  NOT_FOUND
}

input ReauthenticateInput { token: String! }
type ReauthenticatePayload { expiresAt: DateTime userErrors: [UserError!]! }

input IssueFlowGrantInput {
  flowUuid: String!
  ttlSeconds: Int! = 900
  canReadDocuments: Boolean! = false
}
type IssueFlowGrantPayload { token: String expiresAt: DateTime userErrors: [UserError!]! }
input RevokeFlowGrantsInput { flowUuid: String! }
type RevokeFlowGrantsPayload { flow: Flow revokedBefore: DateTime! userErrors: [UserError!]! }
type Viewer {
  tenantId: String!
  callerId: String!
  scopes: [String!]!
  grant: ViewerGrant
  limits: [Limit!]!
}
type ViewerGrant { flowUuid: String! canReadDocuments: Boolean! expiresAt: DateTime! }
type Limit { name: String! limit: Int! remaining: Int resetsAt: DateTime }
`;

/** The fields of the extraction types on top of those of their interfaces. */
export const promisedExtractions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  AadhaarExtraction: {
    name: 'ExtractedText',
    dateOfBirth: 'ExtractedDate',
    aadhaarNumber: 'AadhaarNumber',
    address: 'ExtractedAddress',
  },
  PanExtraction: {
    name: 'ExtractedText',
    dateOfBirth: 'ExtractedDate',
    fatherName: 'ExtractedText',
    panNumber: 'ExtractedIdentifier',
    documentQualityFlag: 'ExtractedText',
  },
  DrivingLicenseExtraction: {
    name: 'ExtractedText',
    dateOfBirth: 'ExtractedDate',
    licenseNumber: 'ExtractedIdentifier',
    dateOfIssue: 'ExtractedDate',
    dateOfExpiry: 'ExtractedDate',
    state: 'ExtractedText',
  },
  VoterIdExtraction: {
    name: 'ExtractedText',
    dateOfBirth: 'ExtractedDate',
    voterId: 'ExtractedIdentifier',
    gender: 'ExtractedText',
  },
  PassportExtraction: {
    name: 'ExtractedText',
    dateOfBirth: 'ExtractedDate',
    passportNumber: 'ExtractedIdentifier',
    placeOfBirth: 'ExtractedText',
    gender: 'ExtractedText',
    dateOfIssue: 'ExtractedDate',
    dateOfExpiry: 'ExtractedDate',
    placeOfIssue: 'ExtractedText',
  },
  GstCertificateExtraction: {
    gstNumber: 'ExtractedIdentifier',
    legalName: 'ExtractedText',
    address: 'ExtractedAddress',
    dateOfIssue: 'ExtractedDate',
    constitutionOfBusiness: 'ExtractedText',
  },
  InvoiceExtraction: { customerName: 'ExtractedText', dealerAddress: 'ExtractedAddress' },
  DeliveryOrderExtraction: { customerName: 'ExtractedText', dealerAddress: 'ExtractedAddress' },
};

/** The events of the promised graph. */
export const promisedEvents = /* GraphQL */ `
input EventFilter {
  kinds: [EventKind!]
  flowUuid: String
  applicationId: String
  since: DateTime
}
type EventConnection { edges: [EventEdge!]! pageInfo: PageInfo! }
type EventEdge { node: Event! cursor: String! }
interface Event {
  id: ID!
  at: DateTime!
  cursor: String!
  kind: EventKind!
  flow: Flow
  batch: Batch
}
enum EventKind {
  FLOW_OPENED
  DOCUMENTS_SUBMITTED
  FLOW_STATUS_CHANGED
  DOCUMENT_EXTRACTED
  DOCUMENT_FAILED
  FLOW_ENDED
  BATCH_PROGRESSED
  BATCH_ENDED
  CALLBACK_RECEIVED
  GRANT_ISSUED
  GRANTS_REVOKED
}
type EventsUnavailable { oldestCursor: String }
union EventMessage =
  | FlowOpened
  | DocumentsSubmitted
  | FlowStatusChanged
  | DocumentExtracted
  | DocumentFailed
  | FlowEnded
  | BatchProgressed
  | BatchEnded
  | CallbackReceived
  | GrantIssued
  | GrantsRevoked
  | EventsUnavailable
type FlowOpened implements Event { id: ID! at: DateTime! cursor: String! kind: EventKind! flow: Flow batch: Batch }
type CallbackReceived implements Event { id: ID! at: DateTime! cursor: String! kind: EventKind! flow: Flow batch: Batch }
type GrantIssued implements Event { id: ID! at: DateTime! cursor: String! kind: EventKind! flow: Flow batch: Batch }
type DocumentsSubmitted implements Event { id: ID! at: DateTime! cursor: String! kind: EventKind! flow: Flow batch: Batch documentIds: [String!]! }
type FlowStatusChanged implements Event { id: ID! at: DateTime! cursor: String! kind: EventKind! flow: Flow batch: Batch state: FlowState! upload: StageState! processing: StageState! crossCheck: StageState! version: Int! source: FreshnessSource }
type DocumentExtracted implements Event { id: ID! at: DateTime! cursor: String! kind: EventKind! flow: Flow batch: Batch documentId: String! }
type DocumentFailed implements Event { id: ID! at: DateTime! cursor: String! kind: EventKind! flow: Flow batch: Batch documentId: String! }
type FlowEnded implements Event { id: ID! at: DateTime! cursor: String! kind: EventKind! flow: Flow batch: Batch state: FlowState! version: Int! }
type BatchProgressed implements Event { id: ID! at: DateTime! cursor: String! kind: EventKind! flow: Flow batch: Batch arrived: Int! failed: Int! missing: Int! version: Int! }
type BatchEnded implements Event { id: ID! at: DateTime! cursor: String! kind: EventKind! flow: Flow batch: Batch arrived: Int! failed: Int! missing: Int! version: Int! }
type GrantsRevoked implements Event { id: ID! at: DateTime! cursor: String! kind: EventKind! flow: Flow batch: Batch revokedBefore: DateTime! }
`;

import DataLoader from 'dataloader';
import type { WireCrossCheck, WireDocument } from '../http/papers.ts';
import type { AddressesToMatch, BareAtlas, WireMatch } from './atlas.ts';
import { toFields, toLowestConfidence, toStatusAnswer } from './shapes.ts';

/** The part of the gateway's graph that the benchmark asks for, in its own words. */
export const typeDefs = `
  enum FlowState { NOT_STARTED IN_PROGRESS SUCCESS FAILED UNKNOWN }
  enum StageState { NOT_STARTED PENDING IN_PROGRESS SUCCESS COMPLETED FAILED UNKNOWN }
  enum DocumentState { PENDING EXTRACTED FAILED }
  type FlowStatus {
    state: FlowState!
    upload: StageState!
    processing: StageState!
    crossCheck: StageState!
    isTerminal: Boolean!
  }
  type ExtractedField { name: String! value: String confidence: Float }
  type Extraction { documentType: String! lowestConfidence: Float fields: [ExtractedField!]! }
  type Document {
    documentId: String!
    documentType: String
    state: DocumentState!
    extraction: Extraction
  }
  type CrossCheckSide { documentType: String value: String }
  type CrossCheck {
    field: String
    similarityScore: Int
    left: CrossCheckSide!
    right: CrossCheckSide!
  }
  type Flow {
    uuid: String!
    status: FlowStatus!
    documents: [Document!]
    crossChecks: [CrossCheck!]
  }
  type AddressMatchFailure { code: String! }
  type AddressMatch {
    sourceAddress: String!
    targetAddress: String!
    similarityScore: Float
    samePersonScore: Int
    failure: AddressMatchFailure
  }
  type Query {
    flow(uuid: String!): Flow
    flowsByUuid(uuids: [String!]!): [Flow]!
    addressMatches(applicationId: String!, source: String!, targets: [String!]!): [AddressMatch!]!
  }
`;

/** The flows that an operation reads, each once. */
export interface PeerContext {
  readonly atlas: BareAtlas;
  readonly status: DataLoader<string, Awaited<ReturnType<BareAtlas['status']>>>;
  readonly extracts: DataLoader<string, Awaited<ReturnType<BareAtlas['extracts']>>>;
}

/** The loaders of one operation. */
export function createPeerContext(atlas: BareAtlas): PeerContext {
  return {
    atlas,
    status: new DataLoader((uuids) => Promise.all(uuids.map(atlas.status))),
    extracts: new DataLoader((uuids) => Promise.all(uuids.map(atlas.extracts))),
  };
}

interface FlowNode {
  readonly uuid: string;
}

/** A flow's status and its extracts are asked for at once, each where its field is selected. */
export const resolvers = {
  Query: {
    flow: (_root: unknown, { uuid }: FlowNode): FlowNode => ({ uuid }),
    flowsByUuid: (_root: unknown, { uuids }: { uuids: readonly string[] }): FlowNode[] =>
      uuids.map((uuid) => ({ uuid })),
    addressMatches: (_root: unknown, addresses: AddressesToMatch, { atlas }: PeerContext) =>
      atlas.match(addresses),
  },
  Flow: {
    status: async ({ uuid }: FlowNode, _args: unknown, { status }: PeerContext) =>
      toStatusAnswer(await status.load(uuid)),
    documents: async ({ uuid }: FlowNode, _args: unknown, { extracts }: PeerContext) =>
      (await extracts.load(uuid)).ocr_data,
    crossChecks: async ({ uuid }: FlowNode, _args: unknown, { extracts }: PeerContext) =>
      (await extracts.load(uuid)).cross_checks,
  },
  Document: {
    documentId: (document: WireDocument) => document.document_id,
    documentType: (document: WireDocument) => document.document_type,
    state: (document: WireDocument) => (document.error_code === '' ? 'EXTRACTED' : 'FAILED'),
    extraction: (document: WireDocument) => document,
  },
  Extraction: {
    documentType: (document: WireDocument) => document.document_type,
    lowestConfidence: toLowestConfidence,
    fields: toFields,
  },
  CrossCheck: {
    similarityScore: (check: WireCrossCheck) => check.similarity_score,
    left: (check: WireCrossCheck) => ({
      documentType: check.document_type_1,
      value: check.value_1,
    }),
    right: (check: WireCrossCheck) => ({
      documentType: check.document_type_2,
      value: check.value_2,
    }),
  },
  AddressMatch: {
    sourceAddress: (match: WireMatch) => match.source_address,
    targetAddress: (match: WireMatch) => match.target_address,
    similarityScore: (match: WireMatch) => match.similarity_score,
    samePersonScore: (match: WireMatch) => match.same_person_score,
    failure: (match: WireMatch) => (match.error_code === '' ? null : { code: match.error_code }),
  },
};

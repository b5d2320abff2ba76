import type { AddressMatchFailure, AddressMatchRecord } from '../atlas/answers/address-matches.ts';
import type { DocumentField, DocumentType } from '../atlas/api/document-types.ts';
import { type BatchService, batchServices } from '../atlas/atlas.ts';
import type { ServiceHealth } from '../atlas/resilience/circuits.ts';
import type { FlowGrant } from '../identity/flow-grants.ts';
import type { Principal } from '../identity/principal.ts';
import type { BatchProgress } from '../live/batch-progress.ts';
import type { FlowProgress } from '../live/flow-progress.ts';
import type { Snapshot } from '../live/known-states.ts';
import type { RedactedValue } from '../privacy/redaction.ts';
import type { LoggedEvent } from '../store/event-log.ts';
import type { FlowEntry, Receipt } from '../store/store.ts';
import { builder } from './builder.ts';
import type { LimitView } from './operation/context.ts';
import type { DocumentOwner } from './operation/document-owner.ts';
import type { FoundFlow } from './operation/loaders.ts';
import type {
  PersonalCrossCheck,
  PersonalDocument,
  PersonalField,
  PersonalSide,
} from './operation/redacted-records.ts';

/** A flow of the register; Atlas is asked for it only where it must be. */
export interface ListedFlow {
  readonly uuid: string;
  readonly snapshot: null;
  readonly entry: FlowEntry;
}
/** The source value of the GraphQL type `Flow`. */
export type FlowNode = FoundFlow | ListedFlow;
/** The source value of the GraphQL type `Document`. */
export interface DocumentNode {
  readonly record: PersonalDocument;
  readonly owner: DocumentOwner;
  /** Where Atlas's extracts leave out its ids, they are those it gave at the upload. */
  readonly receipt?: Receipt | undefined;
  /** Which attempt of the document it is, from 1. */
  readonly attempt: number;
  /** Earlier attempts, the oldest first; undefined where Atlas was not asked for them. */
  readonly previous?: readonly DocumentNode[];
  /** Whether a later attempt has taken its place. */
  readonly isEarlier?: boolean;
}
/** The values extracted from one document. */
export type ExtractionNode = DocumentNode & { readonly documentType: string };
/** One extracted value, and the document it stands in. */
export interface ExtractedNode {
  readonly field: PersonalField;
  readonly document: DocumentNode;
}
/** The source value of the GraphQL type `CrossCheck`. */
export interface CrossCheckNode {
  readonly record: PersonalCrossCheck;
  readonly flowUuid: string;
}
/** The source value of the GraphQL type `CrossCheckSide`. */
export interface CrossCheckSideNode {
  readonly side: PersonalSide;
  readonly flowUuid: string;
}
/** The source value of the GraphQL type `AddressMatch`. */
export interface AddressMatchNode {
  readonly record: AddressMatchRecord;
  readonly source: string;
  readonly target: RedactedValue;
}
/** The source value of the GraphQL type `Batch`. */
export interface BatchNode {
  readonly service: BatchService;
  readonly batchId: string;
  /** The counts of a watcher; undefined where the pages are counted on read. */
  readonly progress?: BatchProgress;
}
/** An error in the input of a mutation. */
export interface UserError {
  readonly code: UserErrorCode;
  readonly message: string;
  readonly path: readonly string[];
}
/** The code of an error in the input of a mutation. */
export type UserErrorCode =
  | 'REQUIRED'
  | 'EMPTY'
  | 'TOO_MANY'
  | 'TOO_LONG'
  | 'DUPLICATE'
  | 'OUT_OF_RANGE'
  | 'INVALID_URL'
  | 'FILE_URL_NOT_HTTPS'
  | 'FILE_HOST_PRIVATE'
  | 'FILE_HOST_NOT_ALLOWED'
  | 'FILE_URL_HAS_USER'
  | 'FILE_URL_EXPIRES'
  | 'FILE_REFUSED'
  | 'CALLBACK_NOT_HTTPS'
  | 'CALLBACK_HOST_PRIVATE'
  | 'CALLBACK_HOST_NOT_ALLOWED'
  | 'CALLBACK_URL_HAS_USER'
  | 'CALLBACK_URL_EXPIRES'
  | 'CALLBACK_IN_FLOW_PARAMS'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'FLOW_ALREADY_OPEN'
  | 'TOKEN_REFUSED'
  | 'NOT_FOUND';

/* The graph, one line a type. */
export const FlowRef = builder.objectRef<FlowNode>('Flow');
/** The builder's reference of the GraphQL type `FlowStatus`. */
export const FlowStatusRef = builder.objectRef<Snapshot<FlowProgress>>('FlowStatus');
/** The builder's reference of the GraphQL type `Freshness`. */
export const FreshnessRef = builder.objectRef<Snapshot<unknown>>('Freshness');
/** The builder's reference of the GraphQL type `Document`. */
export const DocumentRef = builder.objectRef<DocumentNode>('Document');
/** The builder's reference of the GraphQL type `DocumentFailure`. */
export const DocumentFailureRef =
  builder.objectRef<NonNullable<PersonalDocument['failure']>>('DocumentFailure');
/** The builder's reference of the GraphQL type `Extraction`. */
export const ExtractionRef = builder.interfaceRef<ExtractionNode>('Extraction');
/** The builder's reference of the GraphQL type `IdentityExtraction`. */
export const IdentityExtractionRef = builder.interfaceRef<ExtractionNode>('IdentityExtraction');
/** The builder's reference of the GraphQL type `ExtractedField`. */
export const ExtractedFieldRef = builder.objectRef<ExtractedNode>('ExtractedField');
/** The builder's reference of the GraphQL type `ExtractedValue`. */
export const ExtractedValueRef = builder.interfaceRef<ExtractedNode>('ExtractedValue');
/** The builder's reference of the GraphQL type `ExtractedText`. */
export const ExtractedTextRef = builder.objectRef<ExtractedNode>('ExtractedText');
/** The builder's reference of the GraphQL type `ExtractedDate`. */
export const ExtractedDateRef = builder.objectRef<ExtractedNode>('ExtractedDate');
/** The builder's reference of the GraphQL type `ExtractedIdentifier`. */
export const ExtractedIdentifierRef = builder.objectRef<ExtractedNode>('ExtractedIdentifier');
/** The builder's reference of the GraphQL type `ExtractedAddress`. */
export const ExtractedAddressRef = builder.objectRef<ExtractedNode>('ExtractedAddress');
/** The builder's reference of the GraphQL type `FormattedAddress`. */
export const FormattedAddressRef =
  builder.objectRef<ReadonlyMap<string, RedactedValue>>('FormattedAddress');
/** The builder's reference of the GraphQL type `AadhaarNumber`. */
export const AadhaarNumberRef = builder.objectRef<ExtractedNode>('AadhaarNumber');
/** The builder's reference of the GraphQL type `CrossCheck`. */
export const CrossCheckRef = builder.objectRef<CrossCheckNode>('CrossCheck');
/** The builder's reference of the GraphQL type `CrossCheckSide`. */
export const CrossCheckSideRef = builder.objectRef<CrossCheckSideNode>('CrossCheckSide');
/** The builder's reference of the GraphQL type `CrossCheckSummary`. */
export const CrossCheckSummaryRef = builder.objectRef<{
  readonly checks: readonly CrossCheckNode[];
  readonly threshold: number;
}>('CrossCheckSummary');
/** The builder's reference of the GraphQL type `AddressMatch`. */
export const AddressMatchRef = builder.objectRef<AddressMatchNode>('AddressMatch');
/** The builder's reference of the GraphQL type `AddressMatchFailure`. */
export const AddressMatchFailureRef = builder.objectRef<AddressMatchFailure>('AddressMatchFailure');
/** The builder's reference of the GraphQL type `Batch`. */
export const BatchRef = builder.objectRef<BatchNode>('Batch');
/** The builder's reference of the GraphQL type `BatchProgress`. */
export const BatchProgressRef = builder.objectRef<
  BatchProgress & { readonly submitted: number; readonly missing: number }
>('BatchProgress');
/** The builder's reference of the GraphQL interface `Event`. */
export const EventRef = builder.interfaceRef<LoggedEvent>('Event');
/** The builder's reference of the GraphQL type `DocumentTypeInfo`. */
export const DocumentTypeInfoRef = builder.objectRef<DocumentType>('DocumentTypeInfo');
/** The builder's reference of the GraphQL type `DocumentFieldInfo`. */
export const DocumentFieldInfoRef = builder.objectRef<DocumentField>('DocumentFieldInfo');
/** The builder's reference of the GraphQL type `Viewer`. */
export const ViewerRef = builder.objectRef<Principal>('Viewer');
/** The builder's reference of the GraphQL type `ViewerGrant`. */
export const ViewerGrantRef = builder.objectRef<FlowGrant>('ViewerGrant');
/** The builder's reference of the GraphQL type `Limit`. */
export const LimitRef = builder.objectRef<LimitView>('Limit');
/** The builder's reference of the GraphQL type `AtlasHealth`. */
export const AtlasHealthRef = builder.objectRef<readonly ServiceHealth[]>('AtlasHealth');
/** The builder's reference of the GraphQL type `AtlasServiceHealth`. */
export const AtlasServiceHealthRef = builder.objectRef<ServiceHealth>('AtlasServiceHealth');
/** The builder's reference of the GraphQL type `UserError`. */
export const UserErrorRef = builder.objectRef<UserError>('UserError');

/** The builder's reference of the GraphQL type `BatchService`. */
export const BatchServiceRef = builder.enumType('BatchService', {
  description: 'The two services that take batches of documents outside any flow.',
  values: {
    BULK: { value: batchServices[0], description: 'The bulk API, for production.' },
    SANDBOX: {
      value: batchServices[1],
      description: 'The sandbox API, for trying out extraction.',
    },
  } as const,
});

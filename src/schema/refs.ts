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
export type FlowNode = FoundFlow | ListedFlow;
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
export interface CrossCheckNode {
  readonly record: PersonalCrossCheck;
  readonly flowUuid: string;
}
export interface CrossCheckSideNode {
  readonly side: PersonalSide;
  readonly flowUuid: string;
}
export interface AddressMatchNode {
  readonly record: AddressMatchRecord;
  readonly source: string;
  readonly target: RedactedValue;
}
export interface BatchNode {
  readonly service: BatchService;
  readonly batchId: string;
  /** The counts of a watcher; undefined where the pages are counted on read. */
  readonly progress?: BatchProgress;
}
export interface UserError {
  readonly code: UserErrorCode;
  readonly message: string;
  readonly path: readonly string[];
}
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
export const FlowStatusRef = builder.objectRef<Snapshot<FlowProgress>>('FlowStatus');
export const FreshnessRef = builder.objectRef<Snapshot<unknown>>('Freshness');
export const DocumentRef = builder.objectRef<DocumentNode>('Document');
export const DocumentFailureRef =
  builder.objectRef<NonNullable<PersonalDocument['failure']>>('DocumentFailure');
export const ExtractionRef = builder.interfaceRef<ExtractionNode>('Extraction');
export const IdentityExtractionRef = builder.interfaceRef<ExtractionNode>('IdentityExtraction');
export const ExtractedFieldRef = builder.objectRef<ExtractedNode>('ExtractedField');
export const ExtractedValueRef = builder.interfaceRef<ExtractedNode>('ExtractedValue');
export const ExtractedTextRef = builder.objectRef<ExtractedNode>('ExtractedText');
export const ExtractedDateRef = builder.objectRef<ExtractedNode>('ExtractedDate');
export const ExtractedIdentifierRef = builder.objectRef<ExtractedNode>('ExtractedIdentifier');
export const ExtractedAddressRef = builder.objectRef<ExtractedNode>('ExtractedAddress');
export const FormattedAddressRef =
  builder.objectRef<ReadonlyMap<string, RedactedValue>>('FormattedAddress');
export const AadhaarNumberRef = builder.objectRef<ExtractedNode>('AadhaarNumber');
export const CrossCheckRef = builder.objectRef<CrossCheckNode>('CrossCheck');
export const CrossCheckSideRef = builder.objectRef<CrossCheckSideNode>('CrossCheckSide');
export const CrossCheckSummaryRef = builder.objectRef<{
  readonly checks: readonly CrossCheckNode[];
  readonly threshold: number;
}>('CrossCheckSummary');
export const AddressMatchRef = builder.objectRef<AddressMatchNode>('AddressMatch');
export const AddressMatchFailureRef = builder.objectRef<AddressMatchFailure>('AddressMatchFailure');
export const BatchRef = builder.objectRef<BatchNode>('Batch');
export const BatchProgressRef = builder.objectRef<
  BatchProgress & { readonly submitted: number; readonly missing: number }
>('BatchProgress');
export const DocumentTypeInfoRef = builder.objectRef<DocumentType>('DocumentTypeInfo');
export const DocumentFieldInfoRef = builder.objectRef<DocumentField>('DocumentFieldInfo');
export const ViewerRef = builder.objectRef<Principal>('Viewer');
export const ViewerGrantRef = builder.objectRef<FlowGrant>('ViewerGrant');
export const LimitRef = builder.objectRef<LimitView>('Limit');
export const AtlasHealthRef = builder.objectRef<readonly ServiceHealth[]>('AtlasHealth');
export const AtlasServiceHealthRef = builder.objectRef<ServiceHealth>('AtlasServiceHealth');
export const UserErrorRef = builder.objectRef<UserError>('UserError');

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

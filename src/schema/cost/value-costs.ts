import { type GraphQLField, type GraphQLObjectType, getNamedType } from 'graphql';

/** The arguments of a field as they were sent, unchecked, with the defaults of those left out. */
export type SentArguments = Readonly<Record<string, unknown>>;

/** How many entries a list holds, from the arguments of its field and the files of a mutation. */
type ListSize = number | ((args: SentArguments, files: number) => number);

/* Sizes that only Atlas knows are estimates: typical ones, rounded up. */
const documentsPerFlow = 20;
const checksPerFlow = 20;
const fieldsPerDocument = 6;

/** Faults that one file of an upload may have: in its id, in its address, and as a duplicate. */
const faultsPerFile = 3;
const ofFiles = (_: SentArguments, files: number) => 1 + faultsPerFile * files;

/** No connection of the graph has longer pages. */
const mostEntriesPerPage = 500;

/**
 * The sizes of the lists of the graph, by type and field; a row of an interface holds for its types.
 * Lists of connections are not here: they are as long as the page that is asked for.
 */
const listSizes: Readonly<Record<string, ListSize>> = {
  'Query.nodes': ({ ids }) => lengthOf(ids),
  'Query.flowsByUuid': ({ uuids }) => lengthOf(uuids),
  'Query.addressMatches': ({ targets }) => lengthOf(targets),
  'Query.documentTypes': 40,
  'DocumentTypeInfo.fields': 3,
  'Flow.documents': documentsPerFlow,
  'Document.previous': 2,
  'Flow.crossChecks': checksPerFlow,
  'FlowEvent.documentIds': documentsPerFlow,
  'DocumentsSubmitted.documentIds': documentsPerFlow,
  'Extraction.fields': ({ names }) =>
    Array.isArray(names) ? Math.min(names.length, fieldsPerDocument) : fieldsPerDocument,
  'UploadDocumentsPayload.documents': documentsPerFlow,
  'CreateFlowPayload.userErrors': 1,
  'UploadDocumentsPayload.userErrors': ofFiles,
  'CreateBatchPayload.userErrors': ofFiles,
  'IssueFlowGrantPayload.userErrors': 1,
  'RevokeFlowGrantsPayload.userErrors': 1,
  'ReauthenticatePayload.userErrors': 1,
  'UserError.path': 4,
  'Viewer.scopes': 10,
  'Viewer.limits': 5,
  'AtlasHealth.services': 5,
  '__Schema.types': 100,
  '__Schema.directives': 6,
  '__Type.fields': 8,
  '__Type.interfaces': 1,
  '__Type.possibleTypes': 2,
  '__Type.enumValues': 6,
  '__Type.inputFields': 4,
  '__Field.args': 2,
  '__Directive.args': 2,
  '__Directive.locations': 4,
};

/** A list without a row counts as so long. */
const otherListSize = 10;

/** A page of the register takes as long to read as so many values take to show. */
const registerPage = 50;
/** One record of the register, which is often in memory. */
const registerRecord = 5;

/** The work that a field causes beside the values it shows, in values, by type and field. */
const work: Readonly<Record<string, number>> = {
  'Query.flows': registerPage,
  'Query.events': registerPage,
  'Flow.timeline': registerPage,
  'Event.flow': registerRecord,
  'Flow.applicationId': registerRecord,
  'Flow.productType': registerRecord,
  'Flow.documents': registerRecord,
  // The next four look through a list of which they show one entry, or none.
  'Flow.document': registerRecord + documentsPerFlow,
  'Flow.crossCheckSummary': checksPerFlow,
  'CrossCheckSide.document': registerRecord + documentsPerFlow,
  'Extraction.lowestConfidence': fieldsPerDocument,
  'Batch.progress': registerRecord,
};

/** The number of entries of a list field, from its arguments. */
export function listSizeOf(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
): ListSize {
  return rowOf(listSizes, type, field.name) ?? otherListSize;
}

/** Whether a list field has a row of its own, or is part of a page. */
export function hasListSize(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
): boolean {
  return isConnection(type.name) || rowOf(listSizes, type, field.name) !== undefined;
}

/** The work of a field beside the values it shows, in values; 0 for most. */
export function workOf(type: GraphQLObjectType, fieldName: string): number {
  return rowOf(work, type, fieldName) ?? 0;
}

/** Whether the lists of a type are as long as the page that its field was asked for. */
export function isConnection(typeName: string): boolean {
  return typeName.endsWith('Connection');
}

/** Whether a field answers with a page of a connection. */
export function isPaged({ type }: GraphQLField<unknown, unknown>): boolean {
  return isConnection(getNamedType(type).name);
}

/** How many entries the page has that a field of a connection is asked for. */
export function pageSizeOf({ first, last }: SentArguments): number {
  const pageSize = typeof first === 'number' ? first : last;
  return typeof pageSize === 'number' ? Math.min(Math.max(pageSize, 0), mostEntriesPerPage) : 0;
}

/** No upload has more files. */
const mostFiles = 100;

/** How many files a field of a mutation is given, from its arguments. */
export function fileCountOf({ input }: SentArguments): number {
  const files =
    typeof input === 'object' && input !== null && 'files' in input ? input.files : null;
  return Math.min(lengthOf(files), mostFiles);
}

function rowOf<Row>(
  rows: Readonly<Record<string, Row>>,
  type: GraphQLObjectType,
  fieldName: string,
): Row | undefined {
  const own = rows[`${type.name}.${fieldName}`];
  if (own !== undefined) return own;
  const holder = type
    .getInterfaces()
    .find(({ name }) => Object.hasOwn(rows, `${name}.${fieldName}`));
  return holder && rows[`${holder.name}.${fieldName}`];
}

/** A value in place of a list stands for a list of one (GraphQL, 3.11). */
function lengthOf(value: unknown): number {
  if (value == null) return 0;
  return Array.isArray(value) ? value.length : 1;
}

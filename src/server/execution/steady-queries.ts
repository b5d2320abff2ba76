import {
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/** Fields that have the same value as long as the status and the extracts of a flow are the same. */
const ofFlows: Readonly<Record<string, ReadonlySet<string>>> = {
  Query: new Set(['flow', 'flowsByUuid', 'documentTypes']),
  Flow: new Set([
    'id',
    'uuid',
    'status',
    'documents',
    'document',
    'crossChecks',
    'crossCheckSummary',
  ]),
  // A match with another address takes a call to Atlas.
  ExtractedAddress: new Set(['value', 'isMasked', 'confidence', 'formatted']),
};

/** Types of which every field is such. */
const wholeTypes =
  /^(Node|FlowStatus|Freshness|Document|DocumentFailure|DocumentTypeInfo|DocumentFieldInfo|CrossCheck(Side|Summary)?|\w*Extraction|ExtractedValue|ExtractedField|ExtractedText|ExtractedDate|ExtractedIdentifier|FormattedAddress|AadhaarNumber)$/;

/**
 * Whether a valid operation selects only fields that depend on the cached records of its flows: none
 * about the time, the caller, other callers' work, or a call to Atlas.
 */
export function isCacheable(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): boolean {
  if (operation.operation !== 'query') return false;
  const types = new TypeInfo(schema);
  let isEach = true;
  const enter = ({ name: { value: name } }: { readonly name: { readonly value: string } }) => {
    const parent = types.getParentType()?.name ?? '';
    isEach &&= name === '__typename' || wholeTypes.test(parent) || !!ofFlows[parent]?.has(name);
  };
  visit(document, visitWithTypeInfo(types, { Field: enter }));
  return isEach;
}

import {
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/** Fields that say the same of a flow for as long as its status and its extracts are the same. */
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
  // Not how it matches another: that is asked of Atlas.
  ExtractedAddress: new Set(['value', 'isMasked', 'confidence', 'formatted']),
};

/** Types of which that is so of every field. */
const wholeTypes =
  /^(Node|FlowStatus|Freshness|Document|DocumentFailure|DocumentTypeInfo|DocumentFieldInfo|CrossCheck(Side|Summary)?|\w*Extraction|ExtractedValue|ExtractedField|ExtractedText|ExtractedDate|ExtractedIdentifier|FormattedAddress|AadhaarNumber)$/;

/**
 * Whether a valid operation asks for nothing but what stands still while what is known of its flows
 * does: not for the time, the caller, other callers' doings, or what only Atlas can tell.
 */
export function isSteady(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): boolean {
  if (operation.operation !== 'query') return false;
  const types = new TypeInfo(schema);
  let isSo = true;
  const enter = ({ name: { value: name } }: { readonly name: { readonly value: string } }) => {
    const parent = types.getParentType()?.name ?? '';
    isSo &&= name === '__typename' || wholeTypes.test(parent) || !!ofFlows[parent]?.has(name);
  };
  visit(document, visitWithTypeInfo(types, { Field: enter }));
  return isSo;
}

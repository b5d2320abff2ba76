import {
  type DocumentType,
  documentTypeRow,
  documentTypes,
  type FieldKind,
} from '../../atlas/api/document-types.ts';
import { builder } from '../builder.ts';
import {
  AadhaarNumberRef,
  DocumentFieldInfoRef,
  DocumentTypeInfoRef,
  ExtractedAddressRef,
  ExtractedDateRef,
  ExtractedFieldRef,
  ExtractedIdentifierRef,
  type ExtractedNode,
  ExtractedTextRef,
  type ExtractionNode,
  ExtractionRef,
  IdentityExtractionRef,
} from '../refs.ts';

const otherTypeName = 'OtherExtraction';

/** The GraphQL type that holds a document type's extraction. */
function extractionTypeName(row: DocumentType | undefined): string {
  return row?.graphqlName ? `${row.graphqlName}Extraction` : otherTypeName;
}

function fieldName(field: { name: string; graphqlName?: string | undefined }): string {
  return (
    field.graphqlName ?? field.name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
  );
}

function extracted(extraction: ExtractionNode, name: string): ExtractedNode | null {
  const field = extraction.record.fields.find((candidate) => candidate.name === name);
  return field ? { field, document: extraction } : null;
}

const FieldKindRef = builder.enumType('FieldKind', {
  description: 'The kind of datum that a field holds.',
  values: {
    TEXT: { description: 'A name or another free text.' },
    DATE: { description: 'A date.' },
    IDENTIFIER: { description: 'A number or code that identifies someone or something.' },
    ADDRESS: { description: 'An address, as one text or in its parts.' },
    FLAG: { description: 'A word out of a small set, such as a quality flag.' },
    OTHER: { description: 'The gateway does not know the field.' },
  } as const,
});

const publicKinds = {
  text: 'TEXT',
  date: 'DATE',
  identifier: 'IDENTIFIER',
  aadhaar: 'IDENTIFIER',
  address: 'ADDRESS',
  address_object: 'ADDRESS',
  flag: 'FLAG',
} as const satisfies Record<FieldKind, string>;

ExtractedFieldRef.implement({
  description: "A field of a document under Atlas's own name.",
  fields: (t) => ({
    name: t.string({
      description:
        "Atlas's name for the field; `unnamed` without `pii:read` where it may be a person's name or identifier.",
      resolve: ({ field }) => field.shownName,
    }),
    kind: t.field({
      type: FieldKindRef,
      description: 'The kind of datum that the field holds.',
      resolve: ({ field }) => (field.kind ? publicKinds[field.kind] : 'OTHER'),
    }),
    value: t.string({
      nullable: true,
      description:
        'The value as it was read, an object as JSON; null when it could not be read. Masked without `pii:read`.',
      resolve: ({ field }) => field.value.read(),
    }),
    confidence: t.float({
      nullable: true,
      description: 'How certain Atlas is of the value, 0 to 1.',
      resolve: ({ field }) => field.confidence,
    }),
    isMasked: t.boolean({
      description: 'Whether part of the value is masked.',
      resolve: ({ field }) => field.value.isMasked,
    }),
  }),
});

ExtractionRef.implement({
  description: 'The values read from a document.',
  resolveType: ({ documentType }) => extractionTypeName(documentTypeRow(documentType)),
  fields: (t) => ({
    documentType: t.string({
      description:
        "Atlas's name for the type; UNKNOWN when it gave none, and without `pii:read` where it may be a person's name or identifier.",
      resolve: ({ record }) => record.shownType ?? 'UNKNOWN',
    }),
    fields: t.field({
      type: [ExtractedFieldRef],
      description: 'Every field Atlas returned, known to this gateway or not.',
      args: { names: t.arg.stringList({ description: "Only these, by Atlas's names." }) },
      resolve: (extraction, { names }) => {
        const { fields } = extraction.record;
        const selected =
          names == null ? fields : fields.filter(({ shownName }) => names.includes(shownName));
        return selected.map((field) => ({ field, document: extraction }));
      },
    }),
    lowestConfidence: t.float({
      nullable: true,
      description: 'The confidence of the least certain field, 0 to 1; null when none has one.',
      resolve: ({ record }) => {
        let lowest: number | null = null;
        for (const { confidence } of record.fields) {
          if (confidence !== null && confidence < (lowest ?? Infinity)) lowest = confidence;
        }
        return lowest;
      },
    }),
  }),
});

/** Fields that every identity document has, under the names that Atlas gives them by type. */
IdentityExtractionRef.implement({
  description: 'The values read from an identity document.',
  interfaces: [ExtractionRef],
  resolveType: ({ documentType }) => extractionTypeName(documentTypeRow(documentType)),
  fields: (t) => ({
    name: t.field({
      type: ExtractedTextRef,
      nullable: true,
      description: "The holder's name.",
      resolve: (extraction) => byGraphqlName(extraction, 'name'),
    }),
    dateOfBirth: t.field({
      type: ExtractedDateRef,
      nullable: true,
      description: "The holder's date of birth.",
      resolve: (extraction) => byGraphqlName(extraction, 'dateOfBirth'),
    }),
  }),
});

function byGraphqlName(extraction: ExtractionNode, name: string): ExtractedNode | null {
  const row = documentTypeRow(extraction.documentType);
  const field = row?.fields.find((candidate) => fieldName(candidate) === name);
  return field ? extracted(extraction, field.name) : null;
}

const valueTypes = {
  text: ExtractedTextRef,
  flag: ExtractedTextRef,
  date: ExtractedDateRef,
  identifier: ExtractedIdentifierRef,
  aadhaar: AadhaarNumberRef,
  address: ExtractedAddressRef,
} as const;

for (const row of documentTypes.filter(({ graphqlName }) => graphqlName !== undefined)) {
  const isIdentity = row.category === 'identity';
  builder.objectRef<ExtractionNode>(extractionTypeName(row)).implement({
    description: `The values read from a document of the type ${row.type}.`,
    interfaces: isIdentity ? [ExtractionRef, IdentityExtractionRef] : [ExtractionRef],
    fields: (t) =>
      Object.fromEntries(
        row.fields.flatMap((field) => {
          // The parts of an address are shown on the address.
          if (field.kind === 'address_object') return [];
          const type = valueTypes[field.kind];
          const resolve = (extraction: ExtractionNode) => extracted(extraction, field.name);
          const description = `${field.description}.`;
          return [[fieldName(field), t.field({ type, nullable: true, description, resolve })]];
        }),
      ),
  });
}

builder.objectRef<ExtractionNode>(otherTypeName).implement({
  description:
    'The values read from a document of a type without fields of its own here; see `fields`.',
  interfaces: [ExtractionRef],
});

DocumentFieldInfoRef.implement({
  description: 'A field that documents of one type may have.',
  fields: (t) => ({
    name: t.exposeString('name', { description: "Atlas's name for the field, as in `fields`." }),
    graphqlName: t.string({
      nullable: true,
      description:
        'The field of the extraction type that holds it; null when it is part of another.',
      resolve: (field) => (field.kind === 'address_object' ? null : fieldName(field)),
    }),
    kind: t.field({
      type: FieldKindRef,
      description: 'The kind of datum that the field holds.',
      resolve: (field) => publicKinds[field.kind],
    }),
    description: t.exposeString('description', { description: 'The meaning of the field.' }),
  }),
});

DocumentTypeInfoRef.implement({
  description: 'A document type as this gateway knows it. Atlas may return others.',
  fields: (t) => ({
    type: t.exposeString('type', { description: "Atlas's name for the type." }),
    category: t.exposeString('category', { description: 'The purpose of such documents.' }),
    extractionType: t.string({
      description: 'The GraphQL type of its extraction.',
      resolve: extractionTypeName,
    }),
    fields: t.expose('fields', {
      type: [DocumentFieldInfoRef],
      description: 'The fields that are known; there may be more.',
    }),
  }),
});

builder.queryField('documentTypes', (t) =>
  t.field({
    type: [DocumentTypeInfoRef],
    description: 'A document type that this gateway knows.',
    resolve: () => [...documentTypes],
  }),
);

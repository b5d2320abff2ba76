import { z } from 'zod';
import rows from './document-types.json' with { type: 'json' };

const fieldKind = z.enum([
  'text',
  'date',
  'identifier',
  'aadhaar',
  'address',
  'address_object',
  'flag',
]);
/** The kind of datum that a field holds; decides its GraphQL type and its mask. */
export type FieldKind = z.infer<typeof fieldKind>;

const documentField = z.strictObject({
  name: z.string(),
  kind: fieldKind,
  /** The meaning of a text, where it decides how the text is masked. */
  datum: z.enum(['name']).optional(),
  description: z.string(),
  graphqlName: z.string().optional(),
});
/** One field of a document type, by Atlas's own name for it (CONTRACT 10.3). */
export type DocumentField = z.infer<typeof documentField>;

const documentType = z.strictObject({
  type: z.string(),
  category: z.string(),
  graphqlName: z.string().optional(),
  fieldsKnown: z.enum(['all', 'some', 'none']),
  fields: z.array(documentField),
});
/** One row of the catalogue: a type, its category, the fields known of it. */
export type DocumentType = z.infer<typeof documentType>;

/**
 * The catalogue of document types. The set is open (CONTRACT 10.3): a type that has no row is
 * still served, only without typed fields. A new row, or a new field in a row, is a new type or
 * field of the graph.
 */
export const documentTypes: readonly DocumentType[] = z.array(documentType).parse(rows);

const rowsByType = new Map(documentTypes.map((row) => [row.type, row]));
const fieldsByType = new Map(
  documentTypes.map(({ type, fields }) => [type, new Map(fields.map((row) => [row.name, row]))]),
);
const fieldsByName = new Map(
  documentTypes.flatMap(({ fields }) => fields.map((row) => [row.name, row] as const)).reverse(),
);

/** The catalogue's row for Atlas's name of a type; undefined for a type it does not know. */
export function documentTypeRow(type: string | undefined): DocumentType | undefined {
  return type === undefined ? undefined : rowsByType.get(type);
}

/** The catalogue's row for a field of a type; undefined when it does not know it. */
export function documentFieldRow(
  type: string | undefined,
  field: string,
): DocumentField | undefined {
  return type === undefined ? undefined : fieldsByType.get(type)?.get(field);
}

/** The catalogue's first row for a field of this name, whatever the type. */
export function anyFieldRow(field: string): DocumentField | undefined {
  return fieldsByName.get(field);
}

/** Returns the kind of a field of a type; undefined when the catalogue does not know it. */
export function fieldKindOf(type: string | undefined, field: string): FieldKind | undefined {
  return documentFieldRow(type, field)?.kind;
}

const knownNames = new Set(
  documentTypes.flatMap(({ type, fields }) => [type, ...fields.map(({ name }) => name)]),
);

/** True for the name of a type or field that the catalogue has. */
export function isKnownName(name: string): boolean {
  return knownNames.has(name);
}

import type { CrossCheckRecord, CrossCheckSideRecord } from '../atlas/cross-checks.ts';
import {
  type DocumentField,
  documentFieldRow,
  documentTypes,
  type FieldKind,
} from '../atlas/document-types.ts';
import type { DocumentRecord } from '../atlas/documents.ts';
import type { Field } from '../atlas/fields.ts';
import type { DatumKind } from '../privacy/mask.ts';
import type { Personal, Sight, Subject } from '../privacy/sight.ts';

/*
 * Every value that Atlas read from a paper comes into the graph through here, and goes behind a
 * veil. What resolvers are given holds no other way to it.
 */

/** One extracted field, its value behind a veil. */
export interface PersonalField extends Omit<Field, 'value' | 'redactUrl'> {
  readonly kind: FieldKind | undefined;
  readonly value: Personal;
  /** Of an object, each of its members. */
  readonly members: ReadonlyMap<string, Personal> | null;
  readonly redactUrl: Personal;
}

export interface PersonalDocument extends Omit<DocumentRecord, 'fields' | 'failure'> {
  readonly fields: readonly PersonalField[];
  readonly failure: {
    readonly code: NonNullable<DocumentRecord['failure']>['code'];
    readonly rawCode: Personal;
    readonly reason: Personal;
  } | null;
}

export interface PersonalCrossCheck extends Omit<CrossCheckRecord, 'left' | 'right'> {
  readonly left: PersonalSide;
  readonly right: PersonalSide;
}
export interface PersonalSide extends Omit<CrossCheckSideRecord, 'value'> {
  readonly value: Personal;
}

/** A document as a viewer may see it. */
export function toPersonalDocument(
  record: DocumentRecord,
  subject: Subject,
  sight: Sight,
): PersonalDocument {
  const { documentType, failure } = record;
  const veil = (name: string, kind: DatumKind, value: string | null) =>
    sight.veil({ subject, name: `${documentType ?? 'UNKNOWN'}.${name}`, kind, value });

  function toField({ name, value, confidence, redactUrl }: Field): PersonalField {
    const row = documentFieldRow(documentType ?? undefined, name);
    const kind = toDatumKind(row);
    const members = isObject(value)
      ? Object.entries(value).map(
          ([member, each]) => [member, veil(name, kind, toText(each))] as const,
        )
      : null;
    return {
      name,
      confidence,
      kind: row?.kind,
      // An object as text has no form that a mask could keep.
      value: veil(name, typeof value === 'object' ? 'text' : kind, toText(value)),
      members: members && new Map(members),
      redactUrl: veil(`${name}.redact_url`, 'link', redactUrl),
    };
  }

  return {
    ...record,
    fields: record.fields.map(toField),
    failure: failure && {
      code: failure.code,
      rawCode: veil('error_code', 'flag', failure.rawCode),
      reason: veil('error_reason', 'text', failure.reason ?? ''),
    },
  };
}

/** A cross-check as a viewer may see it. */
export function toPersonalCrossCheck(
  record: CrossCheckRecord,
  subject: Subject,
  sight: Sight,
): PersonalCrossCheck {
  const { field } = record;
  const toSide = ({ value, ...side }: CrossCheckSideRecord): PersonalSide => ({
    ...side,
    value: sight.veil({
      subject,
      name: `cross_checks.${field ?? 'value'}`,
      kind: field === null ? 'text' : comparedKind(field, side.documentType),
      value,
    }),
  });
  return { ...record, left: toSide(record.left), right: toSide(record.right) };
}

/** A value as text, whatever JSON it is; null stays null. */
function toText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How a field is masked: what the catalogue does not know is free text. */
function toDatumKind(row: DocumentField | undefined): DatumKind {
  if (row === undefined) return 'text';
  if (row.kind === 'text') return row.datum ?? 'text';
  return row.kind === 'aadhaar' ? 'masked' : row.kind === 'address_object' ? 'address' : row.kind;
}

/**
 * How a compared value is masked. The name of a cross-check need not be the field's name on every
 * document it compares: `date_of_birth` is `dob` on a PAN card.
 */
function comparedKind(field: string, documentType: string | null): DatumKind {
  const row =
    documentFieldRow(documentType ?? undefined, field) ??
    documentTypes.flatMap(({ fields }) => fields).find(({ name }) => name === field);
  return toDatumKind(row);
}

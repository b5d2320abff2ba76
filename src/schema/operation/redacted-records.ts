import type { CrossCheckRecord, CrossCheckSideRecord } from '../../atlas/answers/cross-checks.ts';
import type { DocumentRecord } from '../../atlas/answers/documents.ts';
import type { Field } from '../../atlas/answers/fields.ts';
import {
  anyFieldRow,
  type DocumentField,
  documentFieldRow,
  type FieldKind,
} from '../../atlas/api/document-types.ts';
import type { DatumKind } from '../../privacy/mask.ts';
import type { RedactedValue, RedactionPolicy, Subject } from '../../privacy/redaction.ts';

/*
 * Every value that Atlas read from a document enters the graph here, wrapped for redaction. The
 * objects that resolvers are given hold no other way to it.
 */

/** One extracted field, its value behind a veil. */
export interface PersonalField extends Omit<Field, 'value' | 'redactUrl'> {
  /** The name as the viewer may see it. */
  readonly shownName: string;
  readonly kind: FieldKind | undefined;
  readonly value: RedactedValue;
  /** Of an object, each of its members. */
  readonly members: ReadonlyMap<string, RedactedValue> | null;
  readonly redactUrl: RedactedValue;
}

/** A document whose values are redacted for the caller. */
export interface PersonalDocument extends Omit<DocumentRecord, 'fields' | 'failure'> {
  /** The document type as the viewer may see it; null for one that may be a person's. */
  readonly shownType: string | null;
  readonly fields: readonly PersonalField[];
  readonly failure: {
    readonly code: NonNullable<DocumentRecord['failure']>['code'];
    readonly rawCode: RedactedValue;
    readonly reason: RedactedValue;
  } | null;
}

/** A cross-check whose values are redacted for the caller. */
export interface PersonalCrossCheck extends Omit<CrossCheckRecord, 'left' | 'right'> {
  readonly left: PersonalSide;
  readonly right: PersonalSide;
}
/** One side of a cross-check, redacted for the caller. */
export interface PersonalSide extends Omit<CrossCheckSideRecord, 'value'> {
  readonly value: RedactedValue;
}

/** A document as a viewer may see it. A value is wrapped only when it is read. */
export function toPersonalDocument(
  record: DocumentRecord,
  subject: Subject,
  redaction: RedactionPolicy,
): PersonalDocument {
  return new VeiledDocument(record, subject, redaction);
}

class VeiledDocument implements PersonalDocument {
  readonly #record: DocumentRecord;
  readonly #subject: Subject;
  readonly #redaction: RedactionPolicy;
  #fields: readonly PersonalField[] | undefined;

  constructor(record: DocumentRecord, subject: Subject, redaction: RedactionPolicy) {
    this.#record = record;
    this.#subject = subject;
    this.#redaction = redaction;
  }

  get documentId(): string {
    return this.#record.documentId;
  }

  get fileUuid(): string | null {
    return this.#record.fileUuid;
  }

  get batchId(): string | null {
    return this.#record.batchId;
  }

  get documentType(): string | null {
    return this.#record.documentType;
  }

  get shownType(): string | null {
    return this.#redaction.nameOf(this.#record.documentType);
  }

  get state(): DocumentRecord['state'] {
    return this.#record.state;
  }

  get fields(): readonly PersonalField[] {
    if (this.#fields === undefined) {
      const context = this.#toPaper();
      this.#fields = this.#record.fields.map((field) => new RedactedField(context, field));
    }
    return this.#fields;
  }

  get failure(): PersonalDocument['failure'] {
    const { failure } = this.#record;
    if (failure === null) return null;
    const context = this.#toPaper();
    return {
      code: failure.code,
      rawCode: redactIn(context, 'error_code', 'flag', failure.rawCode),
      reason: redactIn(context, 'error_reason', 'text', failure.reason ?? ''),
    };
  }

  #toPaper(): DocumentContext {
    const { documentType } = this.#record;
    return { subject: this.#subject, redaction: this.#redaction, documentType };
  }
}

/** The context that the values of one document share. */
interface DocumentContext {
  readonly subject: Subject;
  readonly redaction: RedactionPolicy;
  readonly documentType: string | null;
}

function redactIn(
  { subject, redaction, documentType }: DocumentContext,
  name: string,
  kind: DatumKind,
  value: string | null,
): RedactedValue {
  return redaction.redact({ subject, source: documentType ?? 'UNKNOWN', name, kind, value });
}

/** Veils a value when it is asked for, and whenever it is. */
class RedactedField implements PersonalField {
  readonly name: string;
  readonly confidence: number | null;
  readonly #paper: DocumentContext;
  readonly #field: Field;

  constructor(context: DocumentContext, field: Field) {
    this.name = field.name;
    this.confidence = field.confidence;
    this.#paper = context;
    this.#field = field;
  }

  get shownName(): string {
    return this.#paper.redaction.nameOf(this.name) ?? 'unnamed';
  }

  get kind(): FieldKind | undefined {
    return this.#row?.kind;
  }

  get value(): RedactedValue {
    const { value } = this.#field;
    // An object as text has no form that a mask could keep.
    const kind = typeof value === 'object' ? 'text' : toDatumKind(this.#row);
    return redactIn(this.#paper, this.name, kind, toText(value));
  }

  get members(): ReadonlyMap<string, RedactedValue> | null {
    const { value } = this.#field;
    if (!isObject(value)) return null;
    const kind = toDatumKind(this.#row);
    return new Map(
      Object.entries(value).map(([member, each]) => [
        member,
        redactIn(this.#paper, this.name, kind, toText(each)),
      ]),
    );
  }

  get redactUrl(): RedactedValue {
    return redactIn(this.#paper, `${this.name}.redact_url`, 'link', this.#field.redactUrl);
  }

  get #row(): DocumentField | undefined {
    return documentFieldRow(this.#paper.documentType ?? undefined, this.name);
  }
}

/** A cross-check as a viewer may see it. */
export function toPersonalCrossCheck(
  record: CrossCheckRecord,
  subject: Subject,
  redaction: RedactionPolicy,
): PersonalCrossCheck {
  const { field, left, right, similarityScore } = record;
  const toSide = ({ documentType, documentId, value }: CrossCheckSideRecord): PersonalSide => ({
    documentType: redaction.nameOf(documentType),
    documentId,
    value: redaction.redact({
      subject,
      source: 'cross_checks',
      name: field ?? 'value',
      kind: field === null ? 'text' : comparedKind(field, documentType),
      value,
    }),
  });
  return {
    // By which names Atlas tells them is guessed (CONTRACT 4.4), and a guess may hit a value.
    field: redaction.nameOf(field),
    left: toSide(left),
    right: toSide(right),
    similarityScore,
  };
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
  const row = documentFieldRow(documentType ?? undefined, field) ?? anyFieldRow(field);
  return toDatumKind(row);
}

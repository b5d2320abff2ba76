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
import type { Personal, Sight, Subject } from '../../privacy/sight.ts';

/*
 * Every value that Atlas read from a document enters the graph here, wrapped for redaction. The
 * objects that resolvers are given hold no other way to it.
 */

/** One extracted field, its value behind a veil. */
export interface PersonalField extends Omit<Field, 'value' | 'redactUrl'> {
  /** The name as the viewer may see it. */
  readonly shownName: string;
  readonly kind: FieldKind | undefined;
  readonly value: Personal;
  /** Of an object, each of its members. */
  readonly members: ReadonlyMap<string, Personal> | null;
  readonly redactUrl: Personal;
}

export interface PersonalDocument extends Omit<DocumentRecord, 'fields' | 'failure'> {
  /** The document type as the viewer may see it; null for one that may be a person's. */
  readonly shownType: string | null;
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

/** A document as a viewer may see it. A value is wrapped only when it is read. */
export function toPersonalDocument(
  record: DocumentRecord,
  subject: Subject,
  sight: Sight,
): PersonalDocument {
  return new VeiledDocument(record, subject, sight);
}

class VeiledDocument implements PersonalDocument {
  readonly #record: DocumentRecord;
  readonly #subject: Subject;
  readonly #sight: Sight;
  #fields: readonly PersonalField[] | undefined;

  constructor(record: DocumentRecord, subject: Subject, sight: Sight) {
    this.#record = record;
    this.#subject = subject;
    this.#sight = sight;
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
    return this.#sight.nameOf(this.#record.documentType);
  }

  get state(): DocumentRecord['state'] {
    return this.#record.state;
  }

  get fields(): readonly PersonalField[] {
    if (this.#fields === undefined) {
      const paper = this.#toPaper();
      this.#fields = this.#record.fields.map((field) => new VeiledField(paper, field));
    }
    return this.#fields;
  }

  get failure(): PersonalDocument['failure'] {
    const { failure } = this.#record;
    if (failure === null) return null;
    const paper = this.#toPaper();
    return {
      code: failure.code,
      rawCode: veilOn(paper, 'error_code', 'flag', failure.rawCode),
      reason: veilOn(paper, 'error_reason', 'text', failure.reason ?? ''),
    };
  }

  #toPaper(): Paper {
    const { documentType } = this.#record;
    return { subject: this.#subject, sight: this.#sight, documentType };
  }
}

/** The context that the values of one document share. */
interface Paper {
  readonly subject: Subject;
  readonly sight: Sight;
  readonly documentType: string | null;
}

function veilOn(
  { subject, sight, documentType }: Paper,
  name: string,
  kind: DatumKind,
  value: string | null,
): Personal {
  return sight.veil({ subject, paper: documentType ?? 'UNKNOWN', name, kind, value });
}

/** Veils a value when it is asked for, and whenever it is. */
class VeiledField implements PersonalField {
  readonly name: string;
  readonly confidence: number | null;
  readonly #paper: Paper;
  readonly #field: Field;

  constructor(paper: Paper, field: Field) {
    this.name = field.name;
    this.confidence = field.confidence;
    this.#paper = paper;
    this.#field = field;
  }

  get shownName(): string {
    return this.#paper.sight.nameOf(this.name) ?? 'unnamed';
  }

  get kind(): FieldKind | undefined {
    return this.#row?.kind;
  }

  get value(): Personal {
    const { value } = this.#field;
    // An object as text has no form that a mask could keep.
    const kind = typeof value === 'object' ? 'text' : toDatumKind(this.#row);
    return veilOn(this.#paper, this.name, kind, toText(value));
  }

  get members(): ReadonlyMap<string, Personal> | null {
    const { value } = this.#field;
    if (!isObject(value)) return null;
    const kind = toDatumKind(this.#row);
    return new Map(
      Object.entries(value).map(([member, each]) => [
        member,
        veilOn(this.#paper, this.name, kind, toText(each)),
      ]),
    );
  }

  get redactUrl(): Personal {
    return veilOn(this.#paper, `${this.name}.redact_url`, 'link', this.#field.redactUrl);
  }

  get #row(): DocumentField | undefined {
    return documentFieldRow(this.#paper.documentType ?? undefined, this.name);
  }
}

/** A cross-check as a viewer may see it. */
export function toPersonalCrossCheck(
  record: CrossCheckRecord,
  subject: Subject,
  sight: Sight,
): PersonalCrossCheck {
  const { field, left, right, similarityScore } = record;
  const toSide = ({ documentType, documentId, value }: CrossCheckSideRecord): PersonalSide => ({
    documentType: sight.nameOf(documentType),
    documentId,
    value: sight.veil({
      subject,
      paper: 'cross_checks',
      name: field ?? 'value',
      kind: field === null ? 'text' : comparedKind(field, documentType),
      value,
    }),
  });
  return {
    // By which names Atlas tells them is guessed (CONTRACT 4.4), and a guess may hit a value.
    field: sight.nameOf(field),
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

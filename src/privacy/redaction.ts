import { isCode } from './codes.ts';
import { type DatumKind, hasMaskMark, isUnchangedByMask, maskDatum } from './mask.ts';

/** Where personal data was read, which stands for whose they are. */
export interface Subject {
  readonly kind: 'flow' | 'batch';
  readonly id: string;
  /** The lender's id of the application, where this gateway knows it. */
  readonly applicationId?: string | undefined;
}

/** A value out of somebody's papers, and what it is. */
export interface Datum {
  readonly subject: Subject;
  /** Its name in the audit: the document or other source that it was read from. */
  readonly source: string;
  readonly name: string;
  readonly kind: DatumKind;
  readonly value: string | null;
}

/** A value behind a veil: it can't be reached but by these. */
export interface RedactedValue {
  /** As the viewer may see it. Seen in full, it is put on record. */
  read(): string | null;
  /** Masked, whoever looks. */
  readMasked(): string | null;
  /** Whether something is crossed out in what `read` gives. */
  readonly isMasked: boolean;
  /**
   * Hands the value itself to an act whose result tells something of it, such as a score. It is put on
   * record as a read is. Null when there is no value.
   */
  use<Result>(act: (value: string) => Result): Result | null;
}

/** How one viewer sees what is personal. */
export interface RedactionPolicy {
  /** The one way for a personal value into the graph. */
  redact(datum: Datum): RedactedValue;
  /**
   * A name that Atlas gave to something, where it may as well be a value that stands in its place. A
   * viewer who sees no values is shown it only if it is known, or a code that can't be a person's name
   * or identifier; otherwise null.
   */
  nameOf(text: string | null): string | null;
}

export interface RedactionPolicyOptions {
  /** Whether the viewer may see values in full. */
  readonly isUnmasked: boolean;
  /** True for a name that the catalogue of document types has. */
  readonly isKnownName: (name: string) => boolean;
  /** Told of each value that is seen in full. */
  readonly onRead: (subject: Subject, source: string, name: string) => void;
}

/** The redaction of one viewer: clear, and then watched, or masked. */
export function createRedactionPolicy(options: RedactionPolicyOptions): RedactionPolicy {
  return {
    redact: (datum) => new RedactedDatum(options, datum),
    nameOf: (text) =>
      options.isUnmasked || text === null || isShownName(text, options.isKnownName) ? text : null,
  };
}

/** True for a name that tells of no person: it is known, or a code by its form. */
export function isShownName(name: string, isKnownName: (name: string) => boolean): boolean {
  return isKnownName(name) || isCode(name);
}

/** There are dozens in an answer: what they do they have from their class, not each for itself. */
class RedactedDatum implements RedactedValue {
  readonly #policy: RedactionPolicyOptions;
  readonly #datum: Datum;

  constructor(redaction: RedactionPolicyOptions, datum: Datum) {
    this.#policy = redaction;
    this.#datum = datum;
  }

  read(): string | null {
    const { subject, source, name, kind, value } = this.#datum;
    const { isUnmasked, onRead } = this.#policy;
    if (!isUnmasked) return maskDatum(kind, value);
    if (isUnchangedByMask(kind, value)) return value;
    onRead(subject, source, name);
    return value;
  }

  readMasked(): string | null {
    const { kind, value } = this.#datum;
    return maskDatum(kind, value);
  }

  get isMasked(): boolean {
    const { value } = this.#datum;
    const shown = this.#policy.isUnmasked ? value : this.readMasked();
    return shown !== value || (shown !== null && hasMaskMark(shown));
  }

  use<Result>(act: (value: string) => Result): Result | null {
    const { subject, source, name, value } = this.#datum;
    if (value === null) return null;
    if (this.#policy.isUnmasked) this.#policy.onRead(subject, source, name);
    return act(value);
  }
}

/** A text that the viewer brought along, and so may see. */
export function toCallerText(value: string): RedactedValue {
  return new CallerText(value);
}

class CallerText implements RedactedValue {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  read(): string {
    return this.#value;
  }

  readMasked(): string {
    return this.#value;
  }

  get isMasked(): boolean {
    return false;
  }

  use<Result>(act: (value: string) => Result): Result {
    return act(this.#value);
  }
}

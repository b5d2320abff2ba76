import { isCode } from './codes.ts';
import { type DatumKind, hasMaskMark, isUnchangedByMask, maskDatum } from './mask.ts';

/** The flow or batch that personal data belongs to. */
export interface Subject {
  readonly kind: 'flow' | 'batch';
  readonly id: string;
  /** The lender's id of the loan application; undefined if the gateway does not know it. */
  readonly applicationId?: string | undefined;
}

/** A personal value with its kind and its source. */
export interface Datum {
  readonly subject: Subject;
  /** Its name in the audit: the document or other source that it was read from. */
  readonly source: string;
  readonly name: string;
  readonly kind: DatumKind;
  readonly value: string | null;
}

/** A value that can be read only through a redaction policy. */
export interface RedactedValue {
  /** The value as the caller may see it. A read in full is written to the audit. */
  read(): string | null;
  /** The masked value, for every caller. */
  readMasked(): string | null;
  /** True if part of the result of `read` is masked. */
  readonly isMasked: boolean;
  /**
   * Computes a result that reveals something about the value, such as a score. It is audited like a
   * read. Null when there is no value.
   */
  use<Result>(act: (value: string) => Result): Result | null;
}

/** Decides how personal values are shown to one caller. */
export interface RedactionPolicy {
  /** Wraps a personal value. Every personal value of the graph passes here. */
  redact(datum: Datum): RedactedValue;
  /**
   * A name that Atlas gave, such as that of a field, which may hold a personal value by mistake. A
   * caller without `pii:read` gets it only if it is known, or is a code that can't be a person's
   * name or identifier; otherwise null.
   */
  nameOf(text: string | null): string | null;
}

/** The options of `createRedactionPolicy`. */
export interface RedactionPolicyOptions {
  /** True if the caller may see values in full. */
  readonly isUnmasked: boolean;
  /** True for a name that the catalogue of document types has. */
  readonly isKnownName: (name: string) => boolean;
  /** Called for each value that is read in full. */
  readonly onRead: (subject: Subject, source: string, name: string) => void;
}

/** Creates the redaction policy of one caller: values in full with an audit, or masked. */
export function createRedactionPolicy(options: RedactionPolicyOptions): RedactionPolicy {
  return {
    redact: (datum) => new RedactedDatum(options, datum),
    nameOf: (text) =>
      options.isUnmasked || text === null || isShownName(text, options.isKnownName) ? text : null,
  };
}

/** True for a name that can't reveal a person: it is known, or has the form of a code. */
export function isShownName(name: string, isKnownName: (name: string) => boolean): boolean {
  return isKnownName(name) || isCode(name);
}

/** A class, because an answer holds dozens: methods are shared and not created for each. */
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

/** Wraps a text that the caller sent itself, and so may see in full. */
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

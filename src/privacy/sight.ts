import { isCode } from './codes.ts';
import { type DatumKind, isCrossedOut, isShownWhole, maskDatum } from './mask.ts';

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
  readonly paper: string;
  readonly name: string;
  readonly kind: DatumKind;
  readonly value: string | null;
}

/** A value behind a veil: it can't be reached but by these. */
export interface Personal {
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
export interface Sight {
  /** The one way for a personal value into the graph. */
  veil(datum: Datum): Personal;
  /**
   * A name that Atlas gave to something, where it may as well be a value that stands in its place. A
   * viewer who sees no values is shown it only if it is known, or a code that can't be a person's name
   * or identifier; otherwise null.
   */
  nameOf(text: string | null): string | null;
}

export interface SightOptions {
  /** Whether the viewer may see values in full. */
  readonly isClear: boolean;
  /** True for a name that the catalogue of document types has. */
  readonly isKnownName: (name: string) => boolean;
  /** Told of each value that is seen in full. */
  readonly onRead: (subject: Subject, paper: string, name: string) => void;
}

/** The sight of one viewer: clear, and then watched, or masked. */
export function createSight(options: SightOptions): Sight {
  return {
    veil: (datum) => new Veiled(options, datum),
    nameOf: (text) =>
      options.isClear || text === null || isShownName(text, options.isKnownName) ? text : null,
  };
}

/** True for a name that tells of no person: it is known, or a code by its form. */
export function isShownName(name: string, isKnownName: (name: string) => boolean): boolean {
  return isKnownName(name) || isCode(name);
}

/** There are dozens in an answer: what they do they have from their class, not each for itself. */
class Veiled implements Personal {
  readonly #sight: SightOptions;
  readonly #datum: Datum;

  constructor(sight: SightOptions, datum: Datum) {
    this.#sight = sight;
    this.#datum = datum;
  }

  read(): string | null {
    const { subject, paper, name, kind, value } = this.#datum;
    const { isClear, onRead } = this.#sight;
    if (!isClear) return maskDatum(kind, value);
    if (isShownWhole(kind, value)) return value;
    onRead(subject, paper, name);
    return value;
  }

  readMasked(): string | null {
    const { kind, value } = this.#datum;
    return maskDatum(kind, value);
  }

  get isMasked(): boolean {
    const { value } = this.#datum;
    const shown = this.#sight.isClear ? value : this.readMasked();
    return shown !== value || (shown !== null && isCrossedOut(shown));
  }

  use<Result>(act: (value: string) => Result): Result | null {
    const { subject, paper, name, value } = this.#datum;
    if (value === null) return null;
    if (this.#sight.isClear) this.#sight.onRead(subject, paper, name);
    return act(value);
  }
}

/** A text that the viewer brought along, and so may see. */
export function toOwnText(value: string): Personal {
  return new OwnText(value);
}

class OwnText implements Personal {
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

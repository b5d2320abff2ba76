import { type DatumKind, isCrossedOut, maskDatum } from './mask.ts';

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
  /** What the audit calls it. */
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
  /** Hands the value itself to an act that shows nothing of it; null when there is none. */
  use<Result>(act: (value: string) => Result): Result | null;
}

/** How one viewer sees what is personal. */
export interface Sight {
  /** The one way for a personal value into the graph. */
  veil(datum: Datum): Personal;
}

export interface SightOptions {
  /** Whether the viewer may see values in full. */
  readonly isClear: boolean;
  /** Told of each value that is seen in full. */
  readonly onRead: (subject: Subject, name: string) => void;
}

/** The sight of one viewer: clear, and then watched, or masked. */
export function createSight({ isClear, onRead }: SightOptions): Sight {
  return {
    veil({ subject, name, kind, value }) {
      const readMasked = () => maskDatum(kind, value);
      return {
        read() {
          const masked = readMasked();
          if (!isClear || masked === value) return masked;
          onRead(subject, name);
          return value;
        },
        readMasked,
        get isMasked() {
          const shown = isClear ? value : readMasked();
          return shown !== value || (shown !== null && isCrossedOut(shown));
        },
        use: (act) => (value === null ? null : act(value)),
      };
    },
  };
}

/** A text that the viewer brought along, and so may see. */
export function toOwnText(value: string): Personal {
  return {
    read: () => value,
    readMasked: () => value,
    isMasked: false,
    use: (act) => act(value),
  };
}

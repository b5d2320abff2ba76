import { isLink } from './links.ts';

/** No number has fewer digits. */
const leastDigits = 12;
/** The length of a group that may be any: something beside it may hide digits, or read as some. */
const anyLength = 2 ** 30;

/**
 * Follows entries in a row and tells whether a number may be parted over them. Cheap, and wrong in one
 * direction only: where it says no, `findPartedNumbers` finds nothing.
 *
 * A number that is parted over entries has twelve digits or more. It goes on from one entry to the next
 * only where the one ends and the other begins with a digit, and its groups have multiples of four digits,
 * or all of them one, two or three; zeros in front of its first group are left out. Of the entries of a
 * column that are digits only and all of one length, it takes all or none.
 */
export class EntryRun {
  readonly #isColumn: boolean;
  #mayHoldNumber = false;
  #previous = '';
  /** The length of the group of digits at the end of the entry before; 0: it ends with none. */
  #last = 0;
  /** The same without the zeros in front. */
  #trimmed = 0;
  /** How many digits the entries have over which a number may go on; -1 where that is only one. */
  #digits = -1;
  /** The same where each is digits only and all are of one length; 0 where they are not. */
  #even = 0;
  /** How many digits the entry in front of those adds, where it is as long without its zeros. */
  #inFront = 0;

  constructor({ isColumn }: { readonly isColumn: boolean }) {
    this.#isColumn = isColumn;
  }

  /** True once a number may have been parted over the entries. */
  get mayHoldNumber(): boolean {
    return this.#mayHoldNumber || this.#isEvenNumber;
  }

  /** Takes the text of the next entry, which is not empty. */
  add(text: string): void {
    const last = this.#last;
    const trimmed = this.#trimmed;
    // It goes on from nothing, and nothing goes on from it.
    if (last === 0 && isLetter(text.charCodeAt(text.length - 1))) return;
    this.#readEnd(text);
    const first = last === 0 ? 0 : firstLengthOf(text);
    const isWhole = this.#isColumn && this.#last === text.length;
    if (first === 0 || !(isPair(last, first) || isPair(trimmed, first))) {
      if (this.#isEvenNumber) this.#mayHoldNumber = true;
      this.#digits = -1;
      this.#even = isWhole ? this.#last : 0;
      this.#inFront = 0;
    } else {
      if (isWhole && this.#even > 0 && first === last) this.#even += first;
      else if (isWhole && this.#digits < 0 && first === trimmed && !isPair(last, first)) {
        this.#even = first;
        this.#inFront = first;
      } else {
        if (this.#isEvenNumber) this.#mayHoldNumber = true;
        this.#even = 0;
      }
      if (this.#digits < 0) this.#digits = countDigits(this.#previous);
      this.#digits += countDigits(text);
      if (this.#even === 0 && this.#digits >= leastDigits) this.#mayHoldNumber = true;
    }
    this.#previous = text;
  }

  get #isEvenNumber(): boolean {
    if (this.#digits < 0) return false;
    return this.#even === leastDigits || this.#even + this.#inFront === leastDigits;
  }

  #readEnd(text: string): void {
    let at = text.length - 1;
    while (at >= 0 && isSign(text.charCodeAt(at))) at -= 1;
    this.#last = 0;
    this.#trimmed = 0;
    if (at < 0 || isLetter(text.charCodeAt(at))) return;
    let zeros = 0;
    for (; at >= 0; at -= 1) {
      const code = text.charCodeAt(at);
      if (!isDigit(code)) {
        // Digits behind a letter may be those of an escape, which stand for another.
        if (isDoubtful(code) || (isLetter(code) && text.includes('\\'))) this.#last = anyLength;
        break;
      }
      this.#last += 1;
      zeros = code === zero ? zeros + 1 : 0;
    }
    this.#trimmed = this.#last - zeros;
  }
}

/** The entries of one name in a list of objects or lists, each name a row of its own. */
export class ColumnRuns {
  #runs: Map<string, EntryRun> | undefined;
  #isDoubted = false;

  /** True once a number may have been parted over the entries of one name. */
  get mayHoldNumber(): boolean {
    if (this.#isDoubted || this.#runs === undefined) return this.#isDoubted;
    for (const run of this.#runs.values()) if (run.mayHoldNumber) return true;
    return false;
  }

  /** Says that a number may be parted over them, whatever is added. */
  doubt(): void {
    this.#isDoubted = true;
  }

  /** Takes the text of the next entry of a name; one without a digit is passed over, and so is a link. */
  add(name: string, text: string): void {
    const run = this.#runs?.get(name) ?? null;
    if (run === null && isLetter(text.charCodeAt(text.length - 1))) return;
    if (!/\d/.test(text) || isLink(text)) return;
    const continued = continueRun(run, text, { isColumn: true });
    if (run !== null || continued === null) return;
    this.#runs ??= new Map();
    this.#runs.set(name, continued);
  }
}

/** Adds an entry to a run, which begins with the first entry from which a number may go on; null before. */
export function continueRun(
  run: EntryRun | null,
  text: string,
  options: { readonly isColumn: boolean },
): EntryRun | null {
  if (run === null && isLetter(text.charCodeAt(text.length - 1))) return null;
  const continued = run ?? new EntryRun(options);
  continued.add(text);
  return continued;
}

/** Whether groups of these lengths may follow each other in a number that is parted over entries. */
function isPair(length: number, next: number): boolean {
  if (length === 0) return false;
  if (length === anyLength || next === anyLength) return true;
  return (length === next && length <= 3) || (length % 4 === 0 && next % 4 === 0);
}

/** The length of the group of digits at the beginning of a text; 0: it begins with none. */
function firstLengthOf(text: string): number {
  let at = 0;
  while (at < text.length && isSign(text.charCodeAt(at))) at += 1;
  let length = 0;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (!isDigit(code)) return isDoubtful(code) ? anyLength : length;
    length += 1;
  }
  return length;
}

/** How many digits a text has; twelve where something in it may hide digits, or read as some. */
function countDigits(text: string): number {
  let digits = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isDigit(code)) digits += 1;
    else if (isDoubtful(code)) return leastDigits;
  }
  return digits;
}

const zero = 48;

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isLetter(code: number): boolean {
  return (code | 32) >= 97 && (code | 32) <= 122;
}

/** Whether a character may be a digit, or hide one: `&;<>\`, all control characters, all beyond ASCII. */
function isDoubtful(code: number): boolean {
  if (code > 92) return code > 126;
  return code < 32 || code === 38 || code === 92 || (code >= 59 && code <= 62 && code !== 61);
}

function isSign(code: number): boolean {
  return !(isDigit(code) || isLetter(code) || isDoubtful(code));
}

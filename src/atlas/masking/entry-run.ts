import { isLink } from './links.ts';

/** No number has fewer digits. */
const leastDigits = 12;
/** A length of a group that fits any other: what stands there may hide digits or read as some. */
const anyLength = 99;

/**
 * Follows entries in a row and tells whether a number may be parted over them. Cheap, and never wrong in
 * one direction: where it says no, `findPartedNumbers` finds nothing.
 *
 * A number that is parted over entries has twelve digits or more. It goes on from one entry to the next
 * only where the one ends and the other begins with a digit, and its groups are written in multiples of
 * four digits, or all with one, two or three; zeros in front of its first group are left out.
 */
export class EntryRun {
  #mayHoldNumber = false;
  #digits = 0;
  /** The length of the group at the end of the last entry; 0: it does not end with a digit. */
  #last = 0;
  /** The same without the zeros in front. */
  #trimmed = 0;

  /** True once a number may have been parted over the entries. */
  get mayHoldNumber(): boolean {
    return this.#mayHoldNumber;
  }

  /** Takes an entry over which no number goes on. */
  stop(): void {
    this.#end(0, 0);
  }

  /** Takes the text of the next entry; an empty one is no entry. */
  add(text: string): void {
    const end = text.length - 1;
    if (this.#last === 0 && isLetter(text.charCodeAt(end))) return;
    let from = 0;
    while (from <= end && isSign(text.charCodeAt(from))) from += 1;
    let to = end;
    while (to > from && isSign(text.charCodeAt(to))) to -= 1;
    const begins = from <= end && !isLetter(text.charCodeAt(from));
    const ends = from <= end && !isLetter(text.charCodeAt(to));
    if (!begins && !ends) this.stop();
    else this.#addDigits(text, from, to, begins, ends);
  }

  /** Reads the digits between two places, neither of which has a sign. */
  #addDigits(text: string, from: number, to: number, begins: boolean, ends: boolean): void {
    let [digits, first, length, zeros] = [0, -1, 0, 0];
    for (let at = from; at <= to; at += 1) {
      const code = text.charCodeAt(at);
      if (isDigit(code)) {
        if (code === zero && zeros === length) zeros += 1;
        length += 1;
        digits += 1;
      } else if (isDoubtful(code)) {
        this.#join(begins ? anyLength : 0, leastDigits);
        this.#end(ends ? anyLength : 0, 0);
        return;
      } else {
        if (first < 0) first = length;
        length = 0;
        zeros = 0;
      }
    }
    this.#join(begins ? (first < 0 ? length : first) : 0, digits);
    this.#end(ends ? length : 0, zeros);
  }

  #join(first: number, digits: number): void {
    const goesOn = first > 0 && (isPair(this.#last, first) || isPair(this.#trimmed, first));
    this.#digits = goesOn ? this.#digits + digits : digits;
    if (goesOn && this.#digits >= leastDigits) this.#mayHoldNumber = true;
  }

  #end(last: number, zeros: number): void {
    this.#last = last;
    this.#trimmed = last - zeros;
  }
}

/** The entries of one name in a list of objects or lists, each name a row of its own. */
export class ColumnRuns {
  #runs: Map<string, EntryRun> | undefined;
  #mayHoldNumber = false;

  /** True once a number may have been parted over the entries of one name. */
  get mayHoldNumber(): boolean {
    return this.#mayHoldNumber;
  }

  /** Says that a number may be parted over them, whatever is added. */
  doubt(): void {
    this.#mayHoldNumber = true;
  }

  /** Takes the text of the next entry of a name; one without a digit is passed over, and so is a link. */
  add(name: string, text: string): void {
    let run = this.#runs?.get(name);
    if (run === undefined) {
      // Nothing that could go on.
      if (isLetter(text.charCodeAt(text.length - 1))) return;
      run = new EntryRun();
      this.#runs ??= new Map();
      this.#runs.set(name, run);
    }
    if (!/\d/.test(text) || isLink(text)) return;
    run.add(text);
    if (run.mayHoldNumber) this.#mayHoldNumber = true;
  }
}

/** Whether groups of these lengths may follow each other in a number that is parted over entries. */
function isPair(length: number, next: number): boolean {
  if (length === 0) return false;
  if (length === anyLength || next === anyLength) return true;
  return length === next ? length <= 3 || length % 4 === 0 : length % 4 === 0 && next % 4 === 0;
}

const zero = 48;

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isLetter(code: number): boolean {
  return (code | 32) >= 97 && (code | 32) <= 122;
}

/** Whether a character may be a digit, or hide one: `<>&;\`, all control characters, all beyond ASCII. */
function isDoubtful(code: number): boolean {
  return code > 126 || code < 32 || code === 60 || code === 62 || code === 38 || code === 59 || code === 92;
}

function isSign(code: number): boolean {
  return !isDigit(code) && !isLetter(code) && !isDoubtful(code);
}

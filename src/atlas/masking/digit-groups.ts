/** A run of digits in a text, with nothing visible between them. */
export interface DigitGroup {
  /** Where it stands in the text, in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
  /** Its digits as those of ASCII. */
  readonly digits: string;
  /**
   * The signs between the group before and this one: each run of blanks as one blank, each dash as `-`.
   * Null where a letter stands between, where there are more than six signs, and for the first group.
   */
  readonly gap: string | null;
  /** The last sign or letter in front of it; a blank counts for nothing; empty at the start. */
  readonly before: string;
}

/** A sign that parts the entries of a list which is read as one text. It is in no script. */
export const entryMark = '\uffff';

const mostSigns = 12;
/** The same sign so often in a row counts as often as any more of it. */
const mostAlike = 2;
const tag = /<(?:!--[^<>]*--|[!/]?[a-z][^<>\uffff]*)>/iy;
const entity = /&(?:#x([\da-f]{1,6});?|#(\d{1,7});?|([a-z]{2,24}\d{0,2});|(nbsp|shy))/iy;
const escaped = /\\(?:u([\da-f]{4})|x([\da-f]{2}))/iy;

/** One piece of a text: its digits or signs, and where it ends. */
interface Token {
  readonly end: number;
  /** Its reading, one character a piece; empty for what is not visible. */
  readonly read: string;
}

/**
 * Finds the groups of digits in a text, as a reader would see them: every decimal digit of Unicode
 * after NFKC, with marks, format and control characters left out. A tag of HTML counts as a blank, an
 * entity and an escape as what they stand for. Takes time linear in the length of the text.
 */
export function findDigitGroups(text: string): DigitGroup[] {
  const groups: DigitGroup[] = [];
  let start = -1;
  let end = -1;
  let digits = '';
  let gap: string | null = null;
  let before = '';
  let groupBefore = '';
  let groupGap: string | null = null;

  function close(): void {
    if (start < 0) return;
    groups.push({ start, end, digits, gap: groupGap, before: groupBefore });
    start = -1;
    gap = '';
  }
  function take(read: string, from: number, to: number): void {
    if (read >= '0' && read <= '9') {
      if (start < 0) {
        start = from;
        digits = '';
        groupGap = gap;
        groupBefore = before;
      }
      digits += read;
      end = to;
      before = read;
      return;
    }
    close();
    if (read === letter) gap = null;
    else if (gap !== null && !gap.endsWith(read.repeat(read === ' ' ? 1 : mostAlike))) {
      gap = gap.length < mostSigns ? gap + read : null;
    }
    if (read !== ' ') before = read;
  }

  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) {
      take(text.charAt(at), at, at + 1);
      at += 1;
      continue;
    }
    if ((code | 32) >= 97 && (code | 32) <= 122) {
      take(letter, at, at + 1);
      at += 1;
      continue;
    }
    const token = code < 128 ? toAsciiToken(text, at, code) : toToken(text, at);
    for (const piece of token.read) take(piece, at, token.end);
    at = token.end;
  }
  close();
  return groups;
}

/** The reading of a letter, and of any other character that can't be part of a number. */
const letter = 'x';

function toAsciiToken(text: string, at: number, code: number): Token {
  const char = text.charAt(at);
  if (char === '<') {
    tag.lastIndex = at;
    if (tag.test(text)) return { end: tag.lastIndex, read: ' ' };
  }
  if (char === '&') return toEntity(text, at);
  if (char === '\\') return toEscape(text, at);
  if (char === ' ' || (code >= 9 && code <= 13)) return { end: at + 1, read: ' ' };
  return { end: at + 1, read: code < 32 || code === 127 ? '' : char };
}

function toEscape(text: string, at: number): Token {
  if (/[nrt]/.test(text.charAt(at + 1))) return { end: at + 2, read: ' ' };
  escaped.lastIndex = at;
  const found = escaped.exec(text);
  if (found === null) return { end: at + 1, read: '\\' };
  const code = Number.parseInt(found[1] ?? found[2] ?? '', 16);
  return { end: escaped.lastIndex, read: readOf(String.fromCodePoint(code)) };
}

/** An entity that is not known is a sign: a number may go on behind it. */
function toEntity(text: string, at: number): Token {
  entity.lastIndex = at;
  const found = entity.exec(text);
  if (found === null) return { end: at + 1, read: '&' };
  const [, hex, decimal, named, bare] = found;
  const end = entity.lastIndex;
  const code = hex ? Number.parseInt(hex, 16) : Number(decimal ?? 0);
  if (code > 0 && code <= 0x10ffff) return { end, read: readOf(String.fromCodePoint(code)) };
  const name = named ?? bare ?? '';
  if (/^(?:br|tab|newline|\w*sp\d*|\w+space)$/i.test(name)) return { end, read: ' ' };
  if (/^(?:shy|zwnj|zwj|lrm|rlm|nobreak)$/i.test(name)) return { end, read: '' };
  return { end, read: /dash|hyphen|minus/i.test(name) ? '-' : '&' };
}

function toToken(text: string, at: number): Token {
  const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
  return { end: at + char.length, read: readOf(char) };
}

const hidden = /^[\p{M}\p{Cf}\p{Default_Ignorable_Code_Point}]$/u;
const dash = /^[\p{Pd}\u2212]$/u;

/** The reading of one character after NFKC. */
function readOf(char: string): string {
  if (hidden.test(char)) return '';
  let read = '';
  for (const piece of char.normalize('NFKC')) {
    if (/^\p{Nd}$/u.test(piece)) read += digitOf(piece.codePointAt(0) ?? 0);
    else if (/^[\p{L}\p{N}]$/u.test(piece)) read += drawnNumber(piece) ?? letter;
    else if (/^[\s\u0085]$/u.test(piece)) read += ' ';
    else if (dash.test(piece)) read += '-';
    else if (!/^[\p{M}\p{Cc}\p{Cf}]$/u.test(piece))
      read += piece === entryMark ? piece : sign(piece);
  }
  return read;
}

/** Rows of numbers in a drawing that NFKC leaves as they are: where each begins, with what, how many. */
const drawnRows = [
  [0x2776, 1, 10],
  [0x2780, 1, 10],
  [0x278a, 1, 10],
  [0x24eb, 11, 10],
  [0x24f5, 1, 10],
  [0x24ff, 0, 1],
  [0x1f10b, 0, 1],
  [0x1f10c, 0, 1],
] as const;

/** No character below shows a number that NFKC leaves as it is. */
const leastDrawn = 0x24eb;

/** The number that a character shows in a circle; null for any other. */
function drawnNumber(piece: string): number | null {
  const code = piece.codePointAt(0) ?? 0;
  if (code < leastDrawn) return null;
  const row = drawnRows.find(([begin, , count]) => code >= begin && code < begin + count);
  return row === undefined ? null : row[1] + code - row[0];
}

/** A sign as one code unit. */
function sign(piece: string): string {
  return piece.length === 1 ? piece : '*';
}

/** The value of a decimal digit: Unicode gives out each set of ten in a row, from 0. */
function digitOf(code: number): string {
  let value = 0;
  while (value < 9 && /^\p{Nd}$/u.test(String.fromCodePoint(code - value - 1))) value += 1;
  return String(value);
}

/**
 * True unless a text has fewer than twelve digits, in whatever form; false for all that can hold no
 * number. Cheaper than to look for groups.
 */
export function hasTwelveDigits(text: string): boolean {
  let count = 0;
  let isPlain = true;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) {
      count += 1;
      if (count === 12) return true;
    } else if (code > 127) isPlain = false;
  }
  if (isPlain) return false;
  for (const _other of text.matchAll(/(?![0-9])\p{N}/gu)) {
    count += mostDigits;
    if (count >= 12) return true;
  }
  return false;
}

/** The most digits that one character stands for: two, of numbers in a circle. */
const mostDigits = 2;

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

const mostSigns = 6;
const tag = /<[!/]?[a-z][^<>]*>/iy;
const entity = /&(?:#x([\da-f]{1,6})|#(\d{1,7})|([a-z]{2,8}));/iy;
const blankEntities = new Set(['nbsp', 'ensp', 'emsp', 'thinsp', 'br']);
const hiddenEntities = new Set(['shy', 'zwnj', 'zwj', 'lrm', 'rlm']);
const signEntities = new Set(['amp', 'lt', 'gt', 'quot', 'apos', 'middot', 'bull']);
const dashEntities = new Set(['ndash', 'mdash', 'minus', 'hyphen', 'dash']);

/** What stands at a place of a text: its digits or signs, and where it ends. */
interface Token {
  readonly end: number;
  /** What it reads as, one character a piece; empty for what is not visible. */
  readonly read: string;
}

/**
 * Finds the groups of digits in a text, as a reader would see them: every decimal digit of Unicode
 * after NFKC, with marks, format and control characters left out. A tag of HTML, an entity and an
 * escaped line end count as the sign they stand for. Takes time linear in the length of the text.
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
    else if (gap !== null && !(read === ' ' && gap.endsWith(' '))) {
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

/** What a letter reads as, and whatever else can't stand within a number. */
const letter = 'x';

function toAsciiToken(text: string, at: number, code: number): Token {
  const char = text.charAt(at);
  if (char === '<') {
    tag.lastIndex = at;
    // What may hold a number itself is read as text.
    const isTag = tag.test(text) && !hasTwelveDigits(text.slice(at, tag.lastIndex));
    if (isTag) return { end: tag.lastIndex, read: ' ' };
  }
  if (char === '&') return toEntity(text, at);
  if (char === '\\' && /[nrt]/.test(text.charAt(at + 1))) return { end: at + 2, read: ' ' };
  if (char === ' ' || (code >= 9 && code <= 13)) return { end: at + 1, read: ' ' };
  return { end: at + 1, read: code < 32 || code === 127 ? '' : char };
}

function toEntity(text: string, at: number): Token {
  entity.lastIndex = at;
  const found = entity.exec(text);
  if (found === null) return { end: at + 1, read: '&' };
  const [whole, hex, decimal, given = ''] = found;
  const end = at + whole.length;
  const code = hex ? Number.parseInt(hex, 16) : Number(decimal ?? 0);
  if (code > 0 && code <= 0x10ffff) return { end, read: readOf(String.fromCodePoint(code)) };
  const name = given.toLowerCase();
  if (blankEntities.has(name)) return { end, read: ' ' };
  if (hiddenEntities.has(name)) return { end, read: '' };
  if (dashEntities.has(name)) return { end, read: '-' };
  return { end, read: signEntities.has(name) ? '&' : letter };
}

function toToken(text: string, at: number): Token {
  const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
  return { end: at + char.length, read: readOf(char) };
}

const hidden = /^[\p{M}\p{Cf}\p{Default_Ignorable_Code_Point}]$/u;
const dash = /^[\p{Pd}\u2212]$/u;

/** What one character reads as after NFKC. */
function readOf(char: string): string {
  if (hidden.test(char)) return '';
  let read = '';
  for (const piece of char.normalize('NFKC')) {
    if (/^\p{Nd}$/u.test(piece)) read += digitOf(piece.codePointAt(0) ?? 0);
    else if (/^[\p{L}\p{N}]$/u.test(piece)) read += letter;
    else if (/^[\s\u0085]$/u.test(piece)) read += ' ';
    else if (dash.test(piece)) read += '-';
    else if (!/^[\p{M}\p{Cc}\p{Cf}]$/u.test(piece))
      read += piece === entryMark ? piece : sign(piece);
  }
  return read;
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
  return !isPlain && count + (text.match(/(?![0-9])\p{N}/gu)?.length ?? 0) * mostDigits >= 12;
}

/** The most digits that one character stands for: two, of numbers in a circle. */
const mostDigits = 2;

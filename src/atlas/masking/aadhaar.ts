import { type DigitGroup, entryMark, findDigitGroups, hasTwelveDigits } from './digit-groups.ts';
import { type Candidate, isNumber } from './number-shapes.ts';
import { isVerhoeffValid } from './verhoeff.ts';

/*
 * UIDAI asks that an Aadhaar number is shown by its last four digits only. Atlas may send a number
 * in full or masked (CONTRACT K8); nothing behind this file ever holds more.
 */

/** How a text is searched. */
export interface SearchOptions {
  /** Whether a field's name speaks of such a number, so that its form alone decides. */
  readonly isNamed?: boolean;
}

/**
 * Returns a text with every Aadhaar number and VID in it masked to its last four digits, however its
 * digits are grouped, in whatever script, and whatever other digits stand beside it. A text without
 * one is returned as it is. Takes time linear in the length of the text.
 */
export function maskAadhaarIn(given: string, options: SearchOptions = {}): string {
  if (!mayHoldNumber(given)) return given;
  // Text within a tag is not part of the text around it.
  const tagged = given.includes('<')
    ? given.replace(longTag, (tag) => `<${maskGroups(tag.slice(1), options)}`)
    : given;
  const text = tagged.replace(exponentForm, (form) => {
    const digits = digitsOfForm(form);
    const masked = digits === null ? form : maskGroups(digits, options);
    return masked === digits ? form : masked;
  });
  return maskGroups(text, options);
}

/** A tag of HTML with room for twelve digits. */
const longTag = /<[!/]?[a-z][^<>]{12,}>/gi;
/** A number with an exponent, as spreadsheets write long ones. */
export const exponentForm = /(?<![\d.])\d\.\d{1,20}e\+?1\d(?!\d)/gi;

/** The digits of a whole number that is written with an exponent; null for another. */
function digitsOfForm(form: string): string | null {
  const [mantissa = '', exponent = ''] = form.toLowerCase().split('e');
  const digits = mantissa.replace('.', '');
  const length = Number(exponent) + 1;
  const rest = digits.slice(length);
  return /[1-9]/.test(rest) ? null : digits.slice(0, length).padEnd(length, '0');
}

function maskGroups(text: string, { isNamed = false }: SearchOptions): string {
  const groups = findDigitGroups(text);
  let masked = '';
  let copied = 0;
  let shown = '';
  for (let first = 0; first < groups.length; ) {
    const last = endOfNumber(groups, first, isNamed);
    if (last === null) {
      masked += shown;
      shown = '';
      first += 1;
      continue;
    }
    const [from, to] = [groups[first], groups[last]];
    if (from === undefined || to === undefined) break;
    if (shown === '') masked += text.slice(copied, from.start);
    masked += 'XXXX XXXX ';
    shown = digitsOf(groups, first, last).slice(-4);
    copied = to.end;
    // The four digits that stay visible are looked at once more: they may begin another number.
    groups[last] = { start: to.start, end: to.end, digits: shown, gap: null, before: '' };
    first = last;
  }
  return masked === '' ? text : masked + shown + text.slice(copied);
}

function mayHoldNumber(text: string): boolean {
  return text.length >= 6 && (hasTwelveDigits(text) || text.includes('&#'));
}

function digitsOf(groups: readonly DigitGroup[], first: number, last: number): string {
  return groups
    .slice(first, last + 1)
    .map(({ digits }) => digits)
    .join('');
}

/** The last group of the longest number that begins with the group `first`; null: none does. */
function endOfNumber(
  groups: readonly DigitGroup[],
  first: number,
  isNamed: boolean,
  fits: (candidate: Candidate) => boolean = () => true,
): number | null {
  let found: number | null = null;
  let digits = '';
  let zeros = 0;
  for (let last = first; last < groups.length; last += 1) {
    const group = groups[last];
    if (group === undefined || (last > first && group.gap === null)) break;
    if (last === first) {
      // Numbers are found from their first digit on, so that zeros in front cost nothing.
      zeros = countZeros(group.digits);
      digits = group.digits.slice(zeros, zeros + 17);
      if (digits === '') break;
    } else digits += group.digits.slice(0, 17);
    if (digits.length > 16) break;
    if (digits.length !== 12 && digits.length !== 16) continue;
    const row = groups.slice(first, last + 1);
    const candidate: Candidate = { groups: row, digits, zeros, next: groups[last + 1] };
    if (fits(candidate) && isNumber(candidate, isNamed)) found = last;
  }
  return found;
}

function countZeros(digits: string): number {
  let count = 0;
  while (digits[count] === '0') count += 1;
  return count;
}

/** A part of a text that is to be crossed out. */
export interface CrossedOut {
  /** Which text it is in. */
  readonly entry: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Finds numbers that are parted over texts in a row, such as the entries of a list, and returns what is
 * to be crossed out of each: all digits but the last four. A number that stands in one of the texts is
 * not looked for. `isDoubtful` says of entries that they may be amounts: then no group of the same length
 * may stand beside the number.
 */
export function findPartedNumbers(
  texts: readonly string[],
  isDoubtful: (entries: readonly number[]) => boolean,
  { isNamed = false }: SearchOptions = {},
): CrossedOut[] {
  const joined = texts.join(entryMark);
  if (!mayHoldNumber(joined)) return [];
  const groups = findDigitGroups(joined);
  const starts: number[] = [];
  let length = 0;
  for (const text of texts) {
    starts.push(length);
    length += text.length + 1;
  }
  let entry = 0;
  const entries = groups.map(({ start }) => {
    while ((starts[entry + 1] ?? Infinity) <= start) entry += 1;
    return entry;
  });
  const crossedOut: CrossedOut[] = [];
  for (let first = 0; first < groups.length; first += 1) {
    const last = endOfNumber(groups, first, isNamed, ({ groups: row, digits, next }) => {
      if (!row.slice(1).some(({ gap }) => gap?.includes(entryMark))) return false;
      const isUnsure = isDoubtful(entries.slice(first, first + row.length));
      // A VID has a check digit too; four amounts in a row may have one by chance.
      if (digits.length === 16 && (isUnsure || !isVerhoeffValid(digits))) return false;
      const mustBeWhole = isUnsure || row[0]?.digits.length !== 4;
      return !mustBeWhole || !hasNeighbour(groups[first - 1], row, next);
    });
    if (last === null) continue;
    let left = 4;
    for (let at = last; at >= first; at -= 1) {
      const group = groups[at];
      const of = entries[at] ?? 0;
      if (group === undefined) continue;
      const kept = Math.min(left, group.digits.length);
      left -= kept;
      const start = group.start - (starts[of] ?? 0);
      const end = group.end - (starts[of] ?? 0);
      // Digits are one code unit each but in rare scripts, where none of the group is kept.
      const isPlain = end - start === group.digits.length;
      if (kept < group.digits.length) {
        crossedOut.push({ entry: of, start, end: isPlain ? end - kept : end });
      }
    }
    first = last;
  }
  return crossedOut;
}

/** True if a group of the same length as the number's stands right beside it. */
function hasNeighbour(
  previous: DigitGroup | undefined,
  row: readonly DigitGroup[],
  next: DigitGroup | undefined,
): boolean {
  const [first] = row;
  const last = row.at(-1);
  const isBefore = first?.gap !== null && previous?.digits.length === first?.digits.length;
  return isBefore || (next?.gap != null && next.digits.length === last?.digits.length);
}

/** Returns the last four digits behind crosses; crosses only where it has no four digits at its end. */
export function maskAadhaar(value: string): string {
  return `XXXX XXXX ${lastFourOf(value) ?? 'XXXX'}`;
}

/** Returns the last four digits of an Aadhaar number, full or masked; null when it has none. */
export function lastFourOf(value: string): string | null {
  return /(\d{4})\D*$/.exec(value)?.[1] ?? null;
}

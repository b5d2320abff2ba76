import { deepest } from './depth.ts';

/*
 * UIDAI asks that an Aadhaar number is shown by its last four digits only. Whatever Atlas sends
 * (CONTRACT K8: in full or masked), nothing behind this file ever holds more.
 */

const multiply = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
  [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
  [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
  [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
  [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
  [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
  [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
  [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
  [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
];
const firstPermutation = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
const permutations = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]];
for (let row = 1; row < 8; row += 1) {
  permutations.push((permutations[row - 1] ?? []).map((digit) => firstPermutation[digit] ?? 0));
}

/** Whether a string of digits ends in its Verhoeff check digit, as every Aadhaar number does. */
export function isVerhoeffValid(digits: string): boolean {
  let check = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]);
    check = multiply[check]?.[permutations[place % 8]?.[digit] ?? 0] ?? 0;
  }
  return check === 0;
}

/** What may part a number at any place of it: blanks, dashes, dots, and what is not to be seen. */
const gapAnywhere = /^[\s.\p{Pd}\p{Cf}\u2212]{1,6}$/u;
/** What may part its groups of four: any sign at all. Elsewhere it would make numbers of dates. */
const gapOfFours = /^[\s\p{P}\p{S}\p{Cf}]{1,6}$/u;
const longestGap = 6;

/** The zeros of the scripts that are written in India, and of full width; nine digits follow each. */
const zeros = [
  0x0660, 0x06f0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x1c50,
  0xabf0, 0xff10,
];
const firstZero = Math.min(...zeros);

/** The digit of a character, in any of these scripts; -1 for what is none. */
function toDigit(code: number): number {
  if (code < firstZero) return code >= 48 && code <= 57 ? code - 48 : -1;
  const zero = zeros.find((each) => code >= each && code < each + 10);
  return zero === undefined ? -1 : code - zero;
}

/** Whether twelve digits stand as near to each other as those of one number. */
export function hasTwelveDigits(text: string): boolean {
  const { length } = text;
  let count = 0;
  let last = -1;
  for (let place = 0; place < length; place += 1) {
    const code = text.charCodeAt(place);
    if (code > 57 && code < 0x0660) continue;
    if (code < 48 || toDigit(code) < 0) continue;
    count = place - last > longestGap + 1 ? 1 : count + 1;
    if (count === 12) return true;
    last = place;
  }
  return false;
}

/** The same text, its digits those of ASCII. */
function toPlainDigits(text: string): string {
  return text.replace(/(?!\d)\p{Nd}/gu, (digit) => {
    const value = toDigit(digit.charCodeAt(0));
    return value < 0 ? digit : String(value);
  });
}

/**
 * Masks every 12-digit Verhoeff-valid number and every 16-digit VID in a text, however its digits
 * are grouped, in whatever script, and whatever other digits stand beside it. What it gives back has
 * none left.
 */
export function maskAadhaarIn(given: string): string {
  if (!hasTwelveDigits(given)) return given;
  const text = toPlainDigits(given);
  const gaps = text.split(/\d+/);
  const groups: string[] = text.match(/\d+/g) ?? [];
  let masked = gaps[0] ?? '';
  let isAny = false;
  let first = 0;
  while (first < groups.length) {
    const last = endOfNumber(groups, gaps, first);
    if (last === undefined) {
      masked += `${groups[first]}${gaps[first + 1]}`;
      first += 1;
      continue;
    }
    const digits = groups.slice(first, last + 1).join('');
    masked += 'XXXX XXXX ';
    isAny = true;
    // The four digits that stay visible are looked at once more: they may begin another number.
    groups[last] = digits.slice(-4);
    first = last;
  }
  return isAny ? masked : given;
}

/** The last group of the longest number to be masked that begins with the group `first`. */
function endOfNumber(
  groups: readonly string[],
  gaps: readonly string[],
  first: number,
): number | undefined {
  let end: number | undefined;
  let digits = '';
  let isOfFours = false;
  for (let last = first; last < groups.length; last += 1) {
    const gap = gaps[last] ?? '';
    if (last > first && !gapAnywhere.test(gap)) {
      if (!gapOfFours.test(gap)) break;
      isOfFours = true;
    }
    digits += groups[last];
    if (digits.length > 16) break;
    if (digits.length !== 12 && digits.length !== 16) continue;
    const isEven = areEven(groups.slice(first, last + 1));
    if (isOfFours && !(isEven && groups[first]?.length === 4)) continue;
    if (digits.length === 12 ? isVerhoeffValid(digits) : isEven) end = last;
  }
  return end;
}

/** A VID is written in one, or in groups of one length; an account number beside others is not. */
function areEven(groups: readonly string[]): boolean {
  return groups.every((group) => group.length === groups[0]?.length);
}

/** The last four digits behind crosses; what has no four digits at its end is crosses only. */
export function maskAadhaar(value: string): string {
  return `XXXX XXXX ${lastFourOf(value) ?? 'XXXX'}`;
}

/** The last four digits of an Aadhaar number, full or already masked; null when it has none. */
export function lastFourOf(value: string): string | null {
  return /(\d{4})\D*$/.exec(value)?.[1] ?? null;
}

/** Members that only work whole: ids by which answers are matched, and the link to what UIDAI asks to show. */
const correlators = new Set([
  'access_token',
  'refresh_token',
  'flow_uuid',
  'flow_id',
  'session_id',
  'batch_id',
  'document_id',
  'file_uuid',
  'application_id',
  'redact_url',
]);

const numberName = /^a{1,2}dha{1,2}r$|a{1,2}dha{1,2}r_?(card_?)?(number|num|no|id)$/i;

/** Whether a field of this name holds an Aadhaar number and nothing else. */
export function isAadhaarName(name: string): boolean {
  return numberName.test(name);
}

/**
 * A parsed answer of Atlas with every Aadhaar number and VID masked, wherever it stands: by its
 * digits in any text or number, by the name of its field whatever its digits. Changes the value it
 * is given.
 */
export function maskAadhaarDeep(value: unknown, member = '', depth = 0): unknown {
  if (typeof value === 'string') return correlators.has(member) ? value : maskText(value, member);
  if (typeof value === 'number') return correlators.has(member) ? value : maskNumber(value, member);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === deepest) return null;
  if (Array.isArray(value)) {
    value.forEach((entry, index) => {
      value[index] = maskAadhaarDeep(entry, member, depth + 1);
    });
    return value;
  }
  const members = value as Record<string, unknown>; // JSON.parse makes plain objects only
  for (const [name, entry] of Object.entries(members)) {
    const shownName = maskAadhaarIn(name);
    if (shownName !== name) delete members[name];
    // The envelope of CONTRACT 10.1: its value is what the name outside says.
    const meaning = name === 'value' && isAadhaarName(member) ? member : name;
    members[shownName] = maskAadhaarDeep(entry, meaning, depth + 1);
  }
  return value;
}

function maskText(text: string, member: string): string {
  return isAadhaarName(member) && text !== '' ? maskAadhaar(text) : maskAadhaarIn(text);
}

function maskNumber(value: number, member: string): number | string {
  if (isAadhaarName(member)) return maskAadhaar(String(value));
  if (Math.abs(value) < 1e11 || Math.abs(value) >= 1e16) return value;
  // What comes behind a point tells nothing more, and may look like digits of it.
  const text = String(Math.trunc(value));
  const masked = maskAadhaarIn(text);
  return masked === text ? value : masked;
}

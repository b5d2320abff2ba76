import type { DigitGroup } from './digit-groups.ts';
import { entryMark } from './digit-groups.ts';
import { isVerhoeffValid } from './verhoeff.ts';

/** Groups of digits in a row that may be one number. */
export interface Candidate {
  readonly groups: readonly DigitGroup[];
  /** Their digits in a row, without zeros in front. */
  readonly digits: string;
  /** How many zeros stand in front of the number. */
  readonly zeros: number;
  /** The gap behind the last group, and the group that follows; undefined at the end of the text. */
  readonly next: DigitGroup | undefined;
}

/**
 * True if a candidate of twelve digits is an Aadhaar number by its form, or one of sixteen a VID. UIDAI
 * gives out none that begins with 0 or 1, and the last of the twelve is a check digit. `isNamed` says
 * that a field's name speaks of such a number: then the form alone decides.
 */
export function isNumber(candidate: Candidate, isNamed: boolean): boolean {
  const { digits, zeros } = candidate;
  if (!isNamed && (digits.startsWith('0') || digits.startsWith('1'))) return false;
  const lengths = lengthsOf(candidate);
  const isEven = areEven(lengths);
  if (zeros > 0 && !isEven) return false;
  if (!isWritten(candidate, lengths, isEven)) return false;
  return digits.length === 16 || isNamed || isVerhoeffValid(digits);
}

/** The lengths of the groups, the first without the zeros in front. */
function lengthsOf({ groups, zeros }: Candidate): number[] {
  return groups.map(({ digits }, index) => (index === 0 ? digits.length - zeros : digits.length));
}

function areEven(lengths: readonly number[]): boolean {
  return lengths.every((length) => length === lengths[0]);
}

/** True if groups of these lengths, with the gaps between them, may be one number. */
function isWritten(candidate: Candidate, lengths: readonly number[], isEven: boolean): boolean {
  const gaps = candidate.groups.slice(1).map(({ gap }) => gap ?? '');
  const [length = 0] = lengths;
  if (isPhone(candidate, lengths, gaps)) return false;
  // The Indian way to end an amount without decimals: `2,500/-`.
  if (gaps.some((gap) => /^\/[-=]/.test(gap))) return false;
  const isOfFours = isEven && length === 4;
  if (isOfFours) return !candidate.groups.every(({ digits }) => isYear(digits));
  if (lengths.length === 1) return true;
  if (hasDates(candidate, lengths) || hasDecimals(candidate)) return false;
  if (gaps.every((gap) => /^[ .-]+$/.test(gap))) return candidate.digits.length === 12 || isEven;
  if (isEven && length === 2) return gaps.every((gap) => gap === gaps[0]);
  if (isEven && (length === 1 || length === 3)) return true;
  // Entries of a list may hold two fours, and a comma may part an amount's thousands and lakhs.
  if (gaps.some((gap) => gap.includes(entryMark))) return lengths.every((each) => each % 4 === 0);
  // Eight digits and four, in one order or the other.
  if (lengths.every((each) => each % 4 === 0)) return gaps.every((gap) => /^[^,]$/.test(gap));
  return String(lengths) === '1,2,2,2,2,3' && gaps.every((gap) => gap.trim() === ',');
}

/** True for ten digits behind `+91`, `0091` or `91-`: a telephone number of India. */
function isPhone(
  { groups, digits, zeros }: Candidate,
  lengths: readonly number[],
  gaps: readonly string[],
): boolean {
  if (digits.length !== 12 || !digits.startsWith('91')) return false;
  if (groups[0]?.before === '+') return true;
  if (lengths[0] !== 2) return false;
  if (zeros === 2 || gaps[0]?.includes('-')) return true;
  const isMobile = /^91[6-9]/.test(digits);
  return isMobile && (lengths.length === 2 || String(lengths) === '2,5,5');
}

/** True if dates, ranges of dates or years, or a date with its time make up the groups. */
function hasDates({ groups, zeros }: Candidate, lengths: readonly number[]): boolean {
  const shape = lengths.join('');
  if (/224|422/.test(shape)) return true;
  const numbers = groups.map(({ digits }) => digits);
  if (zeros > 0) return false;
  if (shape === '222222') return isDate(numbers.slice(0, 3)) && isDate(numbers.slice(3));
  if (shape === '4242') return isYears(numbers[0], numbers[1]) && isYears(numbers[2], numbers[3]);
  if (shape === '84') return isCompactDate(numbers[0]) && isTime(numbers[1]);
  if (shape === '88') return isCompactDate(numbers[0]) && isCompactDate(numbers[1]);
  return numbers.some((_, at) => isYearDate(numbers.slice(at, at + 3)));
}

/** A day, a month and a year of two digits, or the same from the year on. */
function isDate([first = '', second = '', third = '']: readonly string[]): boolean {
  return isMonth(second) && (isDay(first) || isDay(third));
}

/** A day, a month and a year of four digits, or the same from the year on. */
function isYearDate([first = '', second = '', third = '']: readonly string[]): boolean {
  if (isYear(third)) return (isDay(first) && isMonth(second)) || (isMonth(first) && isDay(second));
  return isYear(first) && isMonth(second) && isDay(third);
}

function isCompactDate(text = ''): boolean {
  const [head, tail] = [text.slice(0, 4), text.slice(4)];
  const isDayFirst = isDay(head.slice(0, 2)) && isMonth(head.slice(2)) && isYear(tail);
  return isDayFirst || (isYear(head) && isMonth(tail.slice(0, 2)) && isDay(tail.slice(2)));
}

/** A year and the last two digits of the next, as in 2024-25. */
function isYears(year = '', next = ''): boolean {
  return isYear(year) && Number(next) === (Number(year) + 1) % 100;
}

const isDay = (text: string) => /^(0?[1-9]|[12]\d|3[01])$/.test(text);
const isMonth = (text: string) => /^(0?[1-9]|1[0-2])$/.test(text);
const isYear = (text: string) => /^(19|20)\d\d$/.test(text);
const isTime = (text = '') => /^([01]\d|2[0-3])[0-5]\d$/.test(text);

/** True if a point that parts a number from its decimals stands in the groups or at their ends. */
function hasDecimals({ groups, next }: Candidate): boolean {
  const [first] = groups;
  const points = [first, ...groups.slice(1), next].map((group) => group?.gap === '.');
  // In a row of points each parts groups; one that stands alone parts decimals.
  return points.some((isPoint, at) => isPoint && !points[at - 1] && !points[at + 1]);
}

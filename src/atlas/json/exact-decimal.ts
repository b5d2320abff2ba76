/**
 * True if a double holds a JSON number and prints it as the same one. An integer of 22 digits or more
 * is printed with an exponent (ECMA-262, Number::toString), and so loses the form of its digits.
 */
export function isExactNumber(source: string): boolean {
  const value = Number(source);
  if (!Number.isFinite(value)) return false;
  if (Math.abs(value) >= 1e21 && /^-?\d+$/.test(source)) return false;
  return isSame(toDecimal(source), toDecimal(String(value)));
}

/**
 * The digits of a JSON number that a double does not hold, written without an exponent; null for a
 * number that a double prints as the same one, and for one beyond a double's range, large or small.
 */
export function toExactDecimal(source: string): string | null {
  const value = Number(source);
  // Zero may stand for a number too small, whose digits would take any memory.
  if (!Number.isFinite(value) || value === 0 || isExactNumber(source)) return null;
  return /e/i.test(source) ? toPlain(toDecimal(source)) : source;
}

/** A decimal number. */
interface Decimal {
  readonly isNegative: boolean;
  /** Without zeros in front and behind. */
  readonly digits: string;
  /** How many of the digits stand before the decimal point. */
  readonly point: number;
}

function toDecimal(source: string): Decimal {
  const [mantissa = '', exponent = '0'] = source.toLowerCase().split('e');
  const isNegative = mantissa.startsWith('-');
  const [whole = '', fraction = ''] = mantissa.slice(isNegative ? 1 : 0).split('.');
  const written = whole + fraction;
  const leading = countLeadingZeros(written);
  const digits = withoutTrailingZeros(written.slice(leading));
  return { isNegative, digits, point: whole.length + Number(exponent) - leading };
}

function isSame(one: Decimal, other: Decimal): boolean {
  // Zero has no digits, and then its point says nothing.
  return one.digits === other.digits && (one.digits === '' || one.point === other.point);
}

/** A finite double has at most 309 digits before its point and 324 zeros behind it. */
function toPlain({ isNegative, digits, point }: Decimal): string {
  const sign = isNegative ? '-' : '';
  if (point >= digits.length) return sign + digits.padEnd(point, '0');
  if (point > 0) return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
  return `${sign}0.${'0'.repeat(-point)}${digits}`;
}

function countLeadingZeros(digits: string): number {
  let count = 0;
  while (digits.charCodeAt(count) === zero) count += 1;
  return count;
}

function withoutTrailingZeros(digits: string): string {
  let length = digits.length;
  while (length > 0 && digits.charCodeAt(length - 1) === zero) length -= 1;
  return digits.slice(0, length);
}

const zero = 48;

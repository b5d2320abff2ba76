const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,4})?$/i;
/** No number of CONTRACT.md has as many digits; longer texts are not read. */
const longest = 400;

/**
 * The number that a value of Atlas stands for, written as a number or as a decimal numeral in a
 * text (`"0.97"`, `" 3 "`); null for anything else, and for what is not finite.
 */
export function toNumber(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string' || value.length > longest) return null;
  const text = value.trim();
  if (!decimal.test(text)) return null;
  const number = Number(text);
  return Number.isFinite(number) ? number : null;
}

/** The same, null unless it lies between two bounds, both included. */
export function toNumberWithin(value: unknown, least: number, most: number): number | null {
  const number = toNumber(value);
  return number !== null && number >= least && number <= most ? number : null;
}

/** The same for a whole number, such as an index or a page; null for one that is not exact. */
export function toWholeNumber(value: unknown): number | null {
  const number = toNumber(value);
  return number !== null && Number.isSafeInteger(number) ? number : null;
}

/** A boolean, as such, as a text in any case (`"true"`) or as 1 or 0; null for anything else. */
export function toBoolean(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  const number = toNumber(value);
  if (number === 0 || number === 1) return number === 1;
  const word = typeof value === 'string' ? value.trim().toLowerCase() : '';
  return word === 'true' || word === 'false' ? word === 'true' : null;
}

import { isExactNumber } from './exact-decimal.ts';
import { mayHoldLongNumber } from './exact-json.ts';

/**
 * A number by its JSON text: as such where a double holds it, else as raw JSON, an object that
 * `JSON.stringify` writes with all its digits.
 */
export function toRawNumber(source: string): unknown {
  return isExactNumber(source) ? Number(source) : JSON.rawJSON(source);
}

/** Whether a value is a number that only its text holds. */
export function isRawNumber(value: unknown): boolean {
  return JSON.isRawJSON(value);
}

/**
 * Returns the reviver for `JSON.parse` of this text, which keeps numbers that a double does not hold
 * as raw JSON; undefined where the text has none, which is nearly always.
 */
export function toReviver(text: string): typeof keepDigits | undefined {
  return mayHoldLongNumber(text) ? keepDigits : undefined;
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  return typeof value === 'number' && source !== undefined ? toRawNumber(source) : value;
}

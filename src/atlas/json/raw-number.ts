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
 * What `JSON.parse` is to be given beside this text, so that numbers which a double does not hold are
 * kept as raw JSON; undefined where the text has none, which is nearly always.
 */
export function toReviver(text: string): typeof keepDigits | undefined {
  return mayHoldLongNumber(text) ? keepDigits : undefined;
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  return typeof value === 'number' && source !== undefined ? toRawNumber(source) : value;
}

import { toExactDecimal } from './exact-decimal.ts';
import { doAtOnce, type Work } from './work.ts';

/**
 * Reads JSON as services write it. Two things differ from `JSON.parse`:
 * - a number that a double can't hold exactly (RFC 8259, section 6) becomes a string of its digits;
 * - a number that is not finite (`NaN`, `Infinity`, `1e400`) becomes null, and costs nothing else.
 *
 * Throws a `SyntaxError` for what is no JSON.
 */
export function parseExact(text: string): unknown {
  if (mayHoldLongNumber(text)) return JSON.parse(doAtOnce(withExactNumbers(text)));
  try {
    return JSON.parse(text);
  } catch (error) {
    const finite = doAtOnce(withExactNumbers(text));
    if (finite === text) throw error;
    return JSON.parse(finite);
  }
}

/** Characters of a long text that are looked at in one step. */
const charactersAtOnce = 64 * 1024;

/** Reads a long text as `parseExact` does, in steps; the longest is that of `JSON.parse`. */
export function* parseExactInSteps(text: string): Work<unknown> {
  let mayBeLong = false;
  for (let at = 0; at < text.length && !mayBeLong; ) {
    // No number holds a comma. In a long string, where there may be none, nothing is to be found.
    const comma = text.indexOf(',', at + charactersAtOnce);
    const end = comma < 0 || comma > at + 2 * charactersAtOnce ? at + charactersAtOnce : comma;
    mayBeLong = mayHoldLongNumber(text.slice(at, end));
    at = end;
    yield undefined;
  }
  if (!mayBeLong) {
    try {
      return JSON.parse(text);
    } catch {
      // It may hold a number that is not finite.
    }
  }
  yield undefined;
  const exact = yield* withExactNumbers(text);
  yield undefined;
  return JSON.parse(exact);
}

/**
 * Whether a JSON text may hold a number of more than 15 significant digits or a large exponent; true
 * for all that do, and for a few others. Scores below 1 are exact with 17 digits, as Python and
 * JavaScript print doubles, and do not count.
 */
export function mayHoldLongNumber(text: string): boolean {
  return longNumber.test(text);
}

const longNumber = /[:[,\s]-?(?:\d{16}|[1-9][\d.]{16}|0\.0*[1-9]\d{17}|\d[\d.]*[eE]\+?\d\d)/;

/** A shorter number without an exponent is exact. */
const leastLong = 16;
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i;
/** The words that Python, C and JavaScript write for a number that is not finite. */
const notFinite = /[+-]?(?:nan|inf(?:inity)?)(?![\w.])/iy;

/** A JSON text whose numbers `JSON.parse` reads exactly. Its strings stay as they are. */
function* withExactNumbers(text: string): Work<string> {
  let written = '';
  let copied = 0;
  let at = 0;
  let yieldAt = charactersAtOnce;
  while (at < text.length) {
    if (at >= yieldAt) {
      yield undefined;
      yieldAt = at + charactersAtOnce;
    }
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = endOfString(text, at);
      continue;
    }
    const end = isNumberPart(code) ? endOfNumber(text, at + 1) : at + 1;
    const token = longNumberIn(text, at, end) ?? notFiniteAt(text, at, code);
    const exact = token === null ? null : toExactToken(token);
    at = token === null ? end : at + token.length;
    if (token === null || exact === null) continue;
    written += text.slice(copied, at - token.length) + exact;
    copied = at;
  }
  return copied === 0 ? text : written + text.slice(copied);
}

/** Null for a number that is exact as it stands. */
function toExactToken(token: string): string | null {
  if (!Number.isFinite(Number(token))) return 'null';
  const exact = toExactDecimal(token);
  return exact === null ? null : `"${exact}"`;
}

const quote = 34;
const backslash = 92;
const minus = 45;
const plus = 43;
const point = 46;
const lowerE = 101;
/** This bit tells a small letter of ASCII from a capital one. */
const caseBit = 32;

/** Where the string that opens at a place has ended; the end of the text if it has no end. */
export function endOfString(text: string, opensAt: number): number {
  let at = opensAt + 1;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) return at + 1;
    if (code === backslash) at += 1;
  }
  return at;
}

function isNumberPart(code: number): boolean {
  return (code >= 48 && code <= 57) || code === minus || code === plus || code === point;
}

/** Where a number that has begun before a place has ended. */
function endOfNumber(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (!isNumberPart(code) && (code | caseBit) !== lowerE) break;
  }
  return at;
}

/** Returns the text between two offsets if it is a number that is long or has an exponent; else null. */
function longNumberIn(text: string, at: number, end: number): string | null {
  if (end === at + 1) return null;
  const token = text.slice(at, end);
  if (token.length < leastLong && !/e/i.test(token)) return null;
  return jsonNumber.test(token) ? token : null;
}

function notFiniteAt(text: string, at: number, code: number): string | null {
  const letter = code | caseBit;
  // Only these begin one: n, i, or a sign.
  if (letter !== 110 && letter !== 105 && code !== minus && code !== plus) return null;
  notFinite.lastIndex = at;
  return notFinite.exec(text)?.[0] ?? null;
}

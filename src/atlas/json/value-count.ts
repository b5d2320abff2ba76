import { endOfString } from './exact-json.ts';
import type { Work } from './work.ts';

/** No answer of CONTRACT.md has nearly so many values; one that has more is not read. */
export const mostValues = 250_000;
const charactersAtOnce = 128 * 1024;
const comma = 44;
const quote = 34;
const braces = new Set([91, 123]); // [ {

/** Counts the values in a JSON text, as far as 250,001, without reading it. */
export function* hasTooManyValues(text: string): Work<boolean> {
  let values = 1;
  let yieldAt = charactersAtOnce;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at) - 1;
    else if (code === comma || braces.has(code)) {
      values += 1;
      if (values > mostValues) return true;
    }
    if (at < yieldAt) continue;
    yield undefined;
    yieldAt = at + charactersAtOnce;
  }
  return false;
}

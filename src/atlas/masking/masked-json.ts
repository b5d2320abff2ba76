import { hasTooManyEntries } from '../json/entry-count.ts';
import { parseExact, parseExactInSteps } from '../json/exact-json.ts';
import { hasTooManyValues } from '../json/value-count.ts';
import type { Work } from '../json/work.ts';
import { hasTwelveDigits } from './digit-groups.ts';
import { maskAadhaarDeep } from './masked-answer.ts';
import { maskInSteps } from './masked-in-steps.ts';

/**
 * Reads a JSON text as `parseExact` does, with every Aadhaar number and VID in it masked; undefined
 * for a text that is no JSON, and for one with more than 10,000 entries, which is not looked through.
 */
export function parseMasked(text: string): unknown {
  let value: unknown;
  try {
    value = parseExact(text);
  } catch {
    return undefined;
  }
  if (hasTooManyEntries(text, value)) return undefined;
  return isClean(text) ? value : maskAadhaarDeep(value);
}

/** Characters of a text that is read at once; a longer one is read in steps. */
export const mostAtOnce = 64 * 1024;

/**
 * Reads a long text as `parseMasked` does, in steps. Undefined also for one with more than 250,000
 * values.
 */
export function* parseMaskedInSteps(text: string): Work<unknown> {
  if (yield* hasTooManyValues(text)) return undefined;
  let value: unknown;
  try {
    value = yield* parseExactInSteps(text);
  } catch {
    return undefined;
  }
  yield undefined;
  if (hasTooManyEntries(text, value)) return undefined;
  yield undefined;
  const mayHoldNumber = hasTwelveDigits(text);
  yield undefined;
  if (!mayHoldNumber && !isUnclear(text)) return value;
  return yield* maskInSteps(value);
}

/**
 * True if there is nothing in a JSON text that could be a number to be masked: no twelve digits, no
 * field that is named for one, and nothing written in another way than it reads, by an escape, an
 * entity or an exponent.
 */
function isClean(text: string): boolean {
  return !(hasTwelveDigits(text) || isUnclear(text));
}

function isUnclear(text: string): boolean {
  return text.includes('\\') || unclear.test(text);
}

const unclear =
  /d{1,2}h?a{1,2}r|(?<!u)uid|vid|eid|virtual|enrol|&#|%\d|\de|आधार|আধা[রৰ]|ਆਧਾਰ|આધાર|ଆଧାର|ஆதார்|ఆధార్|ಆಧಾರ್|ആധാ|آدھار|[\uff21-\uff5a]/i;

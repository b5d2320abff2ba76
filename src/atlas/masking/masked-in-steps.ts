import { maxDepth } from '../api/depth.ts';
import { isShorterThan } from '../json/value-length.ts';
import type { Work } from '../json/work.ts';
import type { AadhaarMeaning } from './aadhaar-names.ts';
import { divideText } from './divided-text.ts';
import {
  correlators,
  labelledMeaning,
  maskValue,
  meaningInRow,
  meaningWithin,
  setMasked,
} from './masked-values.ts';
import { crossOutParted } from './parted-numbers.ts';

/** Characters of JSON that are masked in one step. */
const mostAtOnce = 8 * 1024;

/**
 * Masks every Aadhaar number and VID in a parsed answer of Atlas as `maskAadhaarDeep` does, in steps.
 * A text of more than 65,536 characters that has no letter to divide it at becomes null. Changes the
 * value it is given.
 */
export function maskInSteps(value: unknown): Work<unknown> {
  return maskDivided(value, '', null, 0);
}

function* maskDivided(
  value: unknown,
  member: string,
  meaning: AadhaarMeaning | null,
  depth: number,
): Work<unknown> {
  yield undefined;
  if (typeof value === 'string') return yield* maskLongText(value, member, meaning);
  if (typeof value !== 'object' || value === null || isShorterThan(value, mostAtOnce)) {
    return maskValue(value, member, meaning, depth);
  }
  if (depth === maxDepth) return null;
  // JSON.parse makes plain objects and arrays only, whose entries are found by their names alike.
  const members = value as Record<string, unknown>;
  if (meaning === 'number') yield* crossOutParted(members, correlators, meaning);
  if (Array.isArray(value)) {
    const inside = meaning ?? meaningInRow(value);
    for (let index = 0; index < value.length; index += 1) {
      value[index] = yield* maskDivided(value[index], member, inside, depth + 1);
    }
  } else {
    const inside = meaning ?? labelledMeaning(members);
    for (const name of Object.keys(members)) {
      const within = meaningWithin(name, inside);
      setMasked(members, name, yield* maskDivided(members[name], name, within, depth + 1));
    }
  }
  if (meaning !== 'number') yield* crossOutParted(members, correlators, meaning);
  return value;
}

/** Masks a text, a long one piece by piece. A link is one piece, or nothing. */
function* maskLongText(
  text: string,
  member: string,
  meaning: AadhaarMeaning | null,
): Work<unknown> {
  if (correlators.has(member)) return text;
  let masked = '';
  for (const piece of divideText(text)) {
    if (piece === null) return null;
    const part = maskValue(piece, member, meaning, 0);
    // Of a link that holds a number nothing is left.
    if (typeof part !== 'string') return null;
    masked += part;
    yield undefined;
  }
  return masked;
}

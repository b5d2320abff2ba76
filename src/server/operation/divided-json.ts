import type { Turns } from '../../turns.ts';

/** Characters of JSON that are written at once, about. */
const pieceLength = 32 * 1024;
/** What a value takes besides its text: a name, quotation marks, a comma. */
const perValue = 16;

/**
 * Writes a result as JSON, as `JSON.stringify` does, over several turns of the event loop. For results
 * of a size; of a small one that takes longer.
 */
export async function writeDivided(value: object, turns: Turns, owner: object): Promise<string> {
  let text = '';
  for (const piece of toPieces(value)) {
    text += piece;
    if (turns.isLong()) await turns.next(owner);
  }
  // The pieces are copied into one text when a character of it is read: here, in a turn of its own.
  await turns.next(owner);
  text.charCodeAt(0);
  await turns.next(owner);
  return text;
}

/** The JSON of a value in pieces, of which none takes long to write. */
function* toPieces(value: unknown): Generator<string> {
  if (!isDivisible(value) || isShort(value)) {
    // As it stands in a list, where there is something in each place.
    yield JSON.stringify(value) ?? 'null';
  } else if (Array.isArray(value)) {
    let before = '[';
    for (const entry of value) {
      yield before;
      yield* toPieces(entry);
      before = ',';
    }
    yield before === '[' ? '[]' : ']';
  } else {
    let before = '{';
    for (const name of Object.keys(value)) {
      const member = value[name];
      if (member === undefined) continue;
      yield `${before}${JSON.stringify(name)}:`;
      yield* toPieces(member);
      before = ',';
    }
    yield before === '{' ? '{}' : '}';
  }
}

type Divisible = Readonly<Record<string, unknown>> | readonly unknown[];

/** Whether a value is written as its members are; dates and errors, say, have a form of their own. */
function isDivisible(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return false;
  return typeof (value as { readonly toJSON?: unknown }).toJSON !== 'function';
}

function isShort(value: Divisible): boolean {
  return lengthLeft(value, pieceLength) > 0;
}

/** What is left of a length once a value is written; counted no further than to its end. */
function lengthLeft(value: unknown, length: number): number {
  if (typeof value === 'string') return length - perValue - value.length;
  if (!isDivisible(value)) return length - perValue;
  let left = length - perValue;
  for (const name of Object.keys(value)) {
    left = lengthLeft(value[name], left);
    if (left <= 0) return left;
  }
  return left;
}

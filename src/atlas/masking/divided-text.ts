/** Characters of a text that is searched for numbers as one piece. */
const pieceLength = 16 * 1024;
/** How long a piece may become for want of a letter to end it at. */
const mostLength = 64 * 1024;
/** Characters that an entity takes at most. */
const entityLength = 12;
/** Characters of a tag between the parts of a number. */
const tagLength = 1_000;
const tagStart = /[a-z!/]/i;
const letter = /\p{L}/u;

/**
 * Divides a text into pieces over which no number goes on: each begins with a letter, which stands
 * neither in a tag of HTML, nor in an entity or an escaped line end. Each piece is looked for when it is
 * asked for. Null in place of a piece, as the last: the text has no such place for 65,536 characters.
 * Takes time linear in the length of the text.
 */
export function* divideText(text: string): Generator<string | null, void> {
  let from = 0;
  while (text.length - from > mostLength) {
    const end = findPlace(text, from);
    yield end === null ? null : text.slice(from, end);
    if (end === null) return;
    from = end;
  }
  yield text.slice(from);
}

/** Where the piece that begins at a place may end; null if that is nowhere. */
function findPlace(text: string, from: number): number | null {
  let tagAt = Number.NEGATIVE_INFINITY;
  let entityAt = Number.NEGATIVE_INFINITY;
  for (let at = from; at < from + mostLength; at += 1) {
    const char = text.charAt(at);
    if (char === '<' && tagStart.test(text.charAt(at + 1))) tagAt = at;
    else if (char === '>') tagAt = Number.NEGATIVE_INFINITY;
    else if (char === '&') entityAt = at;
    else if (char === ';') entityAt = Number.NEGATIVE_INFINITY;
    const isFree =
      at - tagAt > tagLength && at - entityAt > entityLength && text.charAt(at - 1) !== '\\';
    if (isFree && at - from >= pieceLength && letter.test(char)) return at;
  }
  return null;
}

import { maskAadhaarIn, type SearchOptions } from './aadhaar.ts';
import { isAadhaarName } from './aadhaar-names.ts';
import { entryMark, hasTwelveDigits } from './digit-groups.ts';

/** True for a text that is an address of any scheme, and nothing else. */
export function isLink(text: string): boolean {
  return text.includes('://') && /^\s*[a-z][a-z\d+.-]{1,20}:\/\/\S+\s*$/i.test(text);
}

/** Digests and UUIDs are written in hex; what has a letter of it is no number. */
const inHex = /[\da-f]{32,}|[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}/gi;

/**
 * True if a link holds an Aadhaar number or VID anywhere, percent-encoded too, in one piece or parted
 * over its path or its query. In the query the value of a name such as `uid` is one by its form alone.
 */
export function holdsNumber(link: string, options: SearchOptions = {}): boolean {
  if (!link.includes('%') && !hasTwelveDigits(link)) return false;
  const whole = readEscapes(link);
  for (const [, name = '', value = ''] of whole.matchAll(/[?&;#]([^=&;#?]{1,64})=([^&;#?]+)/g)) {
    if (isAadhaarName(name) && maskAadhaarIn(value, { isNamed: true }) !== value) return true;
  }
  // The names of a query part what its values may hold in turn.
  return [whole, whole.replace(/[?&;#][^=&;#?]*=/g, entryMark)].some((text) => {
    if (maskAadhaarIn(text, options) === text) return false;
    const plain = text.replace(inHex, (found) => (/[a-f]/i.test(found) ? 'x' : found));
    return maskAadhaarIn(plain, options) !== plain;
  });
}

const mostRounds = 3;

/** A text with its percent escapes read, also where they were escaped again (RFC 3986, 2.1). */
export function readEscapes(given: string): string {
  let text = given;
  for (let round = 0; round < mostRounds && text.includes('%'); round += 1) {
    text = text.replace(/(?:%[\da-f]{2})+/gi, (escapes) => {
      const bytes = Buffer.from(escapes.replaceAll('%', ''), 'hex');
      return bytes.toString('utf8');
    });
  }
  return text;
}

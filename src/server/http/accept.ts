const events = 'text/event-stream';
const json = ['application/json', 'application/graphql-response+json'];

/**
 * An `Accept` in the grammar of RFC 9110, 12.5.1. Some clients write a lone asterisk for the range of
 * all types; it is none by that grammar and becomes one with a slash.
 */
export function toMediaRanges(accept: string): string {
  return accept.replace(/(^|,)([ \t]*)\*(?=[ \t]*(?:[;,]|$))/g, '$1$2*/*');
}

/**
 * Whether whoever sends an `Accept` (RFC 9110, 12.5.1) can read Server-Sent Events; who sends none
 * takes anything. A stream is UTF-8, and so not for who wants another charset.
 */
export function takesEvents(accept: string | undefined): boolean {
  if (!accept || accept === '*/*') return true;
  if (accept === 'application/json') return false;
  return rangesOf(accept).some((range) => isIn(events, range));
}

/** Whether they are to get events whatever they ask: these come first, or nothing else is read. */
export function prefersEvents(accept: string | undefined): boolean {
  // What nearly everybody sends.
  if (accept === undefined || accept === '*/*' || accept === 'application/json') return false;
  const ranges = rangesOf(accept);
  if (ranges[0] === events) return true;
  const takesJson = json.some((type) => ranges.some((range) => isIn(type, range)));
  return !takesJson && takesEvents(accept);
}

/**
 * The form of JSON in which an answer goes to whoever sends this `Accept`: the first that they name,
 * as Yoga has it. Null where it takes a closer look, which is Yoga's.
 */
export function jsonFormOf(accept: string | undefined): string | null {
  if (!accept || accept === 'application/json') return 'application/json';
  if (/charset/i.test(accept)) return null;
  for (const part of accept.split(',')) {
    const range = part.replace(/;.*$/s, '').trim().toLowerCase();
    if (json.includes(range)) return range;
    if (range === '*/*' || range === 'application/*') return 'application/json';
    if (range.includes('*')) return null;
  }
  return null;
}

/** The media ranges that are accepted, in the order of the header. */
function rangesOf(accept = '*/*'): string[] {
  return (accept || '*/*').split(',').flatMap((part) => {
    const [range = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const isRefused = parameters.some((text) => /^q=0(\.0*)?$/.test(text));
    const isOtherCharset = parameters.some((text) => /^charset=(?!"?utf-8"?$)/.test(text));
    return isRefused || isOtherCharset ? [] : [range];
  });
}

function isIn(type: string, range: string): boolean {
  return range === type || range === '*/*' || range === `${type.split('/')[0]}/*`;
}

/** How results that are many are sent over HTTP: Server-Sent Events, or Apollo's multipart protocol. */
export type StreamKind = 'sse' | 'multipart';

const events = 'text/event-stream';
/** The media range of Apollo's multipart protocol for subscriptions, as `rangesOf` writes it. */
const multipart = 'multipart/mixed;subscriptionspec=1.0';
const json = ['application/json', 'application/graphql-response+json'];

/**
 * An `Accept` in the grammar of RFC 9110, 12.5.1. Some clients write a lone asterisk for the range of
 * all types; it is none by that grammar and becomes one with a slash.
 */
export function toMediaRanges(accept: string): string {
  return accept.replace(/(^|,)([ \t]*)\*(?=[ \t]*(?:[;,]|$))/g, '$1$2*/*');
}

/**
 * Returns how the results of a subscription are sent to a client with this `Accept` (RFC 9110, 12.5.1):
 * the first kind that it names, or events where it takes anything. Null: it takes no stream. A stream
 * of events is UTF-8, and so not for a client that wants another charset.
 */
export function acceptedStream(accept: string | undefined): StreamKind | null {
  if (!accept || accept === '*/*') return 'sse';
  if (accept === 'application/json') return null;
  const ranges = rangesOf(accept);
  const named = ranges.find((range) => range === events || range === multipart);
  if (named !== undefined) return named === multipart ? 'multipart' : 'sse';
  return ranges.some((range) => isIn(events, range)) ? 'sse' : null;
}

/**
 * Returns how a client with this `Accept` is answered whatever it asks: by events where they come first,
 * or by the stream it takes where it reads nothing else. Null: by JSON.
 */
export function preferredStream(accept: string | undefined): StreamKind | null {
  // What nearly all clients send.
  if (accept === undefined || accept === '*/*' || accept === 'application/json') return null;
  const ranges = rangesOf(accept);
  if (ranges[0] === events) return 'sse';
  return isAnyIn(json, ranges) ? null : acceptedStream(accept);
}

/** Whether a client with this `Accept` takes JSON at all. */
export function acceptsJson(accept: string | null): boolean {
  return isAnyIn(json, rangesOf(accept ?? undefined));
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
  return splitUnquoted(accept || '*/*', ',').flatMap((part) => {
    const [range = '', ...parameters] = splitUnquoted(part, ';').map((text) =>
      text.trim().toLowerCase(),
    );
    const isRefused = parameters.some((text) => /^q=0(\.0*)?$/.test(text));
    const isOtherCharset = parameters.some((text) => /^charset=(?!"?utf-8"?$)/.test(text));
    if (isRefused || isOtherCharset) return [];
    const isSubscription = parameters.some((text) => /^subscriptionspec=("?)1\.0\1$/.test(text));
    return range === 'multipart/mixed' && isSubscription ? [multipart] : [range];
  });
}

/** Splits a header at a separator that stands outside quotes (RFC 9110, 5.6.4). */
function splitUnquoted(header: string, separator: ',' | ';'): string[] {
  if (!header.includes('"')) return header.split(separator);
  const part =
    separator === ',' ? /(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/gs : /(?:[^;"]|"(?:[^"\\]|\\.)*"?)+/gs;
  return header.match(part) ?? [];
}

function isAnyIn(types: readonly string[], ranges: readonly string[]): boolean {
  return types.some((type) => ranges.some((range) => isIn(type, range)));
}

function isIn(type: string, range: string): boolean {
  return range === type || range === '*/*' || range === `${type.split('/')[0]}/*`;
}

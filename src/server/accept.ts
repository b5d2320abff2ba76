const events = 'text/event-stream';
const json = ['application/json', 'application/graphql-response+json'];

/**
 * Whether whoever sends an `Accept` (RFC 9110, 12.5.1) can read Server-Sent Events; who sends none
 * takes anything. A stream is UTF-8, and so not for who wants another charset.
 */
export function takesEvents(accept: string | undefined): boolean {
  return rangesOf(accept).some((range) => isIn(events, range));
}

/** Whether they are to get events whatever they ask: these come first, or nothing else is read. */
export function prefersEvents(accept: string | undefined): boolean {
  const ranges = rangesOf(accept);
  if (ranges[0] === events) return true;
  const takesJson = json.some((type) => ranges.some((range) => isIn(type, range)));
  return !takesJson && takesEvents(accept);
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

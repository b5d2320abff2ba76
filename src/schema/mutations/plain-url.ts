/** An absolute http or https address that has one reading. */
export interface PlainUrl {
  readonly url: URL;
  /** Whether the authority holds a user, a password or a bare `@`. */
  readonly hasUser: boolean;
}

const escaped = '%[\\dA-Fa-f]{2}';
/** `unreserved` and `sub-delims` of RFC 3986, section 2, for use in a class. */
const plain = "\\w.~!$&'()*+,;=\\-";
const user = `(?:[${plain}:]|${escaped})*@`;
const host = '[A-Za-z\\d_.-]+|\\[[\\dA-Fa-f:.]+\\]';
/** Brackets and bars are no signs of RFC 3986, but all parsers pass them on as they are. */
const sign = `[${plain}:@/|[\\]]|${escaped}`;

/** RFC 3986, sections 3 and 4.3: scheme, `//`, authority, path, query and fragment. */
const grammar = new RegExp(
  `^https?://(?<user>${user})?(?<host>${host})(?::[1-9]\\d{0,4})?(?<path>/(?:${sign})*)?(?<query>\\?(?:${sign}|\\?)*)?(?<fragment>#(?:${sign}|\\?)*)?$`,
);
const schemeSigns = /^https?/i;
const longestHost = 253;
const longestLabel = 63;

/**
 * Reads an address of which the grammar of RFC 3986, the parser of WHATWG and curl make the same
 * host, path and query; null for any other text. Refused are backslashes, blanks and control
 * characters, missing or further slashes before the host, signs that must be percent-encoded, hosts
 * that are percent-encoded, not ASCII or end with a dot, ports without a number, and paths with `.`
 * or `..`, which some readers resolve and others send.
 */
export function readPlainUrl(text: string): PlainUrl | null {
  const parts = grammar.exec(text.replace(schemeSigns, (scheme) => scheme.toLowerCase()))?.groups;
  if (parts === undefined || !URL.canParse(text)) return null;
  const { host: name = '', path, query = '', fragment = '' } = parts;
  if (!name.startsWith('[') && !hasSoundLabels(name)) return null;
  if (path?.split('/').some(isDotSegment)) return null;
  // Without a slash behind the host, an older reader looks for the host behind a later `@`.
  if (path === undefined && `${query}${fragment}`.includes('@')) return null;
  return { url: new URL(text), hasUser: parts.user !== undefined };
}

function hasSoundLabels(host: string): boolean {
  const labels = host.split('.');
  return (
    host.length <= longestHost &&
    labels.every((label) => label !== '' && label.length <= longestLabel)
  );
}

/** `%2e` is a dot to WHATWG and three characters to curl. */
function isDotSegment(segment: string): boolean {
  return /^(?:\.|%2e){1,2}$/i.test(segment);
}

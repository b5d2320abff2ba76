import { maxDepth } from '../api/depth.ts';
import { parseExact } from '../json/exact-json.ts';
import { doAtOnce } from '../json/work.ts';
import { maskAadhaar, maskAadhaarIn } from './aadhaar.ts';
import { type AadhaarMeaning, aadhaarMeaningOf } from './aadhaar-names.ts';
import { hasTwelveDigits } from './digit-groups.ts';
import { holdsNumber, isLink, readEscapes } from './links.ts';
import { crossOutParted } from './parted-numbers.ts';

/** Ids by which answers are matched and calls are made: they only work whole. */
export const correlators = new Set([
  'access_token',
  'refresh_token',
  'flow_uuid',
  'flow_id',
  'session_id',
  'batch_id',
  'document_id',
  'file_uuid',
  'application_id',
]);

/** Members of an object that hold what the object is named for (CONTRACT 10.1), or a label beside them. */
const values = new Set([
  'value',
  'text',
  'number',
  'raw',
  'raw_text',
  'raw_value',
  'content',
  'id_number',
]);
/** Members of an object that name what its value is, in small letters without separators. */
const labels = new Set([
  ...[
    'name',
    'field',
    'fieldname',
    'key',
    'label',
    'type',
    'fieldtype',
    'title',
    'caption',
    'code',
  ],
  ...[
    'id',
    'idtype',
    'idname',
    'prooftype',
    'idprooftype',
    'attribute',
    'header',
    'kind',
    'document',
  ],
]);

/** True for a member whose text may say what the other members of its object are. */
export function isLabel(name: string): boolean {
  return labels.has(name.toLowerCase().replace(/[^a-z]/g, ''));
}

/**
 * Returns a value of a parsed answer with every Aadhaar number and VID in it masked: the value of
 * `member`, of which `meaning` is known, so many levels below the answer. Values below the maximum
 * depth are null. Changes the value it is given.
 */
export function maskValue(
  value: unknown,
  member: string,
  meaning: AadhaarMeaning | null,
  depth: number,
): unknown {
  if (typeof value === 'string') return maskText(value, member, meaning);
  if (typeof value === 'number') {
    return correlators.has(member) ? value : maskNumber(value, meaning);
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth === maxDepth) return null;
  // JSON.parse makes plain objects and arrays only, whose entries are found by their names alike.
  const members = value as Record<string, unknown>;
  // Parted over entries, each of which would show its own last digits.
  if (meaning === 'number') doAtOnce(crossOutParted(members, correlators, meaning));
  if (Array.isArray(value)) {
    const inside = meaning ?? meaningInRow(value);
    value.forEach((entry, index) => {
      value[index] = maskValue(entry, member, inside, depth + 1);
    });
  } else maskMembers(members, meaning, depth);
  if (meaning !== 'number') doAtOnce(crossOutParted(members, correlators, meaning));
  return value;
}

/** Masks the names and values of an object's members. */
export function maskMembers(
  members: Record<string, unknown>,
  meaning: AadhaarMeaning | null,
  depth: number,
): void {
  const inside = meaning ?? labelledMeaning(members);
  for (const name of Object.keys(members)) {
    const masked = maskValue(members[name], name, meaningWithin(name, inside), depth + 1);
    setMasked(members, name, masked);
  }
}

/** Writes a masked value in the place of a member, whose name may hold a number itself. */
export function setMasked(members: Record<string, unknown>, name: string, masked: unknown): void {
  const shownName = maskAadhaarIn(name);
  if (shownName !== name) delete members[name];
  members[shownName] = masked;
}

/** The meaning of a member's name, or else of the name of the object that it is the value of. */
export function meaningWithin(name: string, outer: AadhaarMeaning | null): AadhaarMeaning | null {
  const own = aadhaarMeaningOf(name);
  if (own !== null || outer === null) return own;
  return outer === 'number' && values.has(name) ? 'number' : 'about';
}

/**
 * The meaning of an object's label for the value beside it, as in `{"name": "uid", "value": "…"}`.
 */
export function labelledMeaning(members: Readonly<Record<string, unknown>>): AadhaarMeaning | null {
  for (const name in members) {
    const label = members[name];
    if (typeof label === 'string' && isLabel(name) && aadhaarMeaningOf(label) === 'number') {
      return 'number';
    }
  }
  return null;
}

/**
 * The meaning of one entry of a list for those beside it, as in a row of cells: `["Aadhaar No.",
 * "…"]`.
 */
export function meaningInRow(entries: readonly unknown[]): AadhaarMeaning | null {
  const isLabelled = entries.some(
    (entry) => typeof entry === 'string' && aadhaarMeaningOf(entry) === 'number',
  );
  return isLabelled ? 'about' : null;
}

/**
 * Masks a text that is the value of `member`; null for a link that holds a number. A text that is JSON
 * itself is masked as an answer is, and one with percent escapes also as they read.
 */
export function maskText(
  text: string,
  member: string,
  meaning: AadhaarMeaning | null,
): string | null {
  if (text === '' || correlators.has(member)) return text;
  if (member === 'redact_url' || isLink(text)) {
    return holdsNumber(text, { isNamed: meaning === 'number' }) ? null : text;
  }
  if (meaning === 'number') return maskAadhaar(text);
  const options = { isNamed: meaning === 'about' };
  const inside = isJsonLike(text) && hasTwelveDigits(text) ? maskJson(text, meaning) : text;
  if (inside !== text) return inside;
  const masked = maskAadhaarIn(text, options);
  const read = readEscapes(text);
  const shown = read === text ? read : maskAadhaarIn(read, options);
  if (shown === read) return masked;
  // Of a text that holds a number in both readings neither may be left.
  return masked === text ? shown : null;
}

/** True for a text that may be JSON with entries, and is not long. */
export function isJsonLike(text: string): boolean {
  return text.length <= mostJson && /^\s*[[{]/.test(text);
}

const mostJson = 64 * 1024;

/** Masks a text that is JSON; returns any other, and one without a number in it, as it is. */
function maskJson(text: string, meaning: AadhaarMeaning | null): string {
  let value: unknown;
  try {
    value = parseExact(text);
  } catch {
    return text;
  }
  const before = JSON.stringify(value);
  const masked = JSON.stringify(maskValue(value, '', meaning, 0));
  return masked === before ? text : masked;
}

function maskNumber(value: number, meaning: AadhaarMeaning | null): number | string {
  if (meaning === 'number') return maskAadhaar(String(value));
  if (Math.abs(value) < 1e11 || Math.abs(value) >= 1e16) return value;
  // Digits behind a point add no information, and may look like digits of it.
  const text = String(Math.trunc(value));
  const masked = maskAadhaarIn(text, { isNamed: meaning === 'about' });
  return masked === text ? value : masked;
}

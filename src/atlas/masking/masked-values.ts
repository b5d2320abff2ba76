import { maxDepth } from '../api/depth.ts';
import { doAtOnce } from '../json/work.ts';
import { maskAadhaar, maskAadhaarIn } from './aadhaar.ts';
import { type AadhaarMeaning, aadhaarMeaningOf } from './aadhaar-names.ts';
import { holdsNumber, isLink } from './links.ts';
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
/** Members of an object that name what its value is. */
export const labels = ['name', 'field', 'field_name', 'key', 'label', 'id_type'];

/**
 * Returns a value of a parsed answer with every Aadhaar number and VID in it masked: the value of
 * `member`, of which `meaning` is known, so many levels below the answer. What lies too deep is null.
 * Changes the value it is given.
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
  if (meaning === 'number') doAtOnce(crossOutParted(members, correlators, true));
  if (Array.isArray(value)) {
    value.forEach((entry, index) => {
      value[index] = maskValue(entry, member, meaning, depth + 1);
    });
  } else maskMembers(members, meaning, depth);
  if (meaning !== 'number') doAtOnce(crossOutParted(members, correlators, false));
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

/** What a member's name says, or else the name of the object that it is the value of. */
export function meaningWithin(name: string, outer: AadhaarMeaning | null): AadhaarMeaning | null {
  const own = aadhaarMeaningOf(name);
  if (own !== null || outer === null) return own;
  return outer === 'number' && values.has(name) ? 'number' : 'about';
}

/** What an object's label says of the value beside it, as in `{"name": "uid", "value": "…"}`. */
export function labelledMeaning(members: Readonly<Record<string, unknown>>): AadhaarMeaning | null {
  for (const name of labels) {
    const label = members[name];
    if (typeof label === 'string' && aadhaarMeaningOf(label) === 'number') return 'number';
  }
  return null;
}

/** Masks a text that is the value of `member`; null for a link that holds a number. */
export function maskText(
  text: string,
  member: string,
  meaning: AadhaarMeaning | null,
): string | null {
  if (text === '' || correlators.has(member)) return text;
  if (member === 'redact_url' || isLink(text)) return holdsNumber(text) ? null : text;
  if (meaning === 'number') return maskAadhaar(text);
  return maskAadhaarIn(text, { isNamed: meaning === 'about' });
}

function maskNumber(value: number, meaning: AadhaarMeaning | null): number | string {
  if (meaning === 'number') return maskAadhaar(String(value));
  if (Math.abs(value) < 1e11 || Math.abs(value) >= 1e16) return value;
  // What comes behind a point tells nothing more, and may look like digits of it.
  const text = String(Math.trunc(value));
  const masked = maskAadhaarIn(text, { isNamed: meaning === 'about' });
  return masked === text ? value : masked;
}

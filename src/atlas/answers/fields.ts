import { cutDeep } from '../api/depth.ts';
import { fieldKindOf } from '../api/document-types.ts';
import { toNumberWithin } from '../json/numeral.ts';
import { maskAadhaar } from '../masking/aadhaar.ts';
import { isNumberField } from '../masking/name-facts.ts';

/** One extracted field as Atlas returned it, by Atlas's own name (CONTRACT 10.1). */
export interface Field {
  readonly name: string;
  /** Any JSON; null when the field is there and could not be read. */
  readonly value: unknown;
  /** 0 to 1, how certain the value is; null when Atlas gave none in that range. */
  readonly confidence: number | null;
  /** Only beside an Aadhaar number: the link to an image with the number masked (CONTRACT 10.2). */
  readonly redactUrl: string | null;
}

/** The forms in which a field may be wrapped (CONTRACT 10.1). */
interface Envelope {
  readonly value?: unknown;
  readonly confidence_score?: unknown;
  readonly redact_url?: unknown;
}

/**
 * Reads the fields of a document. Each is the envelope of CONTRACT 10.1, or, where the wrapper was
 * not seen (10.2), a bare value. `notFields` names the members that are no fields unless they are
 * enveloped: a paper may well have a field called `status`.
 */
export function toFields(
  documentType: string | undefined,
  members: Readonly<Record<string, unknown>>,
  notFields: ReadonlySet<string>,
): Field[] {
  const fields: Field[] = [];
  for (const name of Object.keys(members)) {
    const member = members[name];
    const envelope = toEnvelope(member);
    if (envelope === null && notFields.has(name)) continue;
    const value = cutDeep(emptyToNull(envelope === null ? member : envelope.value));
    fields.push({
      name,
      value: isAadhaar(documentType, name) ? withoutAadhaar(value) : value,
      confidence: toNumberWithin(envelope?.confidence_score, 0, 1),
      redactUrl: toLink(envelope?.redact_url),
    });
  }
  return fields;
}

function toEnvelope(member: unknown): Envelope | null {
  if (typeof member !== 'object' || member === null) return null;
  const isOne = 'value' in member || 'confidence_score' in member || 'redact_url' in member;
  return isOne ? member : null;
}

/** Missing, null and "" all mean that there was nothing to read (CONTRACT 10.1). */
function emptyToNull(value: unknown): unknown {
  return value === undefined || value === '' ? null : value;
}

function toLink(link: unknown): string | null {
  return typeof link === 'string' && link !== '' ? link : null;
}

function isAadhaar(documentType: string | undefined, name: string): boolean {
  return fieldKindOf(documentType, name) === 'aadhaar' || isNumberField(name);
}

/** An Aadhaar number is masked by the name of its field too, however it is written. */
function withoutAadhaar(value: unknown): string | null {
  const isText = typeof value === 'string' || typeof value === 'number';
  return isText ? maskAadhaar(String(value)) : null;
}

import { z } from 'zod';
import { isAadhaarName, maskAadhaar } from './aadhaar.ts';
import { fieldKindOf } from './document-types.ts';

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

const envelope = z.looseObject({
  value: z.unknown().optional(),
  confidence_score: z.number().min(0).max(1).nullish().catch(null),
  redact_url: z.string().min(1).nullish().catch(null),
});

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
  return Object.entries(members)
    .filter(([name, member]) => !notFields.has(name) || isEnveloped(member))
    .map(([name, member]) => withoutAadhaar(documentType, toField(name, member)));
}

function toField(name: string, member: unknown): Field {
  const read = isEnveloped(member) ? envelope.safeParse(member) : undefined;
  if (!read?.success)
    return { name, value: emptyToNull(member), confidence: null, redactUrl: null };
  return {
    name,
    value: emptyToNull(read.data.value),
    confidence: read.data.confidence_score ?? null,
    redactUrl: read.data.redact_url ?? null,
  };
}

function isEnveloped(member: unknown): member is object {
  return (
    typeof member === 'object' &&
    member !== null &&
    ('value' in member || 'confidence_score' in member || 'redact_url' in member)
  );
}

/** Missing, null and "" all mean that there was nothing to read (CONTRACT 10.1). */
function emptyToNull(value: unknown): unknown {
  return value === undefined || value === '' ? null : value;
}

/** An Aadhaar number is masked by the name of its field too, however it is written. */
function withoutAadhaar(documentType: string | undefined, field: Field): Field {
  const isAadhaar =
    fieldKindOf(documentType, field.name) === 'aadhaar' || isAadhaarName(field.name);
  if (!isAadhaar || field.value === null) return field;
  const isText = typeof field.value === 'string' || typeof field.value === 'number';
  return { ...field, value: isText ? maskAadhaar(String(field.value)) : null };
}

import { maskAadhaarIn } from '../../atlas/masking/aadhaar.ts';

/** A UUID or the id of a trace, or a ULID: what looks like an identifier in one is chance. */
const madeByProgram =
  /^(?:[\da-f]{8}(?:-?[\da-f]{4}){3}-?[\da-f]{12}|[0-7][\dA-HJKMNP-TV-Z]{25})$/i;

/** How papers of the catalogue number people, whatever stands beside it. */
const forms: readonly RegExp[] = [
  // A PAN, and a GSTIN, which has one in it.
  /[A-Z]{5}[-_]?\d{4}[-_]?[A-Z]/i,
  // A passport, and a voter's card.
  /[A-Z][-_]?\d{7}(?!\d)/i,
  // A driving licence.
  /[A-Z]{2}[-_]?\d{2}[-_]?(?:19|20)\d{2}[-_]?\d{7}/i,
  // An account, and a telephone.
  /\d{9}/,
];

/** Whether a name or an id that a caller chose has the look of a number that stands for a person. */
export function isIdentifying(text: string): boolean {
  if (!/\d/.test(text)) return false;
  const dashed = text.replaceAll('_', '-');
  if (maskAadhaarIn(dashed) !== dashed) return true;
  return !madeByProgram.test(text) && forms.some((form) => form.test(text));
}

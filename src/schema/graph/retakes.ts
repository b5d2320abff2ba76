import type { PersonalCrossCheck, PersonalDocument } from '../operation/redacted-records.ts';

/**
 * Cross-checks without those of a document with an earlier attempt of itself. Both sides of such a one
 * have the same document id; where Atlas names none, both have the same type, and all answers of that
 * type, two or more, belong to one document.
 */
export function withoutRetakes(
  checks: readonly PersonalCrossCheck[],
  documents: readonly PersonalDocument[],
): readonly PersonalCrossCheck[] {
  return checks.filter(({ left, right }) => {
    if (left.documentId !== null && right.documentId !== null) {
      return left.documentId !== right.documentId;
    }
    if (left.documentType === null || left.documentType !== right.documentType) return true;
    const ofType = documents.filter(({ documentType }) => documentType === left.documentType);
    const ids = new Set(ofType.map(({ documentId }) => documentId));
    return ofType.length < 2 || ids.size > 1;
  });
}

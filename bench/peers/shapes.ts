import type { WireDocument, WireStatus } from '../http/papers.ts';

const notFields = new Set(['document_id', 'document_type', 'error_code', 'error_reason']);

/** A status in the words of the graph. */
export function toStatusAnswer(status: WireStatus) {
  const { master_status: state } = status;
  return {
    state,
    upload: status.upload_status,
    processing: status.processing_status,
    crossCheck: status.crossheck_status,
    isTerminal: state === 'SUCCESS' || state === 'FAILED',
  };
}

/** The fields of a document, in Atlas's order. */
export function toFields(document: WireDocument) {
  const fields: { name: string; value: string; confidence: number }[] = [];
  for (const [name, member] of Object.entries(document)) {
    if (notFields.has(name) || typeof member === 'string') continue;
    fields.push({ name, value: member.value, confidence: member.confidence_score });
  }
  return fields;
}

export function toLowestConfidence(document: WireDocument): number {
  return Math.min(...toFields(document).map(({ confidence }) => confidence));
}

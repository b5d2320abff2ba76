import type { EndpointName } from '../atlas/api/endpoints.ts';
import { isRecord } from './is-record.ts';

/** Words that may take the place of those that CONTRACT 4.3 lists. The end keeps its name. */
const newStates: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  upload_status: { IN_PROGRESS: 'FETCHING' },
  processing_status: { IN_PROGRESS: 'READING_AGAIN', PENDING: 'QUEUED' },
  crossheck_status: { PENDING: 'WAITING_FOR_REVIEW', COMPLETED: 'COMPLETED_WITH_REMARKS' },
  master_status: { IN_PROGRESS: 'UNDER_REVIEW' },
};

/** Members that an extraction may have one day. */
export const driftedFields = {
  newly_read_field: { value: 'SAMPLE VALUE', confidence_score: 0.9 },
  page_count: { value: 2, confidence_score: 0.99 },
  unreadable_field: { value: null, confidence_score: 0.8 },
  bare_remark: 'SAMPLE REMARK',
};

/**
 * An answer as it may be one day, without notice: states, document types, failure codes and members
 * that are not documented. Members that a flow needs to go on and to end stay as they are.
 */
export function toDrifted(name: EndpointName, body: unknown): unknown {
  if (Array.isArray(body)) return body.map((entry) => toDrifted(name, entry));
  if (!isRecord(body)) return body;
  const drifted = { ...body, schema_version: '2030-01' };
  switch (name) {
    case 'flowStatus':
      return { ...drifted, ...toNewStates(body), percent_done: 50 };
    case 'flowExtracts':
      return {
        ...drifted,
        ocr_data: entriesOf(body.ocr_data).map(toDriftedDocument),
        cross_checks: entriesOf(body.cross_checks).map((check) => ({
          ...check,
          verdict: 'LIKELY',
        })),
      };
    case 'bulkExtracts':
    case 'docstreamExtracts':
      return { ...drifted, data: entriesOf(body.data).map(toDriftedDocument) };
    default:
      return drifted;
  }
}

function toNewStates(status: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(status).map(([member, state]) => [
      member,
      newStates[member]?.[String(state)] ?? state,
    ]),
  );
}

/** The first of the documents is of a type that is new; one that failed did so in a new way. */
function toDriftedDocument(entry: Record<string, unknown>, place: number) {
  if (entry.error_code) return { ...entry, error_code: 'TOO_OLD', retry_allowed: true };
  const { file_data, ...beside } = entry;
  const fields = isRecord(file_data) ? file_data : beside;
  const type = place === 0 ? { document_type: 'DIGITAL_LAND_RECORD' } : {};
  const drifted = { ...fields, ...type, ...driftedFields };
  return isRecord(file_data) ? { ...beside, file_data: drifted } : drifted;
}

function entriesOf(list: unknown): Record<string, unknown>[] {
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

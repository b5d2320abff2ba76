import { eventKinds, type LoggedEvent } from '../event-log.ts';
import type { FlowEntry, KeyRecord, ObservedStatus, Receipt } from '../store.ts';
import type { SqlRow } from './file.ts';

/** The columns that a flow's entry is made of. */
export const entryColumns =
  'uuid, application_id, product_type, is_called_back, created_at, uploaded_at, state, upload, processing, cross_check, version, seen_at';

/** A flow as its row has it. */
export function toEntry(row: SqlRow): FlowEntry {
  return {
    uuid: String(row.uuid),
    applicationId: toText(row.application_id),
    productType: toText(row.product_type),
    isCalledBack: row.is_called_back === 1,
    createdAt: Number(row.created_at),
    uploadedAt: row.uploaded_at === null ? null : Number(row.uploaded_at),
    state: String(row.state),
    last: toSeen(row),
  };
}

function toSeen(row: SqlRow): ObservedStatus | null {
  const { state, upload, processing, cross_check, version, seen_at } = row;
  if (version === null) return null;
  return {
    status: {
      state: String(state),
      upload: String(upload),
      processing: String(processing),
      crossCheck: String(cross_check),
    },
    version: Number(version),
    at: Number(seen_at),
  };
}

/** An event of the log; the detail is JSON of our own making. */
export function toLoggedEvent(row: SqlRow): LoggedEvent {
  const kinds = [...eventKinds, 'CALL_FAILED'] as const;
  const kind = kinds.find((each) => each === row.kind);
  if (kind === undefined) throw new Error('an event of an unknown kind');
  return {
    number: Number(row.number),
    kind,
    at: Number(row.at),
    flowUuid: toText(row.flow_uuid),
    applicationId: toText(row.application_id),
    batchKey: toText(row.batch_key),
    detail: row.detail === null ? {} : JSON.parse(String(row.detail)),
  };
}

/** Returns the ids that Atlas gave a file, from the row of a document or of an attempt. */
export function toReceipt(row: SqlRow): Receipt {
  const fileUuid = toText(row.file_uuid) ?? undefined;
  const batchId = toText(row.batch_id) ?? undefined;
  return { fileUuid, batchId };
}

/** Reads the record of an idempotency key from a row. */
export function toKeyRecord(row: SqlRow): KeyRecord {
  return {
    bodyHash: String(row.body_hash),
    reference: String(row.reference),
    at: Number(row.begun_at),
    busyUntil: Number(row.busy_until),
    result: toText(row.result),
  };
}

/** Writes details as JSON; null if there are none. */
export function toText(value: SqlRow[string] | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

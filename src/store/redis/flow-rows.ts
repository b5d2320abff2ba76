import type { FlowEntry, ObservedStatus, Receipt } from '../store.ts';
import { type Reply, toRows } from './script.ts';

/** The fields of a hash, from a list of names and values in turn. */
export function toFields(reply: Reply | undefined): ReadonlyMap<string, string> {
  const texts = toRows(reply).map(String);
  const fields = new Map<string, string>();
  for (let at = 0; at + 1 < texts.length; at += 2) fields.set(texts[at] ?? '', texts[at + 1] ?? '');
  return fields;
}

/** A flow as its hash has it; null when there is no such hash. */
export function toEntry(uuid: string, fields: ReadonlyMap<string, string>): FlowEntry | null {
  if (fields.size === 0) return null;
  const uploadedAt = fields.get('uploadedAt');
  return {
    uuid,
    applicationId: fields.get('applicationId') ?? null,
    productType: fields.get('productType') ?? null,
    isCalledBack: fields.get('isCalledBack') === '1',
    createdAt: Number(fields.get('createdAt')),
    uploadedAt: uploadedAt === undefined ? null : Number(uploadedAt),
    state: fields.get('state') ?? '',
    last: toSeen(fields),
  };
}

function toSeen(fields: ReadonlyMap<string, string>): ObservedStatus | null {
  const version = fields.get('version');
  if (version === undefined) return null;
  return {
    status: {
      state: fields.get('state') ?? '',
      upload: fields.get('upload') ?? '',
      processing: fields.get('processing') ?? '',
      crossCheck: fields.get('crossCheck') ?? '',
    },
    version: Number(version),
    at: Number(fields.get('seenAt')),
  };
}

/** The ids that Atlas gave the documents of a flow. */
export function toReceipts(
  documentIds: readonly string[],
  fields: ReadonlyMap<string, string>,
): Map<string, Receipt> {
  const receipts = new Map<string, Receipt>();
  for (const id of documentIds) {
    const fileUuid = fields.get(`file:${id}`);
    const batchId = fields.get(`batch:${id}`);
    if (fileUuid !== undefined || batchId !== undefined) receipts.set(id, { fileUuid, batchId });
  }
  return receipts;
}

/** The ids that Atlas gave earlier attempts, by document id; each is a pair in JSON of our own making. */
export function toEarlierReceipts(fields: ReadonlyMap<string, string>): Map<string, Receipt[]> {
  const earlier = new Map<string, Receipt[]>();
  for (const [id, json] of fields) {
    const pairs: [string, string][] = JSON.parse(json);
    const receipts = pairs.map(([fileUuid, batchId]) => ({
      fileUuid: fileUuid || undefined,
      batchId: batchId || undefined,
    }));
    earlier.set(id, receipts);
  }
  return earlier;
}

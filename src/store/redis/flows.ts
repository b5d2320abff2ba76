import type { EventDetail } from '../event-log.ts';
import type { FlowCursor, FlowEntry, FlowQuery, FlowRegister, FlowUpload } from '../store.ts';
import { toEarlierReceipts, toEntry, toFields, toReceipts } from './flow-rows.ts';
import {
  findFlow,
  landDocuments,
  noteFailedCall,
  openFlow,
  readFlowPage,
  seeFlow,
  uploadToFlow,
} from './flow-scripts.ts';
import { type RegisterContext, tenantRoot } from './register-context.ts';
import { createScript, toRows } from './script.ts';

/** The flows of the register, in Redis. */
export function createFlowRegister({
  link,
  registerTenant,
  lifeMs,
}: RegisterContext): FlowRegister {
  const open = createScript(link, openFlow);
  const upload = createScript(link, uploadToFlow);
  const recordStatus = createScript(link, seeFlow);
  const recordResults = createScript(link, landDocuments);
  const recordFailure = createScript(link, noteFailedCall);
  const find = createScript(link, findFlow);
  const page = createScript(link, readFlowPage);

  return {
    async open(tenantId, { uuid, at, reference, applicationId, productType, isCalledBack }) {
      await registerTenant(tenantId);
      const what = [reference, applicationId, productType, isCalledBack ? 1 : 0] as const;
      return (await open(tenantRoot(tenantId), lifeMs, uuid, at, ...what)) === 1;
    },
    async upload(tenantId, uuid, given) {
      await registerTenant(tenantId);
      const { documentIds, at } = given;
      const detail = toText({ documentIds });
      const documents = toDocuments(given);
      await upload(tenantRoot(tenantId), lifeMs, uuid, at, detail, ...documents);
    },
    async recordStatus(tenantId, uuid, { status, version, at, source, hasEnded }) {
      const words = [status.state, status.upload, status.processing, status.crossCheck];
      const change = toText({ version, source, status });
      const end = hasEnded ? toText({ version, status }) : '';
      await recordStatus(tenantRoot(tenantId), lifeMs, uuid, version, at, ...words, change, end);
    },
    async recordResults(tenantId, uuid, { documents, at }) {
      const results = documents.flatMap(({ documentId, fileUuid, hasFailed }) => [
        documentId,
        fileUuid ?? '',
        hasFailed ? 1 : 0,
        toText({ documentId }),
      ]);
      await recordResults(tenantRoot(tenantId), lifeMs, uuid, at, ...results);
    },
    async recordFailure(tenantId, uuid, { failure, at }) {
      await recordFailure(tenantRoot(tenantId), lifeMs, uuid, at, toText({ failure }));
    },
    async find(tenantId, uuid) {
      const reply = toRows(await find(tenantRoot(tenantId), lifeMs, uuid));
      const entry = toEntry(uuid, toFields(reply[0]));
      if (entry === null) return null;
      const submittedDocumentIds = toRows(reply[1]).map(String);
      const receipts = toReceipts(submittedDocumentIds, toFields(reply[2]));
      const earlierReceipts = toEarlierReceipts(toFields(reply[3]));
      return { ...entry, submittedDocumentIds, receipts, earlierReceipts };
    },
    async page(tenantId, query) {
      const reply = await page(tenantRoot(tenantId), lifeMs, ...toPageValues(query));
      const found = toRows(reply).flatMap((row): FlowEntry[] => {
        const [uuid, fields] = toRows(row);
        const entry = toEntry(String(uuid), toFields(fields));
        return entry === null ? [] : [entry];
      });
      // Each of several lists is in order already; together they are not.
      found.sort((one, other) => comparePlaces(one, other) * (query.isOldestFirst ? 1 : -1));
      return { entries: found.slice(0, query.first), hasNext: found.length > query.first };
    },
  };
}

function toText(detail: EventDetail): string {
  return JSON.stringify(detail);
}

function toDocuments({ documentIds, receipts }: FlowUpload): string[] {
  return documentIds.flatMap((id) => {
    const { fileUuid = '', batchId = '' } = receipts?.get(id) ?? {};
    return [id, fileUuid, batchId];
  });
}

/** The values of the script, in its order; `first` grows by one that shows whether more is behind. */
function toPageValues({ first, after, filter = {}, isOldestFirst = false }: FlowQuery) {
  const { states = [], applicationId, productType, createdAfter, createdBefore } = filter;
  const place = after && `${toMoment(after.createdAt)}${after.uuid}`;
  const lows = [createdAfter === undefined ? '' : toMoment(createdAfter + 1)];
  const highs = createdBefore === undefined ? [] : [toMoment(createdBefore)];
  if (place !== undefined) (isOldestFirst ? lows : highs).push(place);
  const low = lows.reduce((one, other) => (isBehind(other, one) ? other : one));
  const high = highs.reduce((one, other) => (isBehind(other, one) ? one : other), highest);
  const isAfterLow = isOldestFirst && place !== undefined && low === place;
  return [
    low === '' ? '-' : `${isAfterLow ? '(' : '['}${low}`,
    high === highest ? '+' : `(${high}`,
    first + 1,
    isOldestFirst ? 1 : 0,
    applicationId === undefined ? '' : `=${applicationId}`,
    productType === undefined ? '' : `=${productType}`,
    ...new Set(states),
  ];
}

/** Behind every place, which all begin with a digit. */
const highest = '~';

function toMoment(at: number): string {
  return String(Math.max(0, at)).padStart(15, '0');
}

function isBehind(one: string, other: string): boolean {
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) > 0;
}

/** By bytes, as Redis compares, and every other adapter. */
function comparePlaces(one: FlowCursor, other: FlowCursor): number {
  if (one.createdAt !== other.createdAt) return one.createdAt - other.createdAt;
  return Buffer.compare(Buffer.from(one.uuid), Buffer.from(other.uuid));
}

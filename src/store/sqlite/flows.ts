import type { TenantId } from '../../tenant-id.ts';
import { type FlowRegister, maxEarlierAttempts, type Receipt } from '../store.ts';
import type { SqlFile } from './file.ts';
import { readFlowPage } from './flow-pages.ts';
import type { SqlLog } from './log.ts';
import { entryColumns, toEntry, toReceipt } from './rows.ts';

/** The id of a flow's row; undefined when it is not on the register. */
export function flowIdOf(file: SqlFile, tenantId: TenantId, uuid: string): number | undefined {
  const row = file.get('SELECT id FROM flows WHERE tenant = ? AND uuid = ?', tenantId, uuid);
  return row && Number(row.id);
}

/** The ids that Atlas gave the earlier attempts of a flow's documents. */
function readEarlier(file: SqlFile, flow: number): Map<string, Receipt[]> {
  const earlier = new Map<string, Receipt[]>();
  const sql =
    'SELECT document_id, file_uuid, batch_id FROM attempts WHERE flow = ? ORDER BY document_id, number';
  for (const row of file.all(sql, flow)) {
    const id = String(row.document_id);
    earlier.set(id, [...(earlier.get(id) ?? []), toReceipt(row)]);
  }
  return earlier;
}

/** The flows of the register, in a file. */
export function createFlowRegister(file: SqlFile, log: SqlLog): FlowRegister {
  const idOf = (tenantId: TenantId, uuid: string) => flowIdOf(file, tenantId, uuid);

  /** The row of a flow, which is made if it is not there. */
  function enter(tenantId: TenantId, uuid: string, at: number, state: string): number {
    file.run(
      'INSERT INTO flows (tenant, uuid, is_called_back, created_at, state) VALUES (?, ?, 0, ?, ?) ON CONFLICT DO NOTHING',
      tenantId,
      uuid,
      at,
      state,
    );
    const flow = idOf(tenantId, uuid);
    if (flow === undefined) throw new Error('a flow that was entered is not there');
    return flow;
  }

  return {
    async open(tenantId, opening) {
      const { uuid, applicationId, productType, isCalledBack, reference, at } = opening;
      const hasCalled = log.change(tenantId, (append) => {
        const flow = enter(tenantId, uuid, at, 'NOT_STARTED');
        file.run(
          'UPDATE flows SET application_id = ?, product_type = ?, is_called_back = ? WHERE id = ?',
          applicationId,
          productType,
          isCalledBack ? 1 : 0,
          flow,
        );
        append({ kind: 'FLOW_OPENED', at, flowUuid: uuid });
        const early = file.get(
          'SELECT calls, at FROM callbacks WHERE tenant = ? AND reference = ? AND flow IS NULL AND calls > 0',
          tenantId,
          reference,
        );
        file.run(
          'INSERT INTO callbacks VALUES (?, ?, ?, 0, ?) ON CONFLICT DO UPDATE SET flow = excluded.flow',
          tenantId,
          reference,
          flow,
          at,
        );
        if (early) append({ kind: 'CALLBACK_RECEIVED', at: Number(early.at), flowUuid: uuid });
        return early !== undefined;
      });
      await file.flush();
      return hasCalled;
    },

    async upload(tenantId, uuid, { documentIds, receipts, at }) {
      log.change(tenantId, (append) => {
        const flow = enter(tenantId, uuid, at, 'UNKNOWN');
        file.run('UPDATE flows SET uploaded_at = ? WHERE id = ?', at, flow);
        for (const id of documentIds) {
          const { fileUuid = null, batchId = null } = receipts?.get(id) ?? {};
          file.run(
            'INSERT INTO attempts SELECT ?1, ?2, (SELECT count(*) FROM attempts WHERE flow = ?1 AND document_id = ?2), file_uuid, batch_id FROM documents WHERE flow = ?1 AND document_id = ?2 AND (SELECT count(*) FROM attempts WHERE flow = ?1 AND document_id = ?2) < ?3',
            flow,
            id,
            maxEarlierAttempts,
          );
          file.run(
            'INSERT INTO documents SELECT ?1, ?2, count(*), ?3, ?4, NULL FROM documents WHERE flow = ?1 ON CONFLICT DO UPDATE SET file_uuid = excluded.file_uuid, batch_id = excluded.batch_id, outcome = NULL',
            flow,
            id,
            fileUuid,
            batchId,
          );
        }
        append({ kind: 'DOCUMENTS_SUBMITTED', at, flowUuid: uuid, detail: { documentIds } });
      });
      await file.flush();
    },

    async recordStatus(tenantId, uuid, { status, version, at, source, hasEnded }) {
      log.change(tenantId, (append) => {
        const isNewer = file.run(
          'UPDATE flows SET state = ?, upload = ?, processing = ?, cross_check = ?, version = ?, seen_at = ? WHERE tenant = ? AND uuid = ? AND (version IS NULL OR version < ?)',
          status.state,
          status.upload,
          status.processing,
          status.crossCheck,
          version,
          at,
          tenantId,
          uuid,
          version,
        );
        if (isNewer === 0) return;
        const detail = { version, source, status };
        append({ kind: 'FLOW_STATUS_CHANGED', at, flowUuid: uuid, detail });
        if (hasEnded)
          append({ kind: 'FLOW_ENDED', at, flowUuid: uuid, detail: { version, status } });
      });
    },

    async recordResults(tenantId, uuid, { documents, at }) {
      const flow = idOf(tenantId, uuid);
      if (flow === undefined) return;
      log.change(tenantId, (append) => {
        for (const { documentId, fileUuid, hasFailed } of documents) {
          const isNews = file.run(
            'UPDATE documents SET outcome = ? WHERE flow = ? AND document_id = ? AND outcome IS NULL AND (? IS NULL OR file_uuid IS NULL OR file_uuid = ?)',
            hasFailed ? 'FAILED' : 'EXTRACTED',
            flow,
            documentId,
            fileUuid,
            fileUuid,
          );
          if (isNews === 0) continue;
          const kind = hasFailed ? 'DOCUMENT_FAILED' : 'DOCUMENT_EXTRACTED';
          append({ kind, at, flowUuid: uuid, detail: { documentId } });
        }
      });
    },

    async recordFailure(tenantId, uuid, { failure, at }) {
      log.change(tenantId, (append) => {
        if (idOf(tenantId, uuid) === undefined) return;
        append({ kind: 'CALL_FAILED', at, flowUuid: uuid, detail: { failure } });
      });
    },

    find(tenantId, uuid) {
      const row = file.get(
        `SELECT id, ${entryColumns} FROM flows WHERE tenant = ? AND uuid = ?`,
        tenantId,
        uuid,
      );
      if (row === undefined) return null;
      const documents = file.all(
        'SELECT document_id, file_uuid, batch_id FROM documents WHERE flow = ? ORDER BY place',
        Number(row.id),
      );
      const receipts = documents.flatMap((each): [string, Receipt][] => {
        if (each.file_uuid === null && each.batch_id === null) return [];
        return [[String(each.document_id), toReceipt(each)]];
      });
      return {
        ...toEntry(row),
        submittedDocumentIds: documents.map((each) => String(each.document_id)),
        receipts: new Map(receipts),
        earlierReceipts: readEarlier(file, Number(row.id)),
      };
    },

    page: async (tenantId, query) => readFlowPage(file, tenantId, query),
  };
}

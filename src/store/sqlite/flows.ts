import type { TenantId } from '../../tenant-id.ts';
import {
  type FlowEvent,
  type FlowRegister,
  mostEarlierAttempts,
  mostFlowEvents,
  type Receipt,
} from '../store.ts';
import type { SqlFile } from './file.ts';
import { readFlowPage } from './flow-pages.ts';
import { entryColumns, toEntry, toEvent, toReceipt } from './rows.ts';

/** The id of a flow's row; undefined when it is not on the register. */
export function flowIdOf(file: SqlFile, tenantId: TenantId, uuid: string): number | undefined {
  const row = file.get('SELECT id FROM flows WHERE tenant = ? AND uuid = ?', tenantId, uuid);
  return row && Number(row.id);
}

/** Adds an event to a flow; of a flow that has all it may have nothing more is kept. */
export function addEvent(file: SqlFile, flow: number, { kind, at, ...detail }: FlowEvent): void {
  const isRoom = file.run(
    'UPDATE flows SET events = events + 1 WHERE id = ? AND events < ?',
    flow,
    mostFlowEvents,
  );
  if (isRoom === 0) return;
  file.run(
    'INSERT INTO events SELECT id, events, ?, ?, ? FROM flows WHERE id = ?',
    at,
    kind,
    Object.keys(detail).length === 0 ? null : JSON.stringify(detail),
    flow,
  );
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
export function createFlowRegister(file: SqlFile): FlowRegister {
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
      const hasCalled = file.atOnce(() => {
        const flow = enter(tenantId, uuid, at, 'NOT_STARTED');
        file.run(
          'UPDATE flows SET application_id = ?, product_type = ?, is_called_back = ? WHERE id = ?',
          applicationId,
          productType,
          isCalledBack ? 1 : 0,
          flow,
        );
        addEvent(file, flow, { kind: 'CREATED', at });
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
        if (early) addEvent(file, flow, { kind: 'CALLED_BACK', at: Number(early.at) });
        return early !== undefined;
      });
      await file.flush();
      return hasCalled;
    },

    async upload(tenantId, uuid, { documentIds, receipts, at }) {
      file.atOnce(() => {
        const flow = enter(tenantId, uuid, at, 'UNKNOWN');
        file.run('UPDATE flows SET uploaded_at = ? WHERE id = ?', at, flow);
        for (const id of documentIds) {
          const { fileUuid = null, batchId = null } = receipts?.get(id) ?? {};
          file.run(
            'INSERT INTO attempts SELECT ?1, ?2, (SELECT count(*) FROM attempts WHERE flow = ?1 AND document_id = ?2), file_uuid, batch_id FROM documents WHERE flow = ?1 AND document_id = ?2 AND (SELECT count(*) FROM attempts WHERE flow = ?1 AND document_id = ?2) < ?3',
            flow,
            id,
            mostEarlierAttempts,
          );
          file.run(
            'INSERT INTO documents SELECT ?1, ?2, count(*), ?3, ?4 FROM documents WHERE flow = ?1 ON CONFLICT DO UPDATE SET file_uuid = excluded.file_uuid, batch_id = excluded.batch_id',
            flow,
            id,
            fileUuid,
            batchId,
          );
        }
        addEvent(file, flow, { kind: 'UPLOADED', at, documentIds });
      });
      await file.flush();
    },

    async see(tenantId, uuid, { status, version, at, source }) {
      file.atOnce(() => {
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
        const flow = isNewer === 0 ? undefined : idOf(tenantId, uuid);
        if (flow !== undefined) addEvent(file, flow, { kind: 'CHANGED', at, source, status });
      });
    },

    async note(tenantId, uuid, event) {
      file.atOnce(() => {
        const flow = idOf(tenantId, uuid);
        if (flow !== undefined) addEvent(file, flow, event);
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

    async events(tenantId, uuid, { first, after }) {
      const flow = idOf(tenantId, uuid);
      if (flow === undefined) return null;
      const events = file
        .all(
          'SELECT number, at, kind, detail FROM events WHERE flow = ? AND number > ? ORDER BY number LIMIT ?',
          flow,
          after,
          first + 1,
        )
        .map(toEvent);
      return { entries: events.slice(0, first), hasNext: events.length > first };
    },
  };
}

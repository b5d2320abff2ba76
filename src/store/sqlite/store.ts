import type { BatchRegister, CallbackRegister, Store } from '../store.ts';
import { openSqlFile, type SqlFile } from './file.ts';
import { createFlowRegister, flowIdOf } from './flows.ts';
import { createGrantRegister } from './grants.ts';
import { createKeyRegister } from './keys.ts';
import { createSqlLog, type SqlLog } from './log.ts';
import { toText } from './rows.ts';

/** The options of `openSqliteStore`. */
export interface SqliteStoreOptions {
  /** Where the file is, or `:memory:` for a store that ends with the process. */
  readonly directory: string;
  readonly now?: () => number;
  /** Told each time that the file can't be written any more, with the cause; null: it can again. */
  readonly onTrouble?: (cause: string | null) => void;
}

/** Opens the store of one node; throws a StoreError that says why it can't be used. */
export function openSqliteStore({
  directory,
  now = Date.now,
  onTrouble,
}: SqliteStoreOptions): Store {
  const file = openSqlFile(directory, now, onTrouble);
  const log = createSqlLog(file);

  return {
    flows: createFlowRegister(file, log),
    batches: createBatchRegister(file, log),
    callbacks: createCallbackRegister(file, log),
    keys: createKeyRegister(file),
    grants: createGrantRegister(file, log),
    events: log,
    isShared: false,
    async secret(name, candidate) {
      file.run('INSERT INTO secrets VALUES (?, ?) ON CONFLICT DO NOTHING', name, candidate);
      await file.flush();
      return String(file.get('SELECT secret FROM secrets WHERE name = ?', name)?.secret);
    },
    async forget({ flowsBefore, keysBefore, grantsBefore, eventsBefore }, most) {
      let left = most;
      for (const [sql, before] of [
        [
          'DELETE FROM keys WHERE (tenant, field, key) IN (SELECT tenant, field, key FROM keys WHERE begun_at < ? ORDER BY begun_at LIMIT ?)',
          keysBefore,
        ],
        [
          'DELETE FROM grants WHERE (tenant, flow_uuid) IN (SELECT tenant, flow_uuid FROM grants WHERE max(issued_at, revoked_before) < ? ORDER BY max(issued_at, revoked_before) LIMIT ?)',
          grantsBefore,
        ],
        [
          'DELETE FROM flows WHERE id IN (SELECT id FROM flows WHERE created_at < ? ORDER BY created_at LIMIT ?)',
          flowsBefore,
        ],
        [
          'DELETE FROM batches WHERE (tenant, key) IN (SELECT tenant, key FROM batches WHERE created_at < ? ORDER BY created_at LIMIT ?)',
          flowsBefore,
        ],
        [
          'DELETE FROM callbacks WHERE (tenant, reference) IN (SELECT tenant, reference FROM callbacks WHERE flow IS NULL AND at < ? ORDER BY at LIMIT ?)',
          flowsBefore,
        ],
      ] as const) {
        if (left > 0) left -= file.run(sql, before, left);
      }
      if (left > 0) left -= log.forget(eventsBefore, left);
      return most - left;
    },
    close: file.close,
  };
}

function createBatchRegister(file: SqlFile, log: SqlLog): BatchRegister {
  return {
    async submit(tenantId, batchKey, { submittedDocumentIds, at }) {
      log.change(tenantId, (append) => {
        file.run(
          'INSERT OR REPLACE INTO batches VALUES (?, ?, ?, ?, NULL, NULL)',
          tenantId,
          batchKey,
          at,
          JSON.stringify(submittedDocumentIds),
        );
        const detail = { documentIds: submittedDocumentIds };
        append({ kind: 'DOCUMENTS_SUBMITTED', at, batchKey, detail });
      });
      await file.flush();
    },
    async find(tenantId, batchKey) {
      const sql = 'SELECT document_ids FROM batches WHERE tenant = ? AND key = ?';
      const row = file.get(sql, tenantId, batchKey);
      return row ? { submittedDocumentIds: JSON.parse(String(row.document_ids)) } : null;
    },
    async recordProgress(tenantId, batchKey, { counts, version, at }) {
      const text = JSON.stringify([counts.arrived, counts.failed, counts.missing]);
      log.change(tenantId, (append) => {
        const isNews = file.run(
          'UPDATE batches SET counts = ?, version = ? WHERE tenant = ? AND key = ? AND (version IS NULL OR version < ?) AND counts IS NOT ?',
          text,
          version,
          tenantId,
          batchKey,
          version,
          text,
        );
        if (isNews === 0) return;
        const detail = { counts, version };
        append({ kind: 'BATCH_PROGRESSED', at, batchKey, detail });
        if (counts.missing === 0) append({ kind: 'BATCH_ENDED', at, batchKey, detail });
      });
    },
  };
}

function createCallbackRegister(file: SqlFile, log: SqlLog): CallbackRegister {
  const findSql =
    'SELECT flow, uuid, calls FROM callbacks LEFT JOIN flows ON flows.id = flow WHERE callbacks.tenant = ? AND reference = ?';

  return {
    async call(tenantId, reference, at) {
      const flowUuid = log.change(tenantId, (append) => {
        file.run(
          'INSERT INTO callbacks VALUES (?, ?, NULL, 1, ?) ON CONFLICT DO UPDATE SET calls = calls + 1, at = excluded.at',
          tenantId,
          reference,
          at,
        );
        const row = file.get(findSql, tenantId, reference);
        const uuid = toText(row?.uuid);
        if (uuid !== null) append({ kind: 'CALLBACK_RECEIVED', at, flowUuid: uuid });
        return uuid;
      });
      await file.flush();
      return flowUuid;
    },
    async find(tenantId, reference) {
      const row = file.get(findSql, tenantId, reference);
      return row ? { flowUuid: toText(row.uuid), hasCalled: Number(row.calls) > 0 } : null;
    },
    async hasCalled(tenantId, flowUuid) {
      const flow = flowIdOf(file, tenantId, flowUuid);
      if (flow === undefined) return false;
      const sql = 'SELECT 1 FROM callbacks WHERE flow = ? AND calls > 0 LIMIT 1';
      return file.get(sql, flow) !== undefined;
    },
  };
}

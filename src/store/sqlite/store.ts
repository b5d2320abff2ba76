import type { BatchRegister, CallbackRegister, Store } from '../store.ts';
import { openSqlFile, type SqlFile } from './file.ts';
import { addEvent, createFlowRegister, flowIdOf } from './flows.ts';
import { createGrantRegister } from './grants.ts';
import { createKeyRegister } from './keys.ts';
import { toText } from './rows.ts';

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

  return {
    flows: createFlowRegister(file),
    batches: createBatchRegister(file),
    callbacks: createCallbackRegister(file),
    keys: createKeyRegister(file),
    grants: createGrantRegister(file),
    isShared: false,
    async secret(name, candidate) {
      file.run('INSERT INTO secrets VALUES (?, ?) ON CONFLICT DO NOTHING', name, candidate);
      await file.flush();
      return String(file.get('SELECT secret FROM secrets WHERE name = ?', name)?.secret);
    },
    async forget({ flowsBefore, keysBefore, grantsBefore }, most) {
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
      return most - left;
    },
    close: file.close,
  };
}

function createBatchRegister(file: SqlFile): BatchRegister {
  return {
    async submit(tenantId, batchKey, { submittedDocumentIds, at }) {
      file.run(
        'INSERT OR REPLACE INTO batches VALUES (?, ?, ?, ?)',
        tenantId,
        batchKey,
        at,
        JSON.stringify(submittedDocumentIds),
      );
      await file.flush();
    },
    async find(tenantId, batchKey) {
      const sql = 'SELECT document_ids FROM batches WHERE tenant = ? AND key = ?';
      const row = file.get(sql, tenantId, batchKey);
      return row ? { submittedDocumentIds: JSON.parse(String(row.document_ids)) } : null;
    },
  };
}

function createCallbackRegister(file: SqlFile): CallbackRegister {
  const findSql =
    'SELECT flow, uuid, calls FROM callbacks LEFT JOIN flows ON flows.id = flow WHERE callbacks.tenant = ? AND reference = ?';

  return {
    async call(tenantId, reference, at) {
      const flowUuid = file.atOnce(() => {
        file.run(
          'INSERT INTO callbacks VALUES (?, ?, NULL, 1, ?) ON CONFLICT DO UPDATE SET calls = calls + 1, at = excluded.at',
          tenantId,
          reference,
          at,
        );
        const row = file.get(findSql, tenantId, reference);
        if (row?.flow != null) addEvent(file, Number(row.flow), { kind: 'CALLED_BACK', at });
        return toText(row?.uuid);
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

import type { TenantId } from '../../tenant-id.ts';
import type { KeyName, KeyRegister } from '../store.ts';
import type { SqlFile } from './file.ts';
import { toKeyRecord } from './rows.ts';

const isKey = 'tenant = ? AND field = ? AND key = ?';

/** The callers' keys, in a file. */
export function createKeyRegister(file: SqlFile): KeyRegister {
  async function change(sql: string, ...values: (string | number)[]): Promise<void> {
    file.run(sql, ...values);
    await file.flush();
  }

  const named = (tenantId: TenantId, { field, key }: KeyName) => [tenantId, field, key] as const;

  return {
    async begin(tenantId, name, attempt, replacedReference) {
      const existing = file.atOnce(() => {
        const row = file.get(`SELECT * FROM keys WHERE ${isKey}`, ...named(tenantId, name));
        const record = row && toKeyRecord(row);
        const isReplaced = record?.result === null && record.reference === replacedReference;
        if (record !== undefined && !isReplaced) return record;
        file.run(
          'INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, NULL)',
          ...named(tenantId, name),
          attempt.bodyHash,
          attempt.reference,
          attempt.at,
          attempt.busyUntil,
        );
        return null;
      });
      // The record of another attempt may not be on the disk yet.
      await file.flush();
      return existing;
    },
    finish: (tenantId, name, result) =>
      change(
        `UPDATE keys SET result = ?, busy_until = 0 WHERE ${isKey} AND result IS NULL`,
        result,
        ...named(tenantId, name),
      ),
    markUnknown: (tenantId, name) =>
      change(
        `UPDATE keys SET busy_until = 0 WHERE ${isKey} AND result IS NULL`,
        ...named(tenantId, name),
      ),
    release: (tenantId, name, reference) =>
      change(
        `DELETE FROM keys WHERE ${isKey} AND result IS NULL${reference === undefined ? '' : ' AND reference = ?'}`,
        ...named(tenantId, name),
        ...(reference === undefined ? [] : [reference]),
      ),
  };
}

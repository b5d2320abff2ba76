import type { TenantId } from '../../tenant-id.ts';
import type { GrantRegister } from '../store.ts';
import type { SqlFile } from './file.ts';

/** The grants of flows, in a file. */
export function createGrantRegister(file: SqlFile): GrantRegister {
  async function write(sql: string, ...values: readonly (string | number)[]): Promise<number> {
    const row = file.get(sql, ...values);
    await file.flush();
    return Number(row?.moment);
  }

  return {
    issue: (tenantId, flowUuid, at) =>
      write(
        `INSERT INTO grants VALUES (?, ?, ?, 0) ON CONFLICT DO UPDATE
        SET issued_at = max(issued_at, excluded.issued_at, revoked_before)
        RETURNING max(?, revoked_before) AS moment`,
        tenantId,
        flowUuid,
        at,
        at,
      ),
    revoke: (tenantId, flowUuid, at) =>
      write(
        `INSERT INTO grants VALUES (?, ?, 0, ?) ON CONFLICT DO UPDATE
        SET revoked_before = max(revoked_before, excluded.revoked_before, issued_at + 1)
        RETURNING revoked_before AS moment`,
        tenantId,
        flowUuid,
        at,
      ),
    async revokedBefore(tenantId: TenantId, flowUuid) {
      const sql = 'SELECT revoked_before FROM grants WHERE tenant = ? AND flow_uuid = ?';
      const moment = Number(file.get(sql, tenantId, flowUuid)?.revoked_before ?? 0);
      return moment === 0 ? null : moment;
    },
  };
}

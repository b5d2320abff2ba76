import type { TenantId } from '../../tenant-id.ts';
import type { GrantRegister } from '../store.ts';
import type { SqlFile } from './file.ts';
import type { SqlLog } from './log.ts';

/** The grants of flows, in a file. */
export function createGrantRegister(file: SqlFile, log: SqlLog): GrantRegister {
  return {
    async issue(tenantId, flowUuid, at) {
      const moment = log.change(tenantId, (append) => {
        append({ kind: 'GRANT_ISSUED', at, flowUuid });
        return file.get(
          `INSERT INTO grants VALUES (?, ?, ?, 0) ON CONFLICT DO UPDATE
          SET issued_at = max(issued_at, excluded.issued_at, revoked_before)
          RETURNING max(?, revoked_before) AS moment`,
          tenantId,
          flowUuid,
          at,
          at,
        )?.moment;
      });
      await file.flush();
      return Number(moment);
    },
    async revoke(tenantId, flowUuid, at) {
      const moment = log.change(tenantId, (append) => {
        const row = file.get(
          `INSERT INTO grants VALUES (?, ?, 0, ?) ON CONFLICT DO UPDATE
          SET revoked_before = max(revoked_before, excluded.revoked_before, issued_at + 1)
          RETURNING revoked_before AS moment`,
          tenantId,
          flowUuid,
          at,
        );
        const revokedBefore = Number(row?.moment);
        append({ kind: 'GRANTS_REVOKED', at, flowUuid, detail: { revokedBefore } });
        return revokedBefore;
      });
      await file.flush();
      return moment;
    },
    async revokedBefore(tenantId: TenantId, flowUuid) {
      const sql = 'SELECT revoked_before FROM grants WHERE tenant = ? AND flow_uuid = ?';
      const moment = Number(file.get(sql, tenantId, flowUuid)?.revoked_before ?? 0);
      return moment === 0 ? null : moment;
    },
  };
}

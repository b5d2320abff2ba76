import { createHash } from 'node:crypto';

const batchLetters = ['QWERT', 'ASDFG', 'ZXCVB', 'YUIOP', 'HJKLN'] as const;
const batchNumbers = 90_000;

/**
 * The `flow_uuid` of the `n`th flow (from 1) of an application id, with the prefix that Atlas's
 * samples show (CONTRACT K6). The same in every sandbox, so that a test can know it beforehand.
 */
export function flowUuidFor(applicationId: string, n: number): string {
  return `LOS-${toUuid(`${applicationId}#${n}`)}`;
}

/** The `file_uuid` of the `n`th file (from 1) of a flow or a batch. */
export function fileUuidFor(owner: string, documentId: string, n: number): string {
  return toUuid(`${owner}/${documentId}#${n}`);
}

/** The `n`th `batch_id` (from 1) of a sandbox, in the look of CONTRACT 4.2. */
export function batchIdFor(n: number, nowMs: number): string {
  const letters = batchLetters[Math.floor(n / batchNumbers) % batchLetters.length];
  const seconds = new Date(nowMs).toISOString().replace(/\D/g, '').slice(0, 14);
  return `BATCH-${10_000 + (n % batchNumbers)}-${letters}-${seconds}`;
}

function toUuid(seed: string): string {
  const hex = createHash('sha256').update(seed).digest('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

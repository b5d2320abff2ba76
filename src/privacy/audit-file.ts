import { type DestinationStream, pino } from 'pino';
import type { Output } from '../logging/output.ts';

/** Where the audit goes. A line that it took is written. */
export interface AuditFile extends DestinationStream {
  /** Opens the file anew, after something has moved it away. */
  reopen(): void;
}

/** An audit that counts the writes that failed. */
export interface CountedAudit extends Pick<AuditFile, 'write'> {
  /** Writes that failed since the start; the personal data of each was not shown. */
  countFailed(): number;
}

/** Counts the failures of an audit, and passes each on to the writer of the line. */
export function createCountedAudit(file: Pick<AuditFile, 'write'>): CountedAudit {
  let failed = 0;
  return {
    write(line) {
      try {
        file.write(line);
      } catch (error) {
        failed += 1;
        throw error;
      }
    },
    countFailed: () => failed,
  };
}

/** The path of a file, made if it is not there and added to, or `stdout`: the output given. */
export function openAuditFile(place: string, output: Pick<Output, 'writeNow'>): AuditFile {
  if (place === 'stdout') return { write: output.writeNow, reopen: () => {} };
  const file = pino.destination({ dest: place, mkdir: true, mode: 0o600, sync: true });
  return { write: (line) => void file.write(line), reopen: () => file.reopen() };
}

import { type DestinationStream, pino } from 'pino';
import type { Output } from '../logging/output.ts';

/** Where the audit goes. A line that it took is written. */
export interface AuditFile extends DestinationStream {
  /** Opens the file anew, after something has moved it away. */
  reopen(): void;
}

/** The path of a file, made if it is not there and added to, or `stdout`: the output given. */
export function openAuditFile(place: string, output: Pick<Output, 'writeNow'>): AuditFile {
  if (place === 'stdout') return { write: output.writeNow, reopen: () => {} };
  const file = pino.destination({ dest: place, mkdir: true, mode: 0o600, sync: true });
  return { write: (line) => void file.write(line), reopen: () => file.reopen() };
}

import { bodyOf, type WriteCode } from './copied.ts';

/** A command for a POSIX shell; the key is read from the environment. */
export const writeCurl: WriteCode = (operation) =>
  [
    `curl ${operation.kind === 'subscription' ? '--no-buffer ' : ''}${quote(operation.url)}`,
    '  --header "authorization: Bearer $ATLAS_GATEWAY_KEY"',
    "  --header 'content-type: application/json'",
    ...(operation.kind === 'subscription' ? ["  --header 'accept: text/event-stream'"] : []),
    `  --data-raw ${quote(bodyOf(operation))}`,
  ].join(' \\\n');

/** Text within single quotes, in which a shell changes nothing (POSIX, 2.2.2). */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

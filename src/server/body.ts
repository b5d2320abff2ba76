import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';

/** Why a body was not read. */
export type UnreadBody = 'too long' | 'not UTF-8';

/**
 * Reads a request's body as text, which JSON has in UTF-8 (RFC 8259, 8.1): what is not would be
 * another text behind the decoder. Rejects when it breaks off.
 */
export async function readBody(
  request: IncomingMessage,
  mostBytes: number,
): Promise<{ readonly text: string } | UnreadBody> {
  const chunks: Buffer[] = [];
  const isWhole = await readChunks(request, mostBytes, (chunk) => void chunks.push(chunk));
  if (!isWhole) return 'too long';
  const [first] = chunks;
  const bytes = chunks.length === 1 && first ? first : Buffer.concat(chunks);
  return isUtf8(bytes) ? { text: bytes.toString('utf8') } : 'not UTF-8';
}

/** Reads a request's body and keeps nothing of it; false when it is longer than the limit. */
export function dropBody(request: IncomingMessage, mostBytes: number): Promise<boolean> {
  return readChunks(request, mostBytes, () => {});
}

/** By its events: an iterator costs more than all else that is done with a small body. */
function readChunks(
  request: IncomingMessage,
  mostBytes: number,
  take: (chunk: Buffer) => void,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let length = 0;
    function settle(): void {
      request.off('data', read);
      request.off('end', end);
      request.off('error', fail);
      request.off('close', breakOff);
    }
    function read(chunk: Buffer): void {
      length += chunk.length;
      if (length <= mostBytes) {
        take(chunk);
        return;
      }
      settle();
      // Going no further must not destroy the request, whose socket the refusal leaves by.
      request.pause();
      resolve(false);
    }
    function end(): void {
      settle();
      resolve(true);
    }
    function fail(error: Error): void {
      settle();
      reject(error);
    }
    function breakOff(): void {
      fail(new Error('the request broke off'));
    }
    if (request.destroyed) return breakOff();
    request.on('data', read);
    request.on('end', end);
    request.on('error', fail);
    request.on('close', breakOff);
  });
}

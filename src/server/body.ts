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
  const isWhole = await readChunks(request, mostBytes, (chunk) => chunks.push(chunk));
  if (!isWhole) return 'too long';
  const bytes = Buffer.concat(chunks);
  return isUtf8(bytes) ? { text: bytes.toString('utf8') } : 'not UTF-8';
}

/** Reads a request's body and keeps nothing of it; false when it is longer than the limit. */
export function dropBody(request: IncomingMessage, mostBytes: number): Promise<boolean> {
  return readChunks(request, mostBytes, () => {});
}

async function readChunks(
  request: IncomingMessage,
  mostBytes: number,
  take: (chunk: Buffer) => void,
): Promise<boolean> {
  let length = 0;
  // Going no further must not destroy the request, whose socket the refusal leaves by.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes: Buffer = chunk; // a request without an encoding gives buffers
    length += bytes.length;
    if (length > mostBytes) return false;
    take(bytes);
  }
  return true;
}

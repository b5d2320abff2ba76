import type { IncomingMessage } from 'node:http';

/** Reads a request's body as text; null when it is longer than the limit. Rejects when it breaks off. */
export async function readBody(
  request: IncomingMessage,
  mostBytes: number,
): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes: Buffer = chunk; // a request without an encoding gives buffers
    length += bytes.length;
    if (length > mostBytes) return null;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, length).toString('utf8');
}

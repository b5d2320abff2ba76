import type { IncomingMessage } from 'node:http';

/** Reads a request's body as text; null when it is longer than the limit. Rejects when it breaks off. */
export async function readBody(
  request: IncomingMessage,
  mostBytes: number,
): Promise<string | null> {
  const chunks: Buffer[] = [];
  const isWhole = await readChunks(request, mostBytes, (chunk) => chunks.push(chunk));
  return isWhole ? Buffer.concat(chunks).toString('utf8') : null;
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

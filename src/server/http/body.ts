import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';

/** The content codings in which a body may come (RFC 9110, 8.4.1), as `Accept-Encoding` has them. */
export const acceptedCodings = 'gzip, deflate, br';

/** Why a body was not read. */
export type UnreadBody = 'too long' | 'not UTF-8' | 'unknown coding' | 'broken coding';

type Decode = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

/**
 * Reads a request's body as text, which JSON has in UTF-8 (RFC 8259, 8.1): what is not would be
 * another text behind the decoder. The limit holds for the bytes that come and for those they unpack
 * to. Rejects when the request breaks off.
 */
export async function readBody(
  request: IncomingMessage,
  mostBytes: number,
): Promise<{ readonly text: string } | UnreadBody> {
  const coding = request.headers['content-encoding']?.trim().toLowerCase() || 'identity';
  const decode = coding === 'identity' ? null : decoders.get(coding);
  if (decode === undefined) return 'unknown coding';
  const chunks: Buffer[] = [];
  const isWhole = await readChunks(request, mostBytes, (chunk) => void chunks.push(chunk));
  if (!isWhole) return 'too long';
  const [first] = chunks;
  const given = chunks.length === 1 && first ? first : Buffer.concat(chunks);
  const bytes = decode === null ? given : await unpack(decode, given, mostBytes);
  if (typeof bytes === 'string') return bytes;
  return isUtf8(bytes) ? { text: bytes.toString('utf8') } : 'not UTF-8';
}

async function unpack(
  decode: Decode,
  bytes: Buffer,
  mostBytes: number,
): Promise<Buffer | UnreadBody> {
  try {
    return await decode(bytes, { maxOutputLength: mostBytes });
  } catch (error) {
    const isTooLong = error instanceof Error && 'code' in error && error.code === tooLargeCode;
    return isTooLong ? 'too long' : 'broken coding';
  }
}

const tooLargeCode = 'ERR_BUFFER_TOO_LARGE';
const decoders: ReadonlyMap<string, Decode> = new Map([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
]);

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

import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib';

/** The content codings that are read (RFC 9110, 8.4.1), as `Accept-Encoding` names them. */
export const acceptedEncodings = 'gzip, br, deflate';

/** A response body that is longer than any honest one, as sent or once it is unpacked. */
export class ResponseTooLongError extends Error {
  constructor(limitBytes: number) {
    super(`the answer is longer than ${limitBytes} bytes`);
    this.name = 'AnswerTooLongError';
  }
}

/**
 * The text of a response body: unpacked by its `Content-Encoding`, decoded as UTF-8, without a byte
 * order mark (RFC 8259, 8.1). Null for bytes that can't be unpacked. Rejects with an
 * `ResponseTooLongError` where they hold more than `mostBytes`. Costs no promise for a plain body.
 */
export function decodeBody(
  bytes: Buffer,
  contentEncoding: string | undefined,
  mostBytes: number,
): string | Promise<string | null> {
  const codings = toCodings(contentEncoding);
  if (codings.length === 0 || bytes.length === 0) return decode(bytes);
  return unpack(bytes, codings, mostBytes).then((plain) => plain && decode(plain));
}

/** A sender has a reason for one coding, and perhaps its proxy for another. */
const mostCodings = 3;

/** The codings in the order in which they were applied, without `identity`. */
function toCodings(contentEncoding = ''): string[] {
  const names = contentEncoding.split(',').map((name) => name.trim().toLowerCase());
  return names.filter((name) => name !== '' && name !== 'identity');
}

async function unpack(
  bytes: Buffer,
  codings: readonly string[],
  mostBytes: number,
): Promise<Buffer | null> {
  if (codings.length > mostCodings) return null;
  let unpacked = bytes;
  try {
    for (const coding of codings.toReversed()) {
      const decoder = decoders.get(coding);
      if (decoder === undefined) return null;
      unpacked = await decoder(unpacked, mostBytes);
    }
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') throw new ResponseTooLongError(mostBytes);
    return null;
  }
  return unpacked;
}

type Decoder = (bytes: Buffer, mostBytes: number) => Promise<Buffer>;

const decoders: ReadonlyMap<string, Decoder> = new Map([
  ['gzip', ungzip],
  ['x-gzip', ungzip],
  ['br', (bytes, maxOutputLength) => promisify(brotliDecompress)(bytes, { maxOutputLength })],
  ['deflate', undeflate],
]);

/** Some proxies unpack a body and leave its header: what is not gzip then is plain. */
async function ungzip(bytes: Buffer, maxOutputLength: number): Promise<Buffer> {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return isGzip
    ? await promisify<Buffer, object, Buffer>(gunzip)(bytes, { maxOutputLength })
    : bytes;
}

/** `deflate` means the zlib format (RFC 1950); some servers send it without that wrapper. */
async function undeflate(bytes: Buffer, maxOutputLength: number): Promise<Buffer> {
  try {
    return await promisify<Buffer, object, Buffer>(inflate)(bytes, { maxOutputLength });
  } catch (error) {
    if (codeOf(error) !== 'Z_DATA_ERROR') throw error;
    return await promisify<Buffer, object, Buffer>(inflateRaw)(bytes, { maxOutputLength });
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Buffers keep the mark that `TextDecoder` would drop, and are faster. */
function decode(bytes: Buffer): string {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return bytes.toString('utf8', hasMark ? 3 : 0);
}

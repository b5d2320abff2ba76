import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

/** A WebSocket with next to no cost of its own, so that the server's is what is measured. */
export interface BareSocket {
  send(text: string): void;
  close(): void;
}

export interface BareSocketOptions {
  readonly url: URL;
  readonly localAddress: string;
  readonly protocol: string | null;
  readonly onOpen: () => void;
  readonly onText: (text: string) => void;
  /** Called once, whatever the reason; also when it never opened. */
  readonly onClose: () => void;
}

const opcodes = { text: 0x1, close: 0x8, ping: 0x9, pong: 0xa } as const;

/** Opens a client's side of RFC 6455 as far as a loopback needs it: whole texts, pings, close. */
export function openBareSocket(options: BareSocketOptions): BareSocket {
  const { url, localAddress, protocol, onOpen, onText, onClose } = options;
  const socket = connect({ host: url.hostname, port: Number(url.port), localAddress });
  let isOpen = false;
  let unread: Buffer = Buffer.alloc(0);

  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('close', onClose);
  socket.on('connect', () => {
    const lines = [
      `GET ${url.pathname} HTTP/1.1`,
      `Host: ${url.host}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      ...(protocol === null ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  });
  socket.on('data', (chunk: Buffer) => {
    unread = unread.length === 0 ? chunk : Buffer.concat([unread, chunk]);
    if (!isOpen && !takeHead()) return;
    takeFrames();
  });

  function takeHead(): boolean {
    const end = unread.indexOf('\r\n\r\n');
    if (end === -1) return false;
    if (!unread.toString('latin1', 0, end).startsWith('HTTP/1.1 101 ')) {
      socket.destroy();
      return false;
    }
    unread = unread.subarray(end + 4);
    isOpen = true;
    onOpen();
    return true;
  }

  function takeFrames(): void {
    for (let frame = readFrame(unread); frame !== null; frame = readFrame(unread)) {
      unread = unread.subarray(frame.end);
      if (frame.opcode === opcodes.text) onText(frame.payload.toString('utf8'));
      else if (frame.opcode === opcodes.ping) write(opcodes.pong, frame.payload);
      else if (frame.opcode === opcodes.close) socket.end(toFrame(opcodes.close, frame.payload));
    }
  }

  function write(opcode: number, payload: Buffer): void {
    if (socket.writable) socket.write(toFrame(opcode, payload));
  }

  return {
    send: (text) => write(opcodes.text, Buffer.from(text)),
    close: () => socket.destroy(),
  };
}

/** The first frame of the bytes, unmasked as a server's are; null until it is whole. */
function readFrame(bytes: Buffer): { opcode: number; payload: Buffer; end: number } | null {
  if (bytes.length < 2) return null;
  const short = bytes.readUInt8(1);
  const start = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < start) return null;
  const length =
    start === 2 ? short : start === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  const end = start + length;
  if (bytes.length < end) return null;
  return { opcode: bytes.readUInt8(0) & 0x0f, payload: bytes.subarray(start, end), end };
}

/** A whole frame with a mask of zeroes, which leaves the payload as it is. */
function toFrame(opcode: number, payload: Buffer): Buffer {
  const isShort = payload.length < 126;
  const head = Buffer.alloc(isShort ? 6 : 8);
  head.writeUInt8(0x80 | opcode, 0);
  head.writeUInt8(0x80 | (isShort ? payload.length : 126), 1);
  if (!isShort) head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

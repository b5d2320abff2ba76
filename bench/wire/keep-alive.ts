import { connect } from 'node:net';

export interface KeepAliveOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** One whole answer: its status, and its body as it came, with the marks of its chunks. */
  readonly onAnswer: (status: number, body: string) => void;
  readonly onClose: () => void;
}

export interface KeepAlive {
  post(body: string): void;
  close(): void;
}

/**
 * A connection that posts JSON, one request after the other, with next to no cost of its own. Bytes
 * count as characters: it measures and looks for words of ASCII, and reads nothing else.
 */
export function openKeepAlive({ url, headers, onAnswer, onClose }: KeepAliveOptions): KeepAlive {
  const socket = connect({ host: url.hostname, port: Number(url.port) });
  const head = [
    `POST ${url.pathname} HTTP/1.1`,
    `host: ${url.host}`,
    'accept: application/json',
    'content-type: application/json',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    'content-length: ',
  ].join('\r\n');
  let unread = '';

  socket.setNoDelay(true);
  socket.setEncoding('latin1');
  socket.on('error', () => {});
  socket.on('close', onClose);
  socket.on('data', (chunk: string) => {
    unread += chunk;
    const start = unread.indexOf('\r\n\r\n') + 4;
    if (start === 3) return;
    const end = endOf(unread.slice(0, start).toLowerCase(), start);
    if (end === -1 || unread.length < end) return;
    const answer = unread;
    // One question at a time: behind an answer nothing else can come.
    unread = '';
    onAnswer(Number(answer.slice(9, 12)), answer.slice(start, end));
  });

  function endOf(headers: string, start: number): number {
    const length = /\r\ncontent-length: *(\d+)/.exec(headers)?.[1];
    if (length !== undefined) return start + Number(length);
    return unread.endsWith('\r\n0\r\n\r\n') ? unread.length : -1;
  }

  return {
    post: (body) => void socket.write(`${head}${Buffer.byteLength(body)}\r\n\r\n${body}`),
    close: () => socket.destroy(),
  };
}

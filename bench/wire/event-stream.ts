import { connect } from 'node:net';

export interface BareStreamOptions {
  readonly url: URL;
  readonly localAddress: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The data of one `next` event. */
  readonly onNext: (text: string) => void;
  readonly onComplete: () => void;
  /** Called once, whatever the reason; also when it never opened. */
  readonly onClose: () => void;
}

const nextHead = 'event: next\ndata: ';
const completeHead = 'event: complete\n';
const eventEnd = '\n\n';

/**
 * Posts a request and reads its event stream, with next to no cost of its own. It relies on a server
 * that writes each event as one chunk: what stands between two events is passed over.
 */
export function openBareStream(options: BareStreamOptions): { close(): void } {
  const { url, localAddress, headers, body, onNext, onComplete, onClose } = options;
  const socket = connect({ host: url.hostname, port: Number(url.port), localAddress });
  let unread = '';
  let isOpen = false;

  socket.setNoDelay(true);
  socket.setEncoding('utf8');
  socket.on('error', () => {});
  socket.on('close', onClose);
  socket.on('connect', () => {
    const lines = [
      `POST ${url.pathname} HTTP/1.1`,
      `host: ${url.host}`,
      'accept: text/event-stream',
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
  });
  socket.on('data', (chunk: string) => {
    unread += chunk;
    if (!isOpen) {
      const end = unread.indexOf('\r\n\r\n');
      if (end === -1) return;
      if (!unread.startsWith('HTTP/1.1 200 ')) {
        socket.destroy();
        return;
      }
      unread = unread.slice(end + 4);
      isOpen = true;
    }
    takeEvents();
  });

  function takeEvents(): void {
    for (let end = unread.indexOf(eventEnd); end !== -1; end = unread.indexOf(eventEnd)) {
      const event = unread.slice(0, end);
      unread = unread.slice(end + eventEnd.length);
      const next = event.indexOf(nextHead);
      if (next !== -1) onNext(event.slice(next + nextHead.length));
      else if (event.includes(completeHead)) onComplete();
    }
  }

  return { close: () => socket.destroy() };
}

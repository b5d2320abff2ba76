import type { IncomingMessage } from 'node:http';

/** The body of a request, once it is there; by events, which cost less than its iterator. */
export function readWhole(request: IncomingMessage, onText: (text: string) => void): void {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    text += chunk;
  });
  request.on('end', () => onText(text));
}

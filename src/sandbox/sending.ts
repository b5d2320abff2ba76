import type { ServerResponse } from 'node:http';
import type { Schedule } from './schedule.ts';

/** A response to a caller. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The text to send, as it stands. */
  readonly text: string;
}

/** JSON, with headers beside its own. */
export function toAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
    text: JSON.stringify(body),
  };
}

/** Sends an answer in one piece. */
export function send(response: ServerResponse, answer: Answer): void {
  const isSpoilt = writeHead(response, answer);
  response.end(answer.text);
  if (isSpoilt) response.req.resume();
}

/** Sends the head of an answer, then its body a byte at a time, `dripMs` before each. */
export function startDrip(
  response: ServerResponse,
  answer: Answer,
  dripMs: number,
  schedule: Schedule,
): void {
  const bytes = Buffer.from(answer.text);
  let sent = 0;

  function dripNext(): void {
    // A response to a caller that has left is not sent to the last byte.
    if (response.destroyed) return;
    response.write(bytes.subarray(sent, sent + 1));
    sent += 1;
    waitForNext();
  }

  function waitForNext(): void {
    if (sent < bytes.length) schedule.after(dripMs, dripNext);
    else response.end();
  }

  if (writeHead(response, answer)) response.req.resume();
  response.flushHeaders();
  waitForNext();
}

/** A body that was not read to its end leaves the connection of no use, and is told to close it. */
function writeHead(response: ServerResponse, { status, headers, text }: Answer): boolean {
  const isSpoilt = !response.req.complete;
  response.writeHead(status, {
    ...headers,
    ...(isSpoilt ? { Connection: 'close' } : {}),
    'Content-Length': Buffer.byteLength(text),
  });
  return isSpoilt;
}

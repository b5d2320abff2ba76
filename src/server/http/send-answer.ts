import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { After } from '../../atlas/deadline/timer.ts';

/** Sends the bodies of answers that are whole, which streams of events are not. */
export interface AnswerSender {
  /** Ends an answer, whose head is written, with its body. */
  end(
    response: ServerResponse,
    socket: Socket,
    body: string | Buffer,
    coding: BufferEncoding,
  ): void;
}

export interface AnswerSenderOptions {
  readonly after: After;
  /** How long an answer may stand still, in milliseconds. */
  readonly stalledMs: number;
}

/** The answers on one connection that are ended and have not left yet. */
interface Unsent {
  readonly responses: Set<ServerResponse>;
  cancel: () => void;
}

/** A longer body is handed over in parts: of a part it shows when it has left. */
const partLength = 64 * 1024;

/**
 * Makes the sender of one server. A connection on which nothing of an ended answer leaves the process
 * for `stalledMs` is destroyed, with all that waits behind that answer. What the peer sends meanwhile
 * is no reason to keep it, as it would be for the timeout of a socket.
 */
export function createAnswerSender({ after, stalledMs }: AnswerSenderOptions): AnswerSender {
  const connections = new WeakMap<Socket, Unsent>();

  /** Starts the time of the answer whose turn it is; one that waits for its turn has none. */
  function restart(socket: Socket, unsent: Unsent): void {
    unsent.cancel();
    const hasTurn = [...unsent.responses].some((response) => response.socket === socket);
    unsent.cancel = hasTurn ? after(stalledMs, () => socket.destroy()) : () => {};
  }

  function watch(socket: Socket, response: ServerResponse): void {
    const unsent = connections.get(socket) ?? { responses: new Set(), cancel: () => {} };
    connections.set(socket, unsent);
    unsent.responses.add(response);
    response.on('drain', () => restart(socket, unsent));
    response.once('close', () => {
      unsent.responses.delete(response);
      restart(socket, unsent);
    });
    restart(socket, unsent);
  }

  return {
    end(response, socket, body, coding) {
      if (body.length <= partLength) response.end(body, coding);
      else endInParts(response, typeof body === 'string' ? Buffer.from(body, coding) : body);
      // Nearly every answer has left by now, and needs no watching.
      const hasTurn = response.socket === socket;
      const hasLeft = hasTurn && response.writableEnded && response.writableLength === 0;
      if (!hasLeft && !response.destroyed) watch(socket, response);
    },
  };
}

function endInParts(response: ServerResponse, bytes: Buffer): void {
  let sent = 0;
  function sendNext(): void {
    let hasRoom = true;
    while (hasRoom && sent < bytes.length) {
      hasRoom = response.write(bytes.subarray(sent, sent + partLength));
      sent += partLength;
    }
    if (hasRoom) response.end();
    else response.once('drain', sendNext);
  }
  sendNext();
}

import type { ServerResponse } from 'node:http';
import type { Clock } from '../live/clock.ts';
import { spread } from './spread.ts';

/** One stream of Server-Sent Events. What is sent after its end goes nowhere. */
export interface EventStream {
  /** `onSent` is called when the text has left this process. */
  send(text: string, onSent?: () => void): void;
  end(): void;
  /** How much waits for the peer to take it. */
  countUnsentBytes(): number;
}

/** All open streams, of events or otherwise. */
export interface EventStreams {
  /**
   * Begins a stream of events on a response, and keeps it alive until it closes, or until whoever
   * opened it may not be here any more.
   */
  begin(response: ServerResponse, isCurrent: () => boolean): EventStream;
  /** Takes in a response that somebody else writes, to be broken off if it streams at the end. */
  adopt(response: ServerResponse): void;
  /** How many streams were begun here and are open. */
  count(): number;
  /** Ends every stream over the time given, without saying that it is complete: clients come back. */
  drain(overMs: number): Promise<void>;
  close(): void;
}

const commentMs = 12_000;
const comment = ':\n\n';

/** Keeps streams alive with a comment every twelve seconds, and drops those that take nothing. */
export function startEventStreams(clock: Clock): EventStreams {
  const streams = new Map<ServerResponse, EventStream & { readonly isCurrent: () => boolean }>();
  const adopted = new Set<ServerResponse>();
  const stuck = new WeakSet<ServerResponse>();

  function commentAll(): void {
    for (const [response, { send, end, isCurrent }] of streams) {
      if (!isCurrent()) {
        end();
        continue;
      }
      if (stuck.has(response)) {
        // What was written twelve seconds ago and has not left is not going to.
        response.destroy();
        continue;
      }
      stuck.add(response);
      send(comment, () => stuck.delete(response));
    }
    cancelComment = clock.after(commentMs, commentAll);
  }
  let cancelComment = clock.after(commentMs, commentAll);

  return {
    begin(response, isCurrent) {
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
      });
      const stream = {
        send(text: string, onSent?: () => void) {
          // A response that was ended and has not left yet would fail if it were written to.
          if (!response.writableEnded) response.write(text, onSent);
        },
        isCurrent,
        end: () => void response.end(),
        countUnsentBytes: () => response.writableLength,
      };
      // Sent by itself, or the response keeps it in pieces for as long as the stream is open.
      response.flushHeaders();
      // Some browsers take a stream for open only once something has come.
      stream.send(comment);
      streams.set(response, stream);
      response.on('close', () => streams.delete(response));
      return stream;
    },
    adopt(response) {
      adopted.add(response);
      response.on('close', () => adopted.delete(response));
    },
    count: () => streams.size,
    async drain(overMs) {
      // Every other answer is sent whole, its head and its end at once.
      const cut = [...adopted].filter((response) => response.headersSent);
      await Promise.all([
        spread(clock, overMs, [...streams.values()], (stream) => stream.end()),
        spread(clock, overMs, cut, (response) => {
          if (!response.writableEnded) response.destroy();
        }),
      ]);
    },
    close() {
      cancelComment();
      for (const response of streams.keys()) response.destroy();
    },
  };
}

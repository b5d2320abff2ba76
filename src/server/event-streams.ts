import type { ServerResponse } from 'node:http';
import type { Clock } from '../live/clock.ts';
import { spread } from './spread.ts';

/** All open streams of Server-Sent Events. */
export interface EventStreams {
  /** Begins a stream on a response, and keeps it alive until it closes. */
  begin(response: ServerResponse): void;
  count(): number;
  /** Ends every stream over the time given, without saying that it is complete: clients come back. */
  drain(overMs: number): Promise<void>;
  close(): void;
}

const commentMs = 12_000;

/** Keeps streams alive with a comment every twelve seconds, and drops those that take nothing. */
export function startEventStreams(clock: Clock): EventStreams {
  const streams = new Set<ServerResponse>();

  function commentAll(): void {
    for (const response of streams) {
      // What was written twelve seconds ago and has not left is not going to.
      if (response.writableNeedDrain) response.destroy();
      else response.write(':\n\n');
    }
    cancelComment = clock.after(commentMs, commentAll);
  }
  let cancelComment = clock.after(commentMs, commentAll);

  return {
    begin(response) {
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
      });
      // Some browsers take a stream for open only once something has come.
      response.write(':\n\n');
      streams.add(response);
      response.on('close', () => streams.delete(response));
    },
    count: () => streams.size,
    drain: (overMs) => spread(clock, overMs, [...streams], (response) => response.end()),
    close() {
      cancelComment();
      for (const response of streams) response.destroy();
    },
  };
}

import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../live/clock.ts';
import { type Arrival, writeHead } from '../http/http.ts';
import { startRounds } from './rounds.ts';
import { spread } from './spread.ts';

/** One stream of Server-Sent Events. What is sent after its end goes nowhere. */
export interface EventStream {
  /** `onSent` is called when the text has left this process. */
  send(text: string, onSent?: () => void): void;
  end(): void;
  /** How much waits for the peer to take it. */
  countUnsentBytes(): number;
}

/** The caller that opened a stream. */
export interface StreamBearer {
  /**
   * Ends what has lost its authority, and says so. False when that is the stream itself, which then
   * ends by itself.
   */
  readonly review: () => boolean;
}

/** All open streams of events. */
export interface EventStreams {
  /** Begins a stream of events as the answer to a request, and keeps it alive until it closes. */
  begin(arrival: Arrival, bearer: StreamBearer): EventStream;
  /** How many streams are open. */
  count(): number;
  /** Ends every stream over the time given, without saying that it is complete: clients come back. */
  drain(overMs: number): Promise<void>;
  close(): void;
}

interface OpenStream extends EventStream {
  readonly bearer: StreamBearer;
  readonly destroy: () => void;
  /** Whether it has yet to take what it was sent at the last visit. */
  isBehind: boolean;
}

const commentMs = 12_000;
const comment = ':\n\n';

/**
 * Keeps streams alive with a comment every twelve seconds, drops those that take nothing, and has the
 * authority of each reviewed before.
 */
export function startEventStreams(clock: Clock): EventStreams {
  const streams = startRounds<OpenStream>(clock, commentMs, (stream) => {
    // What was written twelve seconds ago and has not left is not going to.
    if (stream.isBehind) return stream.destroy();
    stream.isBehind = true;
    if (!stream.bearer.review()) return;
    stream.send(comment, () => {
      stream.isBehind = false;
    });
  });

  return {
    begin(arrival, bearer) {
      const { response } = arrival;
      writeHead(arrival, 200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
      });
      forget(arrival.request);
      const stream: OpenStream = {
        bearer,
        isBehind: false,
        send(text, onSent) {
          // A response that was ended and has not left yet would fail if it were written to.
          if (!response.writableEnded) response.write(text, onSent);
        },
        end: () => void response.end(),
        destroy: () => void response.destroy(),
        countUnsentBytes: () => response.writableLength,
      };
      // Sent by itself, or the response keeps it in pieces for as long as the stream is open.
      response.flushHeaders();
      // Some browsers take a stream for open only once something has come.
      stream.send(comment);
      streams.add(stream);
      response.on('close', () => streams.delete(stream));
      return stream;
    },
    count: streams.count,
    drain: (overMs) => spread(clock, overMs, [...streams], (stream) => stream.end()),
    close() {
      streams.stop();
      for (const { destroy } of streams) destroy();
    },
  };
}

/** Node keeps the request until its answer has ended, and what it says is not read any more. */
function forget(request: IncomingMessage): void {
  request.headers = {};
  request.rawHeaders = [];
  request.url = '';
}

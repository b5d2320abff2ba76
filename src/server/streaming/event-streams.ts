import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../live/clock.ts';
import { type HttpContext, writeHead } from '../http/http.ts';
import { startRounds } from './rounds.ts';
import { spread } from './spread.ts';
import { type StreamFormat, sseFormat } from './stream-format.ts';

/** One stream of results over HTTP. What is sent after its end goes nowhere. */
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
  /** Takes no further operation, and ends the stream once its queries and mutations are answered. */
  readonly leave: () => void;
  /** Ends its subscriptions without telling the client that they are complete. */
  readonly endSubscriptions: () => void;
}

/** All open streams of events. */
export interface EventStreams {
  /**
   * Begins a stream as the answer to a request, of Server-Sent Events by default, and keeps it alive
   * until it closes.
   */
  begin(http: HttpContext, bearer: StreamBearer, format?: StreamFormat): EventStream;
  /** How many streams are open. */
  count(): number;
  /**
   * Has every stream leave over the time given: each ends once its queries and mutations are answered,
   * without saying that its subscriptions are complete, so that clients come back. Waits for no answer.
   */
  drain(overMs: number): Promise<void>;
  /** Ends all subscriptions, has every stream leave, and cuts after so long those that have not. */
  close(withinMs: number): Promise<void>;
}

interface OpenStream extends EventStream {
  readonly bearer: StreamBearer;
  readonly format: StreamFormat;
  readonly destroy: () => void;
  /** Whether its end was written. */
  readonly hasEnded: () => boolean;
  /** Whether it has yet to take what it was sent at the last visit. */
  isBehind: boolean;
}

const heartbeatMs = 12_000;

/**
 * Keeps streams alive with a heartbeat every twelve seconds, drops those that take nothing, and has the
 * authority of each reviewed before.
 */
export function startEventStreams(clock: Clock): EventStreams {
  let isClosing = false;
  let tellGone = () => {};
  const streams = startRounds<OpenStream>(clock, heartbeatMs, (stream) => {
    // What was written twelve seconds ago and has not left is not going to.
    if (stream.isBehind) return stream.destroy();
    stream.isBehind = true;
    if (!stream.bearer.review()) return;
    stream.send(stream.format.heartbeat, () => {
      stream.isBehind = false;
    });
  });

  return {
    begin(http, bearer, format = sseFormat) {
      const { response } = http;
      writeHead(http, 200, {
        'content-type': format.contentType,
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
      });
      forget(http.request);
      const stream: OpenStream = {
        bearer,
        format,
        isBehind: false,
        send(text, onSent) {
          // A response that was ended and has not left yet would fail if it were written to.
          if (!response.writableEnded) response.write(text, onSent);
        },
        // Its connection would stay open, and hold up a server that is closing.
        end: () => void response.end(() => isClosing && response.destroy()),
        destroy: () => void response.destroy(),
        hasEnded: () => response.writableEnded,
        countUnsentBytes: () => response.writableLength,
      };
      // Sent by itself, or the response keeps it in pieces for as long as the stream is open.
      response.flushHeaders();
      stream.send(format.opening);
      streams.add(stream);
      response.on('close', () => {
        streams.delete(stream);
        if (streams.count() === 0) tellGone();
      });
      return stream;
    },
    count: streams.count,
    drain: (overMs) => spread(clock, overMs, [...streams], ({ bearer }) => bearer.leave()),
    async close(withinMs) {
      isClosing = true;
      const gone = new Promise<void>((resolve) => {
        tellGone = resolve;
      });
      for (const { bearer, hasEnded, destroy } of streams) {
        bearer.endSubscriptions();
        bearer.leave();
        if (hasEnded()) destroy();
      }
      if (streams.count() === 0) tellGone();
      const cancelCut = clock.after(withinMs, () => {
        for (const { destroy } of streams) destroy();
      });
      await gone;
      cancelCut();
      streams.stop();
    },
  };
}

/** Node keeps the request until its answer has ended, and what it says is not read any more. */
function forget(request: IncomingMessage): void {
  request.headers = {};
  request.rawHeaders = [];
  request.url = '';
}

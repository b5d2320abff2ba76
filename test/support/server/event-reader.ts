import assert from 'node:assert/strict';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { TestContext } from 'node:test';
import type { Message } from './raw-socket.ts';

/** One event, with its data parsed where it holds JSON. */
export interface ServerEvent {
  readonly event: string;
  /** Its id; absent where the event has none. */
  readonly id?: string;
  readonly data: Message;
}

/** A stream of Server-Sent Events, read without a client library. */
export interface EventReader {
  readonly response: IncomingMessage;
  /** The next event that was not read yet. Rejects when the stream is over before it comes. */
  next(): Promise<ServerEvent>;
  /** How many comments have come. */
  countComments(): number;
  /** Waits for the comments to be so many. */
  waitForComments(count: number): Promise<void>;
  /** How the stream ended: as it should, or cut off. */
  readonly ended: Promise<'ended' | 'cut off'>;
  leave(): void;
}

export interface EventRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Opens a stream, left with the test. An answer in JSON is read as a stream of one result. */
export async function openEvents(
  t: TestContext,
  url: string,
  { method = 'GET', headers = {}, body }: EventRequest = {},
): Promise<EventReader> {
  const asking: ClientRequest = request(url, { method, headers, agent: false });
  asking.end(body === undefined ? undefined : JSON.stringify(body));
  t.after(() => asking.destroy());
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    asking.on('response', resolve);
    asking.on('error', reject);
  });
  const type = response.headers['content-type'] ?? '';
  assert.match(type, /^(text\/event-stream|application\/json)/);

  const unread: ServerEvent[] = [];
  const waiting: PromiseWithResolvers<ServerEvent>[] = [];
  const comments = { count: 0, waiting: [] as { count: number; resolve: () => void }[] };
  let isOver = false;
  let chunks: string[] = [];
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    chunks.push(chunk);
    if (!chunk.includes('\n')) return;
    const blocks = chunks.join('').split('\n\n');
    chunks = [blocks.pop() ?? ''];
    for (const block of blocks) take(block);
  });
  response.on('end', () => {
    if (type.startsWith('application/json')) take(`event: next\ndata: ${chunks.join('')}`);
  });
  const ended = new Promise<'ended' | 'cut off'>((resolve) => {
    response.on('error', () => {}); // told by `close`
    response.on('close', () => {
      isOver = true;
      for (const { reject } of waiting) reject(new Error('the stream is over'));
      resolve(response.complete ? 'ended' : 'cut off');
    });
  });

  function take(block: string): void {
    if (block === ':') {
      comments.count += 1;
      for (const { count, resolve } of comments.waiting) if (comments.count >= count) resolve();
      return;
    }
    const [, id, event = '', data = ''] =
      /^(?:id: (\d+)\n)?event: (\w+)\ndata:(.*)$/s.exec(block) ?? [];
    const told = {
      event,
      ...(id === undefined ? {} : { id }),
      data: data.trim() === '' ? null : JSON.parse(data),
    };
    const reader = waiting.shift();
    if (reader) reader.resolve(told);
    else unread.push(told);
  }

  return {
    response,
    next() {
      const told = unread.shift();
      if (told) return Promise.resolve(told);
      if (isOver) return Promise.reject(new Error('the stream is over'));
      const reader = Promise.withResolvers<ServerEvent>();
      waiting.push(reader);
      return reader.promise;
    },
    countComments: () => comments.count,
    waitForComments(count) {
      if (comments.count >= count) return Promise.resolve();
      return new Promise((resolve) => comments.waiting.push({ count, resolve }));
    },
    ended,
    leave: () => asking.destroy(),
  };
}

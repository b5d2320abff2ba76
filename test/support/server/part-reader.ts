import type { TestContext } from 'node:test';
import type { OpenGateway } from '../open-gateway.ts';
import type { Message } from './raw-socket.ts';

/** A multipart answer, read without a client library. */
export interface PartReader {
  readonly response: Response;
  /** The next part that is no heartbeat, parsed. Rejects when the answer is over before it comes. */
  next(): Promise<Message>;
  /** The answer to its end, or to where it was cut off. */
  readText(): Promise<string>;
  /** All that has come so far. */
  text(): string;
  leave(): void;
}

/** Sends an operation and reads its answer in parts; left with the test. */
export async function openParts(
  t: TestContext,
  { graphqlUrl, headers }: Pick<OpenGateway, 'graphqlUrl' | 'headers'>,
  body: unknown,
  accept = 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0",application/json',
): Promise<PartReader> {
  const leaving = new AbortController();
  t.after(() => leaving.abort());
  const response = await fetch(graphqlUrl, {
    method: 'POST',
    headers: { ...headers, accept },
    body: JSON.stringify(body),
    signal: leaving.signal,
  });
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let read = 0;

  /** Waits for more; false at the end. */
  async function more(): Promise<boolean> {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    text += decoder.decode(value, { stream: true });
    return !done;
  }

  return {
    response,
    text: () => text,
    async next() {
      for (;;) {
        const parts = text.slice(read).split('\r\n--graphql');
        // The text behind the last boundary may be half of a part.
        for (const part of parts.slice(0, -1)) {
          read += part.length + '\r\n--graphql'.length;
          const json = part.slice(part.indexOf('\r\n\r\n') + 4);
          if (json !== '' && json !== '{}') return JSON.parse(json);
        }
        if (!(await more())) throw new Error('the answer is over');
      }
    },
    async readText() {
      try {
        while (await more());
      } catch {} // it was cut off
      return text;
    },
    leave: () => leaving.abort(),
  };
}

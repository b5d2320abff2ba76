import type { GraphQLError } from 'graphql';
import type { StreamKind } from '../http/accept.ts';
import { toRefusedResult } from '../operation/caller-errors.ts';

/** How the results of one operation are written into a response that stays open. Results are JSON. */
export interface StreamFormat {
  readonly contentType: string;
  /** What is sent at once: some clients take a stream for open only when something has come. */
  readonly opening: string;
  /** What is sent at each heartbeat. */
  readonly heartbeat: string;
  /** A result, and the version of the state that it shows, if it shows one. */
  next(result: string, version?: number | null): string;
  /** The last result of a stream whose caller has lost its authority. */
  expired(error: GraphQLError): string;
  /** Says that nothing follows. */
  readonly complete: string;
}

/** Server-Sent Events, in the distinct mode of graphql-sse's PROTOCOL.md, which has no visible heartbeat. */
export const sseFormat: StreamFormat = {
  contentType: 'text/event-stream; charset=utf-8',
  opening: ':\n\n',
  heartbeat: ':\n\n',
  next: toEvent,
  expired: (error) => toEvent(JSON.stringify(toRefusedResult([error]))),
  complete: 'event: complete\ndata:\n\n',
};

/**
 * Apollo's multipart protocol for subscriptions, version 1.0. A part ends with the boundary in front of
 * the next one, so that clients read it as soon as it has come; an empty object is a heartbeat, and a
 * failure of the stream itself has a null payload.
 */
export const multipartFormat: StreamFormat = {
  contentType: 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
  opening: `\r\n--graphql${toPart('{}')}`,
  heartbeat: toPart('{}'),
  next: (result) => toPart(`{"payload":${result}}`),
  expired: (error) => toPart(JSON.stringify({ payload: null, errors: [error] })),
  complete: '--\r\n',
};

/** The formats by kind. */
export const streamFormats: Readonly<Record<StreamKind, StreamFormat>> = {
  sse: sseFormat,
  multipart: multipartFormat,
};

/** An event with the version as its `id`, which clients send back as `Last-Event-ID`. */
export function toEvent(data: string, version?: number | null): string {
  const id = version == null ? '' : `id: ${version}\n`;
  return `${id}event: next\ndata: ${data}\n\n`;
}

function toPart(json: string): string {
  return `\r\ncontent-type: application/json\r\n\r\n${json}\r\n--graphql`;
}

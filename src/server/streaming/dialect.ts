import type { GraphQLError } from 'graphql';
import type { SentParams } from '../operation/operation-pipeline.ts';

/** With a payload that holds a credential it renews the connection. */
export interface ClientPing {
  readonly type: 'ping';
  readonly payload: Readonly<Record<string, unknown>> | undefined;
}

/** A message of a client, in the terms of the session. */
export type ClientMessage =
  | { readonly type: 'init'; readonly payload: Readonly<Record<string, unknown>> | undefined }
  | ClientPing
  | { readonly type: 'pong' }
  | { readonly type: 'subscribe'; readonly id: string; readonly params: SentParams }
  | { readonly type: 'stop'; readonly id: string }
  | { readonly type: 'terminate' }
  /** No message of the protocol; `reply` is sent for it, or the socket closed with 4400 on null. */
  | { readonly type: 'unreadable'; readonly reply: string | null };

/**
 * One subprotocol of GraphQL over WebSocket: how its messages are read and written. What they do is
 * the session's, and the same in every dialect. `id` is the operation's id as JSON.
 */
export interface Dialect {
  /** The name that is agreed on in `Sec-WebSocket-Protocol` (RFC 6455, 4.2.2). */
  readonly subprotocol: string;
  /** Whether clients may start operations before `connection_ack`; they wait for it then. */
  readonly startsEarly: boolean;
  /** What answers a good `connection_init`. */
  readonly acknowledgement: readonly string[];
  /** What is sent at each heartbeat, so that an app sees that the connection lives. */
  readonly heartbeat: string;
  /** What is sent for a `stop`, behind which nothing of the operation follows; null: nothing. */
  stopped(id: string): string | null;
  /** What is sent before the socket is closed on a caller that is not let in; null: nothing. */
  refusal(error: GraphQLError): string | null;
  /** Reads a text; never throws. */
  read(text: string): ClientMessage;
  next(id: string, result: string): string;
  /** Says that an operation was not run, after which nothing of it follows. */
  error(id: string, errors: readonly GraphQLError[]): string;
  complete(id: string): string;
}

import type { GraphQLError } from 'graphql';
import { DEPRECATED_GRAPHQL_WS_PROTOCOL, MessageType, validateMessage } from 'graphql-ws';
import { toReviver } from '../../atlas/json/raw-number.ts';
import { createPublicError } from '../../schema/operation/errors.ts';
import type { Dialect } from './dialect.ts';
import { toClientMessage } from './transport-ws.ts';

/**
 * The older subprotocol `graphql-ws` (PROTOCOL.md of subscriptions-transport-ws), which clients such
 * as Apollo Kotlin 4 speak by default. Its clients start operations without waiting for the
 * acknowledgement, and a message that can't be read leaves the socket open.
 */
export const legacyWs: Dialect = {
  subprotocol: DEPRECATED_GRAPHQL_WS_PROTOCOL,
  startsEarly: true,
  acknowledgement: ['{"type":"connection_ack"}', '{"type":"ka"}'],
  heartbeat: '{"type":"ka"}',
  stopped: toComplete,
  refusal: toConnectionError,
  read(text) {
    const message = parseObject(text);
    if (message?.type === 'connection_terminate') return { type: 'terminate' };
    try {
      return toClientMessage(validateMessage(toNewer(message)));
    } catch {
      return { type: 'unreadable', reply: toReply(message) };
    }
  },
  next: (id, result) => `{"id":${id},"type":"data","payload":${result}}`,
  error: toOperationError,
  complete: toComplete,
};

type LooseMessage = Readonly<Record<string, unknown>>;

/** What messages of clients are called in the newer protocol, where they hold the same. */
const newerTypes = new Map<unknown, MessageType>([
  ['connection_init', MessageType.ConnectionInit],
  ['start', MessageType.Subscribe],
  ['stop', MessageType.Complete],
]);

/** The text as an object; null for one that holds none. */
function parseObject(text: string): LooseMessage | null {
  try {
    const parsed: unknown = JSON.parse(text, toReviver(text));
    return isObject(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

/** The message as the newer protocol writes it, not yet checked. */
function toNewer(message: LooseMessage | null): unknown {
  const type = newerTypes.get(message?.type);
  if (type !== MessageType.Subscribe || !isObject(message?.payload)) return { ...message, type };
  // A persisted operation may come without its text, for which the newer protocol has an empty one.
  return { ...message, type, payload: { ...message.payload, query: message.payload.query ?? '' } };
}

/** What answers a message that can't be read: the error of its operation, where it names one. */
function toReply(message: LooseMessage | null): string {
  const error = createPublicError(
    'BAD_USER_INPUT',
    'This is no message of the protocol graphql-ws.',
  );
  const { type, id } = message ?? {};
  const isStart = type === 'start' && typeof id === 'string' && id !== '';
  return isStart ? toOperationError(JSON.stringify(id), [error]) : toConnectionError(error);
}

function toConnectionError(error: GraphQLError): string {
  return JSON.stringify({ type: 'connection_error', payload: error });
}

/** The payload is one error in this protocol: the first. */
function toOperationError(id: string, [error]: readonly GraphQLError[]): string {
  return `{"id":${id},"type":"error","payload":${JSON.stringify(error)}}`;
}

function toComplete(id: string): string {
  return `{"id":${id},"type":"complete"}`;
}

function isObject(value: unknown): value is LooseMessage {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

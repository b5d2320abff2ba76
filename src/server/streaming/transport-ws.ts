import { GRAPHQL_TRANSPORT_WS_PROTOCOL, type Message, MessageType, parseMessage } from 'graphql-ws';
import { toReviver } from '../../atlas/json/raw-number.ts';
import type { ClientMessage, Dialect } from './dialect.ts';

/** The subprotocol `graphql-transport-ws` (PROTOCOL.md of graphql-ws). */
export const transportWs: Dialect = {
  subprotocol: GRAPHQL_TRANSPORT_WS_PROTOCOL,
  startsEarly: false,
  acknowledgement: ['{"type":"connection_ack"}'],
  // WebSocket's own pings are answered below the app, which never sees them.
  heartbeat: '{"type":"ping"}',
  stopped: () => null,
  refusal: () => null,
  read(text) {
    try {
      return toClientMessage(parseMessage(text, toReviver(text)));
    } catch {
      return unreadable;
    }
  },
  next: (id, result) => `{"id":${id},"type":"next","payload":${result}}`,
  error: (id, errors) => `{"id":${id},"type":"error","payload":${JSON.stringify(errors)}}`,
  complete: (id) => `{"id":${id},"type":"complete"}`,
};

const unreadable: ClientMessage = { type: 'unreadable', reply: null };

/** Returns a valid message in the terms of the session; one that only servers send is unreadable. */
export function toClientMessage(message: Message): ClientMessage {
  switch (message.type) {
    case MessageType.ConnectionInit:
      return { type: 'init', payload: message.payload ?? undefined };
    case MessageType.Ping:
      return { type: 'ping', payload: message.payload ?? undefined };
    case MessageType.Pong:
      return { type: 'pong' };
    case MessageType.Subscribe:
      return { type: 'subscribe', id: message.id, params: message.payload };
    case MessageType.Complete:
      return { type: 'stop', id: message.id };
    default:
      return unreadable;
  }
}

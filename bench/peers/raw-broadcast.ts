import { createServer, type ServerResponse } from 'node:http';
import { WebSocketServer } from 'ws';
import { nowMs } from '../clock.ts';
import { listen } from '../listen.ts';
import { serveDuties } from '../processes.ts';

/**
 * The floor: no graph, no keys, no checks. One text to whoever is connected, over WebSocket and over
 * Server-Sent Events, with the same libraries as the gateway's.
 */
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
const streams = new Set<ServerResponse>();
const greeting = '{"greeting":true}';

sockets.on('connection', (socket) => {
  socket.on('error', () => {});
  socket.send(greeting);
});
server.on('request', (request, response) => {
  request.resume();
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  response.write(toEvent(greeting));
  streams.add(response);
  response.on('close', () => streams.delete(response));
});

function toEvent(text: string): string {
  return `event: next\ndata: ${text}\n\n`;
}

export type RawBroadcastDuties = typeof duties;

const duties = {
  /** Answers where it listens. */
  listen: () => listen(server),
  /** Sends a text to all, and answers when it began. */
  broadcast(text: string): number {
    const sentAt = nowMs();
    for (const socket of sockets.clients) socket.send(text);
    const event = toEvent(text);
    for (const response of streams) response.write(event);
    return sentAt;
  },
};

serveDuties(duties);

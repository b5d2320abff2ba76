import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The requests of connections whose peers send the next before the last was answered. */
export interface Pipelines {
  /** Calls `start` once fewer requests of the connection are under way than may be. */
  enter(request: IncomingMessage, response: ServerResponse, start: () => void): void;
}

interface Pipeline {
  underWay: number;
  readonly waiting: { readonly response: ServerResponse; readonly start: () => void }[];
}

/**
 * Makes the pipelines of one server. Node begins a request as soon as it has read its head (RFC 9112,
 * 9.3.2), however many are under way on the connection. Here what is more than `mostUnderWay` waits,
 * and so does what was not read yet.
 */
export function createPipelines(mostUnderWay: number): Pipelines {
  const pipelines = new WeakMap<Socket, Pipeline>();

  function startNext(socket: Socket, pipeline: Pipeline): void {
    while (pipeline.underWay < mostUnderWay) {
      const next = pipeline.waiting.shift();
      if (next === undefined) {
        socket.resume();
        return;
      }
      // Of those that wait when the connection closes none is begun.
      if (!next.response.destroyed) begin(socket, pipeline, next.response, next.start);
    }
  }

  function begin(
    socket: Socket,
    pipeline: Pipeline,
    response: ServerResponse,
    start: () => void,
  ): void {
    pipeline.underWay += 1;
    response.once('close', () => {
      pipeline.underWay -= 1;
      if (pipeline.waiting.length > 0) startNext(socket, pipeline);
    });
    start();
  }

  return {
    enter({ socket }, response, start) {
      const pipeline = pipelines.get(socket) ?? { underWay: 0, waiting: [] };
      pipelines.set(socket, pipeline);
      if (pipeline.underWay < mostUnderWay && pipeline.waiting.length === 0) {
        begin(socket, pipeline, response, start);
        return;
      }
      pipeline.waiting.push({ response, start });
      socket.pause();
    },
  };
}

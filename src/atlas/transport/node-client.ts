import type { ClientRequest, IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { HttpExchange, HttpRequest, HttpResponse } from './http-exchange.ts';
import { createAbortError, TransportError } from './http-exchange.ts';
import { ResponseReader } from './response-reader.ts';

// An import would touch every export, and so load all of fetch behind node:http's WebSocket.
const http = process.getBuiltinModule('node:http');
const https = process.getBuiltinModule('node:https');

/** Sends requests by Node's own HTTP client. */
export interface NodeClient {
  send(request: HttpRequest): HttpExchange;
  /** Waits for the requests under way, then closes the sockets. */
  close(): Promise<void>;
}

/** The options of `createNodeClient`. */
export interface NodeClientOptions {
  /** The most sockets. */
  readonly connections: number;
  readonly maxResponseBytes: number;
}

/** An idle socket is closed before most servers would: a request that meets their close is lost. */
const idleMs = 4_000;

/**
 * Sends requests to one origin. Node's client reads past every interim response (RFC 9110, 15.2),
 * asked for or not, where undici destroys the socket at a `100 Continue` and the answer is lost.
 */
export function createNodeClient(origin: string, options: NodeClientOptions): NodeClient {
  const { connections, maxResponseBytes } = options;
  const pooling = { keepAlive: true, maxSockets: connections, timeout: idleMs };
  const isSecure = new URL(origin).protocol === 'https:';
  const agent = isSecure ? new https.Agent(pooling) : new http.Agent(pooling);
  const open = isSecure ? https.request : http.request;
  const underWay = new Set<Promise<HttpResponse>>();

  return {
    send({ method, path, headers, body }) {
      const begin = () => open(origin, { agent, method, path, headers }).end(body ?? undefined);
      const exchange = new NodeExchange(begin, maxResponseBytes);
      const { response } = exchange;
      underWay.add(response);
      const forget = () => void underWay.delete(response);
      response.then(forget, forget);
      return exchange;
    },
    async close() {
      await Promise.allSettled(underWay);
      agent.destroy();
    },
  };
}

class NodeExchange implements HttpExchange {
  readonly #reader: ResponseReader;
  #isWanted = true;
  /** Whether a byte of the request may have left. */
  #isSent = false;
  #request: ClientRequest | undefined;

  constructor(begin: () => ClientRequest, maxResponseBytes: number) {
    this.#reader = new ResponseReader(maxResponseBytes);
    // A whole turn of the event loop later it is known which idle sockets the server has closed.
    setImmediate(() => {
      setImmediate(() => {
        if (this.#isWanted) this.#follow(begin());
      });
    });
  }

  get response(): Promise<HttpResponse> {
    return this.#reader.response;
  }

  abort(): void {
    this.#isWanted = false;
    if (this.#request === undefined) this.#fail(createAbortError());
    else this.#request.destroy(createAbortError());
  }

  #follow(request: ClientRequest): void {
    this.#request = request;
    request.on('socket', (socket) => {
      if (request.reusedSocket) this.#onSent();
      else socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', this.#onSent);
    });
    request.on('response', (response) => this.#read(request, response));
    request.on('error', (error) => this.#fail(error));
  }

  #read(request: ClientRequest, response: IncomingMessage): void {
    const reader = this.#reader;
    reader.start(response.statusCode ?? 0, response.headers);
    response.on('data', (chunk: Buffer) => {
      const tooLong = reader.take(chunk);
      if (tooLong !== null) request.destroy(tooLong);
    });
    response.on('end', () => reader.end());
    response.on('error', (error) => this.#fail(error));
  }

  readonly #onSent = (): void => {
    this.#isSent = true;
  };

  #fail(error: unknown): void {
    this.#reader.fail(new TransportError(!this.#isSent, !this.#isWanted, error));
  }
}

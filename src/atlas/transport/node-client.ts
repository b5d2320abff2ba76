import type { ClientRequest, IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { AnswerReader } from './answer-reader.ts';
import type { HttpAnswer, HttpExchange, HttpRequest } from './http-exchange.ts';
import { createAbortError, TransportError } from './http-exchange.ts';

// An import would touch every export, and so load all of fetch behind node:http's WebSocket.
const http = process.getBuiltinModule('node:http');
const https = process.getBuiltinModule('node:https');

/** Sends requests by Node's own HTTP client. */
export interface NodeClient {
  send(request: HttpRequest): HttpExchange;
  /** Waits for the requests under way, then closes the sockets. */
  close(): Promise<void>;
}

export interface NodeClientOptions {
  /** The most sockets. */
  readonly connections: number;
  readonly maxAnswerBytes: number;
}

/** An idle socket is closed before most servers would: a request that meets their close is lost. */
const idleMs = 4_000;

/**
 * Sends requests to one origin. Node's client reads past every interim response (RFC 9110, 15.2),
 * asked for or not, where undici destroys the socket at a `100 Continue` and the answer is lost.
 */
export function createNodeClient(origin: string, options: NodeClientOptions): NodeClient {
  const { connections, maxAnswerBytes } = options;
  const pooling = { keepAlive: true, maxSockets: connections, timeout: idleMs };
  const isSecure = new URL(origin).protocol === 'https:';
  const agent = isSecure ? new https.Agent(pooling) : new http.Agent(pooling);
  const open = isSecure ? https.request : http.request;
  const underWay = new Set<Promise<HttpAnswer>>();

  return {
    send({ method, path, headers, body }) {
      const begin = () => open(origin, { agent, method, path, headers }).end(body ?? undefined);
      const exchange = new NodeExchange(begin, maxAnswerBytes);
      const { answer } = exchange;
      underWay.add(answer);
      const forget = () => void underWay.delete(answer);
      answer.then(forget, forget);
      return exchange;
    },
    async close() {
      await Promise.allSettled(underWay);
      agent.destroy();
    },
  };
}

class NodeExchange implements HttpExchange {
  readonly #reader: AnswerReader;
  #isWanted = true;
  /** Whether a byte of the request may have left. */
  #isSent = false;
  #request: ClientRequest | undefined;

  constructor(begin: () => ClientRequest, maxAnswerBytes: number) {
    this.#reader = new AnswerReader(maxAnswerBytes);
    // A whole turn of the event loop later it is known which idle sockets the server has closed.
    setImmediate(() => {
      setImmediate(() => {
        if (this.#isWanted) this.#follow(begin());
      });
    });
  }

  get answer(): Promise<HttpAnswer> {
    return this.#reader.answer;
  }

  end(): void {
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

import type { HttpResponse } from './http-exchange.ts';
import { decodeBody, ResponseTooLongError } from './response-text.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Collects a response as its parts arrive, whatever client receives it. */
export class ResponseReader {
  readonly response: Promise<HttpResponse>;
  readonly #resolve: (answer: HttpResponse | Promise<HttpResponse>) => void;
  readonly #reject: (error: Error) => void;
  readonly #mostBytes: number;
  readonly #chunks: Buffer[] = [];
  #length = 0;
  #status = 0;
  #headers: Headers = {};

  constructor(mostBytes: number) {
    const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>();
    this.response = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#mostBytes = mostBytes;
  }

  start(status: number, headers: Headers): void {
    this.#status = status;
    this.#headers = headers;
  }

  /**
   * Takes a part of the body. Returns the error to abort the exchange with once the body is too
   * long; a refusal is read by its status all the same.
   */
  take(chunk: Buffer): ResponseTooLongError | null {
    this.#length += chunk.length;
    if (this.#length <= this.#mostBytes) {
      this.#chunks.push(chunk);
      return null;
    }
    this.#chunks.length = 0;
    const error = new ResponseTooLongError(this.#mostBytes);
    if (this.#isRefusal) this.#resolve(this.#toResponse(''));
    else this.#reject(error);
    return error;
  }

  end(): void {
    const [first] = this.#chunks;
    const isOne = this.#chunks.length === 1 && first !== undefined;
    const bytes = isOne ? first : Buffer.concat(this.#chunks, this.#length);
    const encoding = this.#headers['content-encoding'];
    const coding = Array.isArray(encoding) ? encoding.join() : encoding;
    const text = decodeBody(bytes, coding, this.#mostBytes);
    this.#resolve(typeof text === 'string' ? this.#toResponse(text) : this.#unpacked(text));
  }

  /** Takes the answer of another exchange for its own. */
  follow(answer: Promise<HttpResponse>): void {
    this.#resolve(answer);
  }

  fail(error: Error): void {
    this.#reject(error);
  }

  async #unpacked(text: Promise<string | null>): Promise<HttpResponse> {
    try {
      return this.#toResponse((await text) ?? '');
    } catch (error) {
      if (error instanceof ResponseTooLongError && this.#isRefusal) return this.#toResponse('');
      throw error;
    }
  }

  #toResponse(body: string): HttpResponse {
    const header = this.#headers['retry-after'];
    const retryAfter = Array.isArray(header) ? header[0] : header;
    return { status: this.#status, retryAfter, body };
  }

  get #isRefusal(): boolean {
    return this.#status >= 400;
  }
}

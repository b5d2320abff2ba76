import { AnswerTooLongError, readAnswerText } from './answer-text.ts';
import type { HttpAnswer } from './http-exchange.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Collects a response as its parts arrive, whatever client receives it. */
export class AnswerReader {
  readonly answer: Promise<HttpAnswer>;
  readonly #resolve: (answer: HttpAnswer | Promise<HttpAnswer>) => void;
  readonly #reject: (error: Error) => void;
  readonly #mostBytes: number;
  readonly #chunks: Buffer[] = [];
  #length = 0;
  #status = 0;
  #headers: Headers = {};

  constructor(mostBytes: number) {
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
    this.answer = promise;
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
  take(chunk: Buffer): AnswerTooLongError | null {
    this.#length += chunk.length;
    if (this.#length <= this.#mostBytes) {
      this.#chunks.push(chunk);
      return null;
    }
    this.#chunks.length = 0;
    const error = new AnswerTooLongError(this.#mostBytes);
    if (this.#isRefusal) this.#resolve(this.#toAnswer(''));
    else this.#reject(error);
    return error;
  }

  end(): void {
    const [first] = this.#chunks;
    const isOne = this.#chunks.length === 1 && first !== undefined;
    const bytes = isOne ? first : Buffer.concat(this.#chunks, this.#length);
    const encoding = this.#headers['content-encoding'];
    const coding = Array.isArray(encoding) ? encoding.join() : encoding;
    const text = readAnswerText(bytes, coding, this.#mostBytes);
    this.#resolve(typeof text === 'string' ? this.#toAnswer(text) : this.#unpacked(text));
  }

  /** Takes the answer of another exchange for its own. */
  follow(answer: Promise<HttpAnswer>): void {
    this.#resolve(answer);
  }

  fail(error: Error): void {
    this.#reject(error);
  }

  async #unpacked(text: Promise<string | null>): Promise<HttpAnswer> {
    try {
      return this.#toAnswer((await text) ?? '');
    } catch (error) {
      if (error instanceof AnswerTooLongError && this.#isRefusal) return this.#toAnswer('');
      throw error;
    }
  }

  #toAnswer(body: string): HttpAnswer {
    const given = this.#headers['retry-after'];
    const retryAfter = Array.isArray(given) ? given[0] : given;
    return { status: this.#status, retryAfter, body };
  }

  get #isRefusal(): boolean {
    return this.#status >= 400;
  }
}

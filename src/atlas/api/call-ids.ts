/**
 * The ids of the requests that one operation makes to Atlas: its own id and a running number, such as
 * `5f2f…-3`, so that a call found in Atlas's logs leads to the operation, and back.
 */
export class CallIds {
  readonly #operationId: string;
  #count = 0;

  constructor(operationId: string) {
    this.#operationId = operationId;
  }

  /** The id of the next request, retries and token requests included. */
  next(): string {
    this.#count += 1;
    return `${this.#operationId}-${this.#count}`;
  }
}

/** A request that the sandbox turns down, with the answer that Atlas documents for it. */
export class ErrorResponse extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    super(`refused with ${status}`);
    this.status = status;
    this.body = body;
  }
}

/** The short envelope, `{ error }`, of tokens, flows and uploads (CONTRACT 3.2, second form). */
export function shortErrorResponse(status: number, error: string): ErrorResponse {
  return new ErrorResponse(status, { error });
}

/** The beginning of the message of the long envelope (CONTRACT 3.2). */
const categories = {
  400: 'Bad Request',
  401: 'Authentication Error',
  422: 'Unprocessable Entity',
  503: 'Service Unavailable',
} as const;

/** The long envelope, `{ error_code, error_message }`, of address match and batch reads (first form). */
export function longErrorResponse(status: keyof typeof categories, detail: string): ErrorResponse {
  return new ErrorResponse(status, {
    error_code: String(status),
    error_message: `${categories[status]}: ${detail}`,
  });
}

/** An error of a result, as far as the page shows it. */
export interface GraphError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: { readonly code?: string; readonly retryable?: boolean };
}

/** The result of an operation (GraphQL specification, 7.1). */
export interface GraphResult {
  readonly data?: unknown;
  readonly errors?: readonly GraphError[];
  readonly extensions?: unknown;
}

/** An operation as it is sent. */
export interface SentOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** An answer over HTTP. */
export interface Answer {
  readonly status: number;
  readonly durationMs: number;
  readonly result: GraphResult;
}

/** Posts an operation. Rejects with a message for the reader where there is no answer of the gateway. */
export async function ask(
  url: string,
  operation: SentOperation,
  token: string,
  signal?: AbortSignal,
): Promise<Answer> {
  const startedAt = performance.now();
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify(operation),
    signal: signal ?? null,
  }).catch(() => {
    throw new Error('The gateway can’t be reached. Is it running?');
  });
  const result: GraphResult | null = await response.json().catch(() => null);
  if (result === null || (result.data === undefined && result.errors === undefined)) {
    throw new Error(`The answer is none of the gateway: its status is ${response.status}.`);
  }
  const durationMs = Math.round(performance.now() - startedAt);
  return { status: response.status, durationMs, result };
}

/** True if a result says that the key or token is not accepted. */
export function isRefusal({ errors = [] }: GraphResult): boolean {
  return errors.some(({ extensions }) => extensions?.code === 'UNAUTHENTICATED');
}

import { AtlasError, type GraphError, networkError, unauthenticated } from './atlas-error.ts';
import { type Tokens, toAuthorization } from './tokens.ts';

/** The part of `fetch` that the kit uses. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface HttpOptions {
  readonly url: string;
  readonly tokens: Tokens;
  readonly fetch: Fetch;
}

/** A response of the gateway to one operation. */
export interface GraphResult<Data> {
  readonly data: Data | null;
  readonly errors: readonly GraphError[];
}

export interface Posted {
  readonly response: Response;
  /** The token that was sent. */
  readonly token: string;
}

/** Posts one operation with a fresh token. Rejects where there is no response. */
export async function post(
  { url, tokens, fetch }: HttpOptions,
  accept: string,
  operation: { readonly query: string; readonly variables: object },
  signal: AbortSignal,
): Promise<Posted> {
  const token = await tokens.fetch();
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      accept,
      'content-type': 'application/json',
      authorization: toAuthorization(token),
    },
    body: JSON.stringify(operation),
    signal,
  });
  return { response, token };
}

/**
 * The result that a response holds. Rejects with `AtlasError`: `UNAUTHENTICATED` for a refused token,
 * `NETWORK` for a response that is not the gateway's.
 */
export async function readResult<Data>({ response, token }: Posted): Promise<GraphResult<Data>> {
  const body = (await response.json().catch(() => null)) as Partial<GraphResult<Data>> | null;
  const [first] = body?.errors ?? [];
  if (response.status === 401) throw first ? new AtlasError(first, token) : unauthenticated(token);
  if (body?.data === undefined && first === undefined) {
    throw networkError(`The response had the status ${response.status} and no result`);
  }
  return { data: body?.data ?? null, errors: body?.errors ?? [] };
}

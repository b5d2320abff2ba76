import { readAnswer } from '../atlas/answers/answer.ts';
import {
  type EndpointInput,
  type EndpointName,
  endpointRow,
  type Service,
  toCallKind,
} from '../atlas/api/endpoints.ts';
import { AtlasError } from '../atlas/api/errors.ts';
import { encodeRequest } from '../atlas/client/atlas-request.ts';
import { parseMasked } from '../atlas/masking/masked-json.ts';
import type { Transport } from '../atlas/transport/transport.ts';
import type { TenantId } from '../tenant-id.ts';
import type { Exchange } from './evidence.ts';

/** Makes the calls of a walk, records each answer, and asks before the eleventh. */
export interface Caller {
  /**
   * Makes one call. Returns the recorded exchange; null if the limit of calls was reached and the
   * user did not agree to more, in which case nothing is sent.
   */
  call<Name extends EndpointName>(
    name: Name,
    input: EndpointInput<Name>,
    headers: Readonly<Record<string, string>>,
    purpose?: Exchange['purpose'],
  ): Promise<Exchange | null>;
  readonly exchanges: readonly Exchange[];
}

/** The options of `createCaller`. */
export interface CallerOptions {
  readonly transportFor: (service: Service) => Transport;
  /** The path of the service's base URL, without a slash at its end. */
  readonly pathPrefixFor: (service: Service) => string;
  readonly tenantId: TenantId;
  /** Asks the user whether more than ten calls may be made; asked once at most. */
  readonly mayExceed: () => Promise<boolean>;
  readonly timeoutMs: number;
}

/** How many calls are made without asking. */
export const callsWithoutAsking = 10;

/** Creates the caller of one walk. */
export function createCaller(options: CallerOptions): Caller {
  const { transportFor, pathPrefixFor, tenantId, mayExceed, timeoutMs } = options;
  const exchanges: Exchange[] = [];
  let isUnlimited: boolean | undefined;

  return {
    exchanges,
    async call(endpoint, input, headers, purpose = 'walk') {
      if (exchanges.length >= callsWithoutAsking) {
        isUnlimited ??= await mayExceed();
        if (!isUnlimited) return null;
      }
      const { method, service } = endpointRow(endpoint);
      const { path, body } = encodeRequest(endpoint, input);
      const request = transportFor(service).send({
        tenantId,
        method,
        isRepeatable: toCallKind(endpoint) !== 'write',
        path: `${pathPrefixFor(service)}${path}`,
        headers: {
          accept: 'application/json',
          ...(body === null ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body,
      });
      const timer = setTimeout(() => request.abort('timeout'), timeoutMs);
      const exchange = await request.response.then(
        ({ status, body: text, retryAfter }): Exchange => ({
          endpoint,
          purpose,
          status,
          json: toJson(text),
          isEmpty: text.trim() === '',
          unreadable: toUnreadable(endpoint, { status, body: text, retryAfter }),
        }),
        (): Exchange => ({
          endpoint,
          purpose,
          status: null,
          json: undefined,
          isEmpty: true,
          unreadable: 'no answer came',
        }),
      );
      clearTimeout(timer);
      exchanges.push(exchange);
      return exchange;
    },
  };
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads an answer as the gateway does; a refusal is no fault of the reading. */
function toUnreadable(
  endpoint: EndpointName,
  answer: { status: number; body: string; retryAfter: string | undefined },
): string | null {
  try {
    readAnswer(endpoint, answer, parseMasked(answer.body), Date.now);
    return null;
  } catch (error) {
    if (!(error instanceof AtlasError)) throw error;
    const isRefusal = answer.status >= 400;
    return isRefusal ? null : 'the answer has a form that the gateway cannot read';
  }
}

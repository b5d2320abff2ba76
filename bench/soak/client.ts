import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { nowMs } from '../clock.ts';
import { type Failure, noEnd } from './faults.ts';
import type { SoakOperation } from './operations.ts';

export interface SoakClientOptions {
  readonly url: string;
  readonly tenant: string;
  readonly key: string;
  /** Told of each operation that is over, and of what it failed with: the codes. */
  readonly onDone: (operation: string, transport: Transport, failures: readonly Failure[]) => void;
}

export type Transport = 'HTTP' | 'WebSocket' | 'event stream';

export interface SoakClient {
  /** Asks by HTTP; undefined where it failed. */
  // Results are loosely typed JSON.
  ask(
    operation: SoakOperation,
    variables: Record<string, unknown>,
  ): Promise<ReturnType<typeof JSON.parse>>;
  /** Reads to the end, or for so long; the end has to come where it is due. */
  read(
    operation: SoakOperation,
    variables: Record<string, unknown>,
    how: { transport: 'WebSocket' | 'event stream'; mostMs: number; isEndDue: boolean },
  ): Promise<void>;
}

/** The events of one subscription, from graphql-ws and graphql-sse. */
interface Sink {
  next(result: object): void;
  error(error: unknown): void;
  complete(): void;
}

/** A client of one tenant; each subscription has a connection of its own. */
export function createSoakClient({ url, tenant, key, onDone }: SoakClientOptions): SoakClient {
  const authorization = `Bearer ${key}`;

  function done(
    operation: SoakOperation,
    transport: Transport,
    beganAt: number,
    codes: Iterable<string>,
  ): void {
    const { name, endpoints } = operation;
    const told = { tenant, operation: name, endpoints, beganAt, endedAt: nowMs() };
    onDone(
      name,
      transport,
      [...new Set(codes)].map((code) => ({ ...told, code })),
    );
  }

  function open(
    transport: 'WebSocket' | 'event stream',
    payload: { query: string; variables: Record<string, unknown> },
    sink: Sink,
  ): () => void {
    if (transport === 'event stream') {
      const client = createSseClient({
        url: `${url}/graphql`,
        headers: { authorization },
        retryAttempts: 0,
      });
      client.subscribe(payload, sink);
      return () => client.dispose();
    }
    const client = createWsClient({
      url: `${url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization },
      retryAttempts: 0,
    });
    client.subscribe(payload, sink);
    return () => void client.dispose();
  }

  return {
    async ask(operation, variables) {
      const beganAt = nowMs();
      const codes: string[] = [];
      let data: ReturnType<SoakClient['ask']> | undefined;
      try {
        const response = await fetch(`${url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization },
          body: JSON.stringify({ query: operation.query, variables }),
        });
        const answer = await response.json();
        codes.push(...toCodes(answer));
        data = answer.data;
      } catch (error) {
        codes.push(`NO_ANSWER ${String(error)}`);
      }
      done(operation, 'HTTP', beganAt, codes);
      return codes.length > 0 ? undefined : data;
    },

    async read(operation, variables, { transport, mostMs, isEndDue }) {
      const beganAt = nowMs();
      const codes: string[] = [];
      const over = Promise.withResolvers<'ended' | 'left'>();
      const timer = setTimeout(() => over.resolve('left'), mostMs);
      const close = open(
        transport,
        { query: operation.query, variables },
        {
          next: (result) => void codes.push(...toCodes(result)),
          error(error) {
            codes.push(...toCodes({ errors: error }));
            over.resolve('ended');
          },
          complete: () => over.resolve('ended'),
        },
      );
      const ending = await over.promise;
      clearTimeout(timer);
      close();
      if (ending === 'left' && isEndDue) codes.push(noEnd);
      done(operation, transport, beganAt, codes);
    },
  };
}

/** The codes of what is wrong with an answer; ABSENT for what was there and is said not to be. */
function toCodes(answer: { data?: unknown; errors?: unknown }): string[] {
  const { data, errors } = answer;
  if (Array.isArray(errors)) return errors.map((error) => String(error?.extensions?.code));
  if (errors !== undefined) return [`CLOSED ${String(errors)}`];
  const members: unknown[] = typeof data === 'object' && data !== null ? Object.values(data) : [];
  return members.flatMap((member) => {
    if (typeof member !== 'object' || member === null) return ['ABSENT'];
    const userErrors = 'userErrors' in member ? member.userErrors : [];
    return Array.isArray(userErrors) ? userErrors.map(({ code }) => String(code)) : [];
  });
}

import type { EndpointName } from '../../../src/atlas/api/endpoints.ts';
import type { Credential } from './credentials.ts';

/** Every way to the graph. */
export const wireNames = [
  'HTTP',
  'SSE',
  'multipart',
  'one SSE connection',
  'WebSocket',
  'older WebSocket',
] as const;
export type WireName = (typeof wireNames)[number];
/** A wire whose outcomes are written in the rows; those of the others follow from them. */
type WrittenWire = Exclude<WireName, 'multipart' | 'older WebSocket'>;

/** The names of the world that a row can use. */
export interface Things {
  /** A flow of acme's that has not ended, and one that has. */
  readonly flow: string;
  readonly finished: string;
  /** A flow and a batch of bolt's. */
  readonly theirs: string;
  readonly theirBatch: string;
  /** A key of acme's that holds. */
  readonly key: string;
}

/** The request, without its caller. */
export interface Sent {
  readonly query?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Variables as they stand on the wire, where no object of JavaScript is like them. */
  readonly variablesText?: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
  /** The whole body, or payload, in place of all these. */
  readonly body?: string | Buffer;
  /** The data that a WebSocket sends in place of a message. */
  readonly message?: string | Buffer;
  /** The payload of `connection_init` in place of the one that holds the key. */
  readonly init?: unknown;
  /** How long a socket says nothing before `connection_init`, in milliseconds. */
  readonly silentMs?: number;
  readonly method?: string;
  readonly type?: string;
  /** The text after the path. */
  readonly search?: string;
  /** Header lines, as they go over the wire. */
  readonly headers?: readonly string[];
}

/**
 * The outcome in short: the status of HTTP, the kind of message or `closed` and the code of a
 * WebSocket; then the codes of errors, and the data where there are any. A wire that has no such
 * thing is left out.
 */
export type Outcomes = Readonly<Partial<Record<WrittenWire, string>>>;

export interface Row {
  readonly what: string;
  /** The caller; acme, with all scopes, by default. */
  readonly as?: Credential;
  readonly sent: (things: Things) => Sent;
  readonly outcomes: Outcomes;
  /** The message of the first error, where it matters. */
  readonly message?: string;
  /** The allowed calls to Atlas; none by default. */
  readonly atlas?: readonly EndpointName[];
  /** How often it was sent before, and answered. */
  readonly before?: number;
  /** How many subscriptions its caller has open on the wire meanwhile; on a WebSocket, on the same. */
  readonly held?: number;
  /** The caller that these two are of, over HTTP and as events, if not the sender. */
  readonly others?: Credential;
  /** How many further connections of its kind its caller has: sockets, or streams that are reserved. */
  readonly connections?: number;
  /** How many sockets of the same address are open that never sent a key. */
  readonly silent?: number;
  /** The time between its connection and the operation, in milliseconds. */
  readonly passesMs?: number;
  /** A header that no answer to it has, in small letters. */
  readonly withoutHeader?: string;
}

/** The outcome of a row on a wire; undefined where the row is not for that wire. */
export function outcomeOn({ outcomes }: Row, wire: WireName): string | undefined {
  if (wire === 'multipart') return outcomes.SSE;
  if (wire !== 'older WebSocket') return outcomes[wire];
  const outcome = outcomes.WebSocket;
  // The older protocol has another name for a result, and answers what is no message of it.
  if (outcome === 'closed 4400') return 'error BAD_USER_INPUT';
  return outcome?.replace(/^next\b/, 'data');
}

/** Rows that are sent to one gateway, which has what they are about in its environment. */
export interface Group {
  readonly what: string;
  readonly env?: Readonly<Record<string, string>>;
  /** True if the file of the register can't be written while they are sent. */
  readonly isRegisterFull?: boolean;
  readonly rows: readonly Row[];
}

/** The caller is nobody. */
export const nobody: Outcomes = {
  HTTP: '401 UNAUTHENTICATED',
  SSE: '401 UNAUTHENTICATED',
  'one SSE connection': '401 UNAUTHENTICATED',
  WebSocket: 'closed 4401',
};

/** It was not run, because of what it is. */
export const refused = (code: string): Outcomes => ({
  HTTP: `400 ${code}`,
  SSE: `200 ${code}`,
  'one SSE connection': `202 ${code}`,
  WebSocket: `error ${code}`,
});

/** It was run, with these codes and data. */
export const answered = (told: string): Outcomes => ({
  HTTP: `200 ${told}`,
  SSE: `200 ${told}`,
  'one SSE connection': `202 ${told}`,
  WebSocket: `next ${told}`,
});

/** The same of a subscription, which HTTP carries as SSE. */
export const told = answered;

/** It is no request that could be read. */
export const unread = (status: number, closed?: number): Outcomes => ({
  HTTP: `${status} BAD_USER_INPUT`,
  SSE: `${status} BAD_USER_INPUT`,
  'one SSE connection': `${status} BAD_USER_INPUT`,
  ...(closed === undefined ? {} : { WebSocket: `closed ${closed}` }),
});

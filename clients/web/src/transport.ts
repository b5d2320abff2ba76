import type { GraphError } from './atlas-error.ts';
import type { Flow } from './flow.ts';
import type { Session } from './renewal.ts';

/** One response to a subscription or to `waitForFlow`. */
export interface FlowResult {
  readonly data?: { readonly flow: Flow | null } | null;
  readonly errors?: readonly GraphError[];
  /** The first result of a subscription says until when its token holds. */
  readonly extensions?: { readonly session?: Session };
}

/** One attempt to follow a flow. */
export interface FlowAttempt {
  readonly uuid: string;
  /** The newest version that was received; null before the first. */
  readonly after: number | null;
  readonly select: string;
  readonly signal: AbortSignal;
  /** Called once the gateway has answered. */
  readonly onOpen: () => void;
  /** Called with each result, and with the token that the result was read with. */
  readonly onResult: (result: FlowResult, token: string) => void;
}

/**
 * Follows a flow until the connection is over, complete or lost, and fulfils then. Rejects where the
 * connection or the token was refused.
 */
export type Transport = (attempt: FlowAttempt) => Promise<void>;

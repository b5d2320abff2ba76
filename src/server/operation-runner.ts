import type { GraphQLError } from 'graphql';
import type { Principal } from '../identity/principal.ts';
import type { Log } from '../log.ts';
import { createPublicError } from '../schema/errors.ts';
import { createAsked } from './asked.ts';
import {
  type Graph,
  type OperationParams,
  prepareOperation,
  tooManySubscriptions,
} from './graph.ts';
import { logOperation } from './operation-log.ts';
import type { SharedOperations } from './shared-operations.ts';
import type { SubscriptionCaps } from './subscription-caps.ts';

/** Where the results of one operation go. Texts are JSON. */
export interface Peer {
  /** A result. Of a subscription, a newer one may take the place of one that was not sent yet. */
  next(result: string): void;
  /** The operation was not run at all; nothing follows. */
  refuse(errors: readonly GraphQLError[]): void;
  complete(): void;
}

export interface OperationRequest {
  readonly principal: Principal;
  readonly requestId: string;
  readonly transport: 'ws' | 'sse';
  readonly params: OperationParams;
  /** Whether the transport may carry a mutation. */
  readonly mayMutate: boolean;
}

export interface OperationRunner {
  /** Runs an operation for a peer; the answer stops it, and nothing reaches the peer after that. */
  run(request: OperationRequest, peer: Peer): () => void;
}

export interface OperationRunnerOptions {
  readonly graph: Graph;
  readonly shared: SharedOperations;
  readonly caps: SubscriptionCaps;
  readonly log: Log;
  readonly now: () => number;
}

/** Runs operations of long-lived transports: subscriptions shared, everything else one by one. */
export function createOperationRunner(options: OperationRunnerOptions): OperationRunner {
  const { graph, shared, caps, log, now } = options;

  return {
    run({ principal, requestId, transport, params, mayMutate }, peer) {
      const asked = createAsked({ principal, requestId, startedAt: now() });
      const key = keyOf(principal, params);
      let isStopped = false;
      let release = () => {};

      function end(): void {
        if (isStopped) return;
        isStopped = true;
        release();
        logOperation(log, transport, asked, now());
      }
      function refuse(errors: readonly GraphQLError[]): void {
        if (isStopped) return;
        end();
        peer.refuse(errors);
      }
      function subscribe(start: Parameters<SharedOperations['join']>[1]): void {
        const place = caps.take(principal.tenant.id);
        if (place === null) {
          refuse([tooManySubscriptions(requestId)]);
          return;
        }
        const leave = shared.join(key, start, {
          next: (result) => {
            if (!isStopped) peer.next(result);
          },
          complete: () => {
            if (isStopped) return;
            end();
            peer.complete();
          },
        });
        release = () => {
          place();
          leave();
        };
      }

      async function begin(): Promise<void> {
        // Ends what runs for this peer alone; what is shared runs on for the others.
        const gone = new AbortController();
        asked.signal = gone.signal;
        release = () => gone.abort();
        const prepared = await prepareOperation(graph, asked, params, () => {});
        if (isStopped) return;
        if (Array.isArray(prepared)) return refuse(prepared);
        if (prepared.kind === 'subscription') return subscribe(prepared.run);
        if (prepared.kind === 'mutation' && !mayMutate) {
          const message = 'A mutation must be sent by POST.';
          return refuse([createPublicError('BAD_USER_INPUT', message, requestId)]);
        }
        const result = await prepared.run();
        if (isStopped) return;
        end();
        peer.next(JSON.stringify(result));
        peer.complete();
      }

      // Somebody reads the very same: it was checked for them, and runs already.
      if (shared.has(key)) subscribe(neverStarted);
      else void begin();
      return end;
    },
  };
}

/** All that a subscription's results depend on. Nobody is told anything made for somebody else. */
function keyOf(
  { tenant, visibility }: Principal,
  { query, operationName, variables }: OperationParams,
): string {
  return JSON.stringify([tenant.id, visibility, query, operationName ?? null, variables ?? null]);
}

async function neverStarted(): Promise<never> {
  throw new Error('a shared operation that runs was started again');
}

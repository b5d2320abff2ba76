import { GraphQLError } from 'graphql';
import { Cancellation } from '../../atlas/deadline/cancellation.ts';
import type { Principal } from '../../identity/principal.ts';
import type { Right } from '../../identity/rights.ts';
import { type Log, toErrorFields } from '../../logging/log.ts';
import type { Reauthenticate } from '../../schema/operation/context.ts';
import { createPublicError, toPublicError } from '../../schema/operation/errors.ts';
import { type Asked, createAsked, type Transport, toCounted } from '../operation/asked.ts';
import { rightsEnded, tooManyRequests } from '../operation/caller-errors.ts';
import {
  type Graph,
  type OperationParams,
  prepareOperation,
  tooManySubscriptions,
  withoutHttp,
} from '../operation/graph.ts';
import { refuseOversize } from '../operation/limits.ts';
import {
  faultsOf,
  type OperationEvents,
  tellEnd,
  tellResult,
  toRefusedFaults,
} from '../operation/operation-events.ts';
import { logOperation } from '../operation/operation-log.ts';
import type { ReadQuery, SentOperation } from '../operation/persisted-operations.ts';
import { withPublicErrors } from '../operation/public-results.ts';
import type { RateLimit } from '../operation/rate-limit.ts';
import type { SubscriptionCaps } from '../operation/subscription-caps.ts';
import type { ConnectionAuthority } from './connection-authority.ts';
import { withSession } from './session-extension.ts';
import { toSharedKey } from './shared-key.ts';
import type {
  SharedOperations,
  SharedReader,
  SharedResult,
  SharedSource,
} from './shared-operations.ts';
import type { Turns } from './turns.ts';

/** Where the results of one operation go. Texts are JSON. */
export interface Peer {
  /** A result, and the version of the state that it shows. Of a subscription, a newer one may take the place of one that was not sent yet. */
  next(result: string, version?: number | null): void;
  /** The operation is a subscription: it has events in place of one answer. */
  subscribed(): void;
  /** The operation was not run at all; nothing follows. */
  refuse(errors: readonly GraphQLError[]): void;
  complete(): void;
  /** The caller's authority has ended: nothing follows but what the transport says of that. */
  expire(): void;
}

/** An operation as it was sent. */
export type SentParams = SentOperation & Omit<OperationParams, 'query'>;

export interface OperationRequest {
  readonly principal: Principal;
  readonly requestId: string;
  readonly transport: Exclude<Transport, 'http'>;
  readonly params: SentParams;
  /** Whether the transport may carry a mutation. */
  readonly mayMutate: boolean;
  /** The turns of its connection, where that carries many operations. */
  readonly turns?: Turns | undefined;
  /** From which span it was sent, if that is known. */
  readonly traceparent?: string | undefined;
  /** The version that the client of a subscription saw last. */
  readonly resumeAfter?: number | undefined;
  /** The authority that a subscription keeps to; that of its caller where there is none. */
  readonly authority?: ConnectionAuthority | undefined;
  /** Renews the connection that it came by. */
  readonly reauthenticate?: Reauthenticate | undefined;
}

export interface OperationRunner {
  /** Runs an operation for a peer; the answer stops it, and nothing reaches the peer after that. */
  run(request: OperationRequest, peer: Peer): () => void;
}

export interface OperationRunnerOptions {
  readonly graph: Graph;
  readonly shared: SharedOperations;
  readonly caps: SubscriptionCaps;
  readonly rateLimit: RateLimit;
  readonly readQuery: ReadQuery;
  readonly log: Log;
  /** The monotonic clock, in milliseconds. */
  readonly monotonicMs: () => number;
  readonly events?: OperationEvents;
}

/** An operation under way. It keeps nothing of the operation's text, for thousands may run. */
interface Run {
  readonly asked: Asked;
  readonly transport: OperationRequest['transport'];
  readonly peer: Peer;
  readonly turns: Turns | undefined;
  readonly authority: ConnectionAuthority | undefined;
  /** Whether its first event has told until when its caller's credential holds. */
  hasSession: boolean;
  isOver: boolean;
  /** Gives back what it holds. */
  release: () => void;
}

/** Runs operations of long-lived transports: subscriptions shared, everything else one by one. */
export function createOperationRunner(options: OperationRunnerOptions): OperationRunner {
  const { graph, shared, caps, rateLimit, readQuery, log, monotonicMs, events = {} } = options;

  function end(run: Run): void {
    if (run.isOver) return;
    run.isOver = true;
    run.release();
    tellEnd(events, run.asked, 'left');
    logOperation(log, run.transport, run.asked, monotonicMs() - run.asked.startedAt);
  }

  function refuse(run: Run, errors: readonly GraphQLError[]): void {
    if (run.isOver) return;
    tellResult(events, run.asked, toRefusedFaults(errors));
    end(run);
    run.peer.refuse(errors);
  }

  function expire(run: Run): void {
    end(run);
    run.peer.expire();
  }

  /** Ends a subscription whose caller has lost its authority, or a right that it uses. */
  function review(run: Run, usedRights: ReadonlySet<Right>): void {
    const { authority, asked } = run;
    if (run.isOver) return;
    if (!(authority ?? asked.principal).isCurrent()) expire(run);
    else if (authority?.holds(usedRights) === false) refuse(run, [rightsEnded(asked.requestId)]);
  }

  /** A fault of ours ends one operation, and not the process with all the others. */
  function fail(run: Run, error: unknown): void {
    log.error('an operation failed', toErrorFields(error));
    refuse(run, [withoutHttp(toPublicError(error, run.asked.requestId))]);
  }

  /**
   * A shared result as one reader is shown it: put on record under the reader's request id, and the
   * first with its session.
   */
  function toDelivered(run: Run, result: SharedResult): Pick<SharedResult, 'text' | 'faults'> {
    const { text, faults } = toRecorded(run.asked, result);
    if (run.hasSession || !result.hasExtensions) return { text, faults };
    run.hasSession = true;
    return { text: withSession(text, run.authority?.newest ?? run.asked.principal), faults };
  }

  function toRecorded(asked: Asked, result: SharedResult): Pick<SharedResult, 'text' | 'faults'> {
    if (result.reads.length === 0) return result;
    const refused = graph.steps.recordDelivery(asked, result.reads);
    if (refused === null) return result;
    for (const error of refused.errors ?? []) graph.steps.mask(error);
    const { extensions } = JSON.parse(result.text);
    const shown = { ...withPublicErrors(refused, asked), extensions };
    shown.errors?.forEach(withoutHttp);
    return { text: JSON.stringify(shown), faults: faultsOf(shown) };
  }

  function subscribe(run: Run, key: string, source: SharedSource): void {
    const { asked, peer } = run;
    const place = caps.take(toCounted(asked.principal));
    if (place === null) {
      refuse(run, [tooManySubscriptions(asked.requestId)]);
      return;
    }
    const reader: SharedReader = {
      next: (result) => {
        // Whoever else reads the same keeps it running; this caller may have lost its authority.
        review(run, result.usedRights);
        if (run.isOver) return;
        const { text, faults } = toDelivered(run, result);
        tellResult(events, asked, faults);
        peer.next(text, result.version);
      },
      complete: () => {
        if (run.isOver) return;
        tellEnd(events, asked, 'ok');
        end(run);
        peer.complete();
      },
    };
    const membership = shared.join(key, source, reader);
    const forget = run.authority?.onRenewed(() => review(run, membership.usedRights()));
    run.release = () => {
      place();
      membership.leave();
      forget?.();
    };
    // The last result is read at once, and may have found its caller's authority ended.
    if (run.isOver) run.release();
    else peer.subscribed();
  }

  async function begin(run: Run, params: OperationParams, mayMutate: boolean): Promise<void> {
    const { asked, peer } = run;
    const prepared = prepareOperation(graph, asked, params);
    if (Array.isArray(prepared)) return refuse(run, prepared);
    // Ends what nobody waits for any more: not this peer, nor others who share what it began.
    const gone = new Cancellation();
    asked.gone = gone;
    run.release = () => gone.cancel();
    if (prepared.shared !== null) {
      const { key, takeReads, versionOf, usedRights } = prepared.shared;
      const source = {
        start: prepared.run,
        write: (result: unknown) => graph.steps.long.write(result, asked),
        takeReads,
        versionOf,
        usedRights,
        abandon: () => gone.cancel(),
      };
      return subscribe(run, toSharedKey(asked.principal, key), source);
    }
    if (prepared.kind === 'mutation' && !mayMutate) {
      const message = 'A mutation must be sent by POST.';
      return refuse(run, [createPublicError('BAD_USER_INPUT', message, asked.requestId)]);
    }
    if (run.turns !== undefined) await takeTurn(run, run.turns);
    if (run.isOver) return;
    const result = await prepared.run();
    if (run.isOver) return;
    const writing = graph.steps.long.write(result, asked);
    const text = typeof writing === 'string' ? writing : await writing;
    // The peer may have left while it was written.
    if (run.isOver) return;
    tellResult(events, asked, faultsOf(result));
    end(run);
    peer.next(text);
    peer.complete();
  }

  /** Resolves when it is the operation's turn, or when the operation is over before. */
  function takeTurn(run: Run, turns: Turns): Promise<void> {
    return new Promise((resolve) => {
      const { release } = run;
      const leave = turns.take(resolve);
      run.release = () => {
        release();
        leave();
        resolve();
      };
    });
  }

  async function admit(run: Run, sent: SentParams, mayMutate: boolean): Promise<void> {
    const { principal, requestId } = run.asked;
    const retryAfterMs = await rateLimit.take(toCounted(principal));
    if (run.isOver) return;
    if (retryAfterMs !== null) return refuse(run, [tooManyRequests(retryAfterMs, requestId)]);
    return start(run, sent, mayMutate);
  }

  async function start(run: Run, sent: SentParams, mayMutate: boolean): Promise<void> {
    const params = toParams(sent, run.asked);
    if (params instanceof GraphQLError) return refuse(run, [params]);
    return begin(run, params, mayMutate);
  }

  function toParams(sent: SentParams, asked: Asked): OperationParams | GraphQLError {
    try {
      const query = readQuery(sent, asked.principal) ?? '';
      const endless = refuseOversize(sent.variables);
      if (endless !== null) throw endless;
      return { ...sent, query };
    } catch (error) {
      return withoutHttp(toPublicError(error, asked.requestId));
    }
  }

  return {
    run({ principal, requestId, transport, params, mayMutate, ...rest }, peer) {
      const { turns, traceparent, resumeAfter, authority, reauthenticate } = rest;
      const startedAt = monotonicMs();
      const of = { principal, requestId, transport, startedAt, resumeAfter, reauthenticate };
      const asked = createAsked(of);
      events.onBegun?.(asked, traceparent);
      const begun = { hasSession: false, isOver: false, release: () => {} };
      const run: Run = { asked, transport, peer, turns, authority, ...begun };
      // A request over HTTP was counted before its body was read.
      (transport === 'ws' ? admit : start)(run, params, mayMutate).catch((error) =>
        fail(run, error),
      );
      return () => end(run);
    },
  };
}

import { Cancellation } from '../../atlas/deadline/cancellation.ts';
import type { Principal } from '../../identity/principal.ts';
import type { Right } from '../../identity/rights.ts';
import { type Log, toErrorFields } from '../../logging/log.ts';
import type { Reauthenticate } from '../../schema/operation/context.ts';
import type { Refused } from '../operation/answers.ts';
import { rightsEnded, tooManyRequests } from '../operation/caller-errors.ts';
import { notifyEnd, notifyResult, type OperationEvents } from '../operation/operation-events.ts';
import { logOperation } from '../operation/operation-log.ts';
import type {
  OperationPipeline,
  ReadySubscription,
  SentParams,
} from '../operation/operation-pipeline.ts';
import type { RateLimit } from '../operation/rate-limit.ts';
import {
  createRequestContext,
  type RequestContext,
  type Transport,
  toCounted,
} from '../operation/request-context.ts';
import type { SubscriptionCaps } from '../operation/subscription-caps.ts';
import { tooManySubscriptions } from '../operation/transport-rules.ts';
import type { ConnectionAuthority } from './connection-authority.ts';
import { withSession } from './session-extension.ts';
import { toSharedKey } from './shared-key.ts';
import type { SharedOperations, SharedReader, SharedResult } from './shared-operations.ts';
import type { Turns } from './turns.ts';
import { untilTaken } from './until-taken.ts';

/** The receiver of the results of one operation. Texts are JSON. */
export interface ResultSink {
  /**
   * A result, and the version of the state that it shows. Of a subscription, a newer one may replace
   * one that was not sent yet.
   */
  next(result: string, version?: number | null): void;
  /** The operation is a subscription: it has events in place of one answer. */
  subscribed(): void;
  /** The operation was not executed; nothing follows. */
  refuse(refused: Refused): void;
  complete(): void;
  /** Fulfilled when the peer has taken all results so far, or takes no more; null: it has. */
  whenIdle?(): Promise<void> | null;
  /** The caller's authority has ended: only the transport's own message about that follows. */
  expire(): void;
}

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
  /** Runs an operation for a sink. The returned function stops it; nothing reaches the sink after that. */
  run(request: OperationRequest, sink: ResultSink): () => void;
}

export interface OperationRunnerOptions {
  readonly pipeline: OperationPipeline;
  readonly shared: SharedOperations;
  readonly caps: SubscriptionCaps;
  readonly rateLimit: RateLimit;
  readonly log: Log;
  /** The monotonic clock, in milliseconds. */
  readonly monotonicMs: () => number;
  readonly events?: OperationEvents;
}

/** An operation in progress. It holds nothing of the operation's text, for thousands may run. */
interface Run {
  readonly context: RequestContext;
  readonly transport: OperationRequest['transport'];
  readonly sink: ResultSink;
  readonly turns: Turns | undefined;
  readonly authority: ConnectionAuthority | undefined;
  /** Whether its first event has told until when its caller's credential holds. */
  hasSession: boolean;
  isOver: boolean;
  /** Ends a wait for its sink. */
  wake: () => void;
  /** Returns its permits and cancels its calls. */
  release: () => void;
}

/** Runs operations of long-lived transports: subscriptions shared, everything else one by one. */
export function createOperationRunner(options: OperationRunnerOptions): OperationRunner {
  const { pipeline, shared, caps, rateLimit, log, monotonicMs, events = {} } = options;
  let lossless = 0;

  function end(run: Run): void {
    if (run.isOver) return;
    run.isOver = true;
    run.release();
    run.wake();
    notifyEnd(events, run.context, 'left');
    logOperation(log, run.transport, run.context, monotonicMs() - run.context.startedAt);
  }

  function refuse(run: Run, refused: Refused): void {
    if (run.isOver) return;
    notifyResult(events, run.context, refused.faults);
    end(run);
    run.sink.refuse(refused);
  }

  function expire(run: Run): void {
    end(run);
    run.sink.expire();
  }

  /** Ends a subscription whose caller has lost its authority, or a right that it uses. */
  function review(run: Run, usedRights: ReadonlySet<Right>): void {
    const { authority, context } = run;
    if (run.isOver) return;
    if (!(authority ?? context.principal).isCurrent()) expire(run);
    else if (authority?.holds(usedRights) === false) {
      refuse(run, pipeline.refuse(context, [rightsEnded(context.requestId)]));
    }
  }

  /** An internal error ends one operation, and not the process with all the others. */
  function fail(run: Run, error: unknown): void {
    log.error('an operation failed', toErrorFields(error));
    refuse(run, pipeline.refuse(run.context, [error]));
  }

  /** A shared result as one reader is shown it, and the first with its session. */
  function toDelivered(run: Run, result: SharedResult): Pick<SharedResult, 'text' | 'faults'> {
    const { text, faults } = pipeline.deliver(run.context, result);
    if (run.hasSession || result.open === null) return { text, faults };
    run.hasSession = true;
    const open = text === result.text ? result.open : text.slice(0, -'}}'.length);
    return { text: withSession(open, run.authority?.newest ?? run.context.principal), faults };
  }

  function subscribe(run: Run, subscription: ReadySubscription, gone: Cancellation): void {
    const { context, sink } = run;
    const releasePermit = caps.take(toCounted(context.principal));
    if (releasePermit === null) {
      refuse(run, pipeline.refuse(context, [tooManySubscriptions(context.requestId)]));
      return;
    }
    const reader: SharedReader = {
      next: (result) => {
        // Other readers keep the subscription running; this caller may have lost its authority.
        review(run, result.usedRights);
        if (run.isOver) return;
        const { text, faults } = toDelivered(run, result);
        notifyResult(events, context, faults);
        sink.next(text, result.version);
      },
      complete: () => {
        if (run.isOver) return;
        notifyEnd(events, context, 'ok');
        end(run);
        sink.complete();
      },
      whenIdle: () => untilTaken(run, sink.whenIdle),
    };
    const { subscribe: start, key, ...source } = subscription;
    // A lossless subscription goes at the pace of its one reader.
    if (source.isLossless) lossless += 1;
    const ownKey = source.isLossless ? `${key} ${lossless}` : key;
    const membership = shared.join(
      toSharedKey(context.principal, ownKey),
      { ...source, start, abandon: () => gone.cancel() },
      reader,
    );
    const forget = run.authority?.onRenewed(() => review(run, membership.usedRights()));
    run.release = () => {
      releasePermit();
      membership.leave();
      forget?.();
    };
    // The last result is read at once, and may have found its caller's authority ended.
    if (run.isOver) run.release();
    else sink.subscribed();
  }

  async function start(run: Run, sent: SentParams): Promise<void> {
    const { context, sink } = run;
    const prepared = pipeline.prepare(context, sent);
    if (!prepared.isReady) return refuse(run, prepared);
    // Cancels the calls that no operation waits for any more.
    const gone = new Cancellation();
    context.gone = gone;
    run.release = () => gone.cancel();
    if (prepared.kind === 'subscription') return subscribe(run, prepared, gone);
    if (run.turns !== undefined) await takeTurn(run, run.turns);
    if (run.isOver) return;
    const { text, faults } = await prepared.execute();
    if (run.isOver) return;
    notifyResult(events, context, faults);
    end(run);
    sink.next(text);
    sink.complete();
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

  async function countAndStart(run: Run, sent: SentParams): Promise<void> {
    const { principal, requestId } = run.context;
    const retryAfterMs = await rateLimit.take(toCounted(principal));
    if (run.isOver) return;
    if (retryAfterMs === null) return start(run, sent);
    refuse(run, pipeline.refuse(run.context, [tooManyRequests(retryAfterMs, requestId)]));
  }

  return {
    run({ params, turns, traceparent, authority, ...request }, sink) {
      const context = createRequestContext({ ...request, startedAt: monotonicMs() });
      const { transport } = request;
      events.onBegun?.(context, traceparent);
      const begun = { hasSession: false, isOver: false, wake: () => {}, release: () => {} };
      const run: Run = { context, transport, sink, turns, authority, ...begun };
      // A request over HTTP was counted before its body was read.
      (transport === 'ws' ? countAndStart : start)(run, params).catch((error) => fail(run, error));
      return () => end(run);
    },
  };
}

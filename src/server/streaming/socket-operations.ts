import { CloseCode } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Reauthenticate } from '../../schema/operation/context.ts';
import { createPublicError, type ErrorCode } from '../../schema/operation/errors.ts';
import type { OperationEvents } from '../operation/operation-events.ts';
import type { SentParams } from '../operation/operation-pipeline.ts';
import { newRequestId } from '../operation/request-context.ts';
import type { ConnectionAuthority } from './connection-authority.ts';
import type { Dialect } from './dialect.ts';
import type { OperationRunner } from './operation-runner.ts';
import { createOutlet } from './outlet.ts';
import { createTurns } from './turns.ts';

/** The caller of a socket, once it is known. */
export interface SocketCaller {
  readonly authority: ConnectionAuthority;
  readonly reauthenticate: Reauthenticate;
}

/** The operations that run on one socket. */
export interface SocketOperations {
  /** Runs an operation; what is wrong with it is sent as its error, or closes the socket. */
  start(caller: SocketCaller, id: string, params: SentParams): void;
  /** Stops an operation at its client's word; nothing follows but what the dialect says of that. */
  stop(id: string): void;
  /** Whether an operation of this id runs. */
  has(id: string): boolean;
  /** Whether the answer of a query or mutation is awaited. */
  hasAnswer(): boolean;
  /** Ends all subscriptions without telling the client that they are complete. */
  endSubscriptions(): void;
  stopAll(): void;
}

export interface SocketOperationsOptions {
  readonly socket: WebSocket;
  readonly dialect: Dialect;
  readonly runner: OperationRunner;
  readonly mostOperations: number;
  /** Closes the socket because the authority of its caller has ended. */
  readonly expire: () => void;
  /** Called when an answer may not be awaited any more: an operation is over, or a subscription. */
  readonly onAnswered: () => void;
  readonly events?: OperationEvents;
}

interface RunningOperation {
  stop: () => void;
  /** Whether one answer is awaited: of a query, a mutation, or what is not known to be neither. */
  hasAnswer: boolean;
}

/** What a close frame has room for beside its code (RFC 6455, 5.5). */
const mostReasonBytes = 123;
/** Characters of an operation's id, which is kept as long as the operation runs; as many as over SSE. */
const mostIdLength = 128;

/** Runs the operations of one socket, at most `mostOperations` at a time. */
export function createSocketOperations(options: SocketOperationsOptions): SocketOperations {
  const { socket, dialect, runner, mostOperations, expire, onAnswered, events = {} } = options;
  const running = new Map<string, RunningOperation>();
  const turns = createTurns();

  /** Why an operation of this id can't be started; null: it can. */
  function refusalOf(id: string): readonly [ErrorCode, string] | null {
    if (id.length > mostIdLength) {
      return ['BAD_USER_INPUT', `id: at most ${mostIdLength} characters are taken.`];
    }
    if (running.size < mostOperations) return null;
    return ['RATE_LIMITED', `At most ${mostOperations} operations may run on one socket.`];
  }

  function closeOnDuplicate(id: string): void {
    const reason = `Subscriber for ${id} already exists`;
    const isShort = Buffer.byteLength(reason) <= mostReasonBytes;
    socket.close(CloseCode.SubscriberAlreadyExists, isShort ? reason : 'Subscriber already exists');
  }

  function run(caller: SocketCaller, id: string, name: string, params: SentParams): void {
    const { forOperations: principal } = caller.authority;
    const requestId = newRequestId();
    const operation: RunningOperation = { stop: () => {}, hasAnswer: true };
    const forget = () => {
      if (running.get(id) !== operation) return;
      running.delete(id);
      onAnswered();
    };
    const outlet = createOutlet((text, onSent) => socket.send(text, onSent));
    running.set(id, operation);
    const leave = runner.run(
      { principal, requestId, transport: 'ws', params, mayMutate: true, turns, ...caller },
      {
        next: (result) => outlet.offer(dialect.next(name, result)),
        subscribed: () => {
          operation.hasAnswer = false;
          onAnswered();
        },
        refuse: ({ errors }) => {
          // A result that waits may need a right that was lost.
          outlet.drop();
          socket.send(dialect.error(name, errors));
          forget();
        },
        // Its slot is free once the peer has taken its last message, and not before.
        complete: () => outlet.end(dialect.complete(name), forget),
        whenIdle: outlet.whenIdle,
        expire,
      },
    );
    operation.stop = () => {
      leave();
      outlet.drop();
    };
  }

  return {
    start(caller, id, params) {
      if (running.has(id)) {
        closeOnDuplicate(id);
        return;
      }
      const name = JSON.stringify(id);
      const refusal = refusalOf(id);
      if (refusal === null) {
        run(caller, id, name, params);
        return;
      }
      const [code, message] = refusal;
      const { tenant } = caller.authority.newest;
      events.onRefused?.({ transport: 'ws', tenantId: tenant.id, code });
      socket.send(dialect.error(name, [createPublicError(code, message)]));
    },
    stop(id) {
      const operation = running.get(id);
      if (operation === undefined) return;
      operation.stop();
      running.delete(id);
      const text = dialect.stopped(JSON.stringify(id));
      if (text !== null) socket.send(text);
      onAnswered();
    },
    has: (id) => running.has(id),
    hasAnswer: () => [...running.values()].some(({ hasAnswer }) => hasAnswer),
    endSubscriptions() {
      for (const [id, { hasAnswer, stop }] of running) {
        if (hasAnswer) continue;
        stop();
        running.delete(id);
      }
    },
    stopAll() {
      for (const { stop } of running.values()) stop();
      running.clear();
    },
  };
}

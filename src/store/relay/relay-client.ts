import type { TenantId } from '../../tenant-id.ts';
import type { Counter } from '../counter.ts';
import type { EventLog } from '../event-log.ts';
import type { Fleet, SharedTokenStore, Signal } from '../fleet.ts';
import type {
  BatchRegister,
  CallbackRegister,
  FlowRegister,
  GrantRegister,
  KeyRegister,
  Store,
} from '../store.ts';
import { StoreError } from '../store.ts';
import { isRelayMessage, type RelayCall, type RelayPart } from './messages.ts';

/** The options of `createRelayClient`. */
export interface RelayOptions {
  readonly send: (message: RelayCall) => void;
  /** Calls back for each message that comes from the other side. */
  readonly listen: (receive: (message: unknown) => void) => void;
}

/** A store, a fleet and a counter that are in another process, reached by messages. */
export function createRelayClient({ send, listen }: RelayOptions): {
  readonly store: Store;
  readonly fleet: Fleet;
  readonly counter: Counter;
} {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const listeners = new Set<(signal: Signal) => void>();
  const logListeners = new Set<(tenantId: TenantId) => void>();
  let calls = 0;

  listen((message) => {
    if (!isRelayMessage(message) || message.relay === 'call') return;
    if (message.relay === 'signal') {
      for (const listener of [...listeners]) listener(message.signal);
      return;
    }
    if (message.relay === 'logged') {
      for (const listener of [...logListeners]) listener(message.tenantId);
      return;
    }
    const call = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.relay === 'value') call?.resolve(message.value);
    else call?.reject(toError(message.storeError));
  });

  /** A part whose every method is a message; all of them are named, or it does not compile. */
  function reach<Part extends object>(
    part: RelayPart,
    methods: { readonly [Name in keyof Part]: true },
  ): Part {
    const far = Object.keys(methods).map((method) => [
      method,
      (...args: readonly unknown[]) => {
        calls += 1;
        const call = Promise.withResolvers<unknown>();
        waiting.set(calls, call);
        send({ relay: 'call', id: calls, part, method, args: args });
        return call.promise;
      },
    ]);
    // The other side has the very part that is named, whose methods all answer by promise.
    return Object.fromEntries(far) as Part;
  }

  return {
    store: {
      ...reach<Pick<Store, 'secret' | 'forget'>>('store', { secret: true, forget: true }),
      flows: reach<FlowRegister>('flows', {
        open: true,
        upload: true,
        recordStatus: true,
        recordResults: true,
        recordFailure: true,
        find: true,
        page: true,
      }),
      batches: reach<BatchRegister>('batches', { submit: true, find: true, recordProgress: true }),
      callbacks: reach<CallbackRegister>('callbacks', { call: true, find: true, hasCalled: true }),
      keys: reach<KeyRegister>('keys', {
        begin: true,
        finish: true,
        markUnknown: true,
        release: true,
      }),
      grants: reach<GrantRegister>('grants', { issue: true, revoke: true, revokedBefore: true }),
      events: {
        ...reach<Pick<EventLog, 'bounds' | 'read'>>('events', { bounds: true, read: true }),
        listen(listener) {
          logListeners.add(listener);
          return () => logListeners.delete(listener);
        },
      },
      isShared: true,
      // It is the other process's to close.
      close: async () => {},
    },
    fleet: {
      ...reach<Pick<Fleet, 'acquireLease' | 'releaseLease' | 'publish' | 'send'>>('fleet', {
        acquireLease: true,
        releaseLease: true,
        publish: true,
        send: true,
      }),
      listen(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      tokens: reach<SharedTokenStore>('tokens', {
        find: true,
        put: true,
        lock: true,
        unlock: true,
      }),
      // The other process sees this one end.
      close: async () => {},
    },
    counter: reach<Counter>('counter', { count: true }),
  };
}

function toError(storeError: string | null): Error {
  return storeError === null ? new Error('the store failed') : new StoreError(storeError);
}

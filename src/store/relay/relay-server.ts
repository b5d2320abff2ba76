import type { Counter } from '../counter.ts';
import type { Fleet } from '../fleet.ts';
import { type Store, StoreError } from '../store.ts';
import {
  isRelayMessage,
  type RelayCall,
  type RelayLogged,
  type RelayPart,
  type RelayReply,
  type RelaySignal,
} from './messages.ts';

/** The options of `startRelayServer`. */
export interface RelayServerOptions {
  readonly store: Store;
  /** The membership of the other process in the fleet. */
  readonly member: Fleet;
  readonly counter: Counter;
  readonly send: (message: RelayReply | RelaySignal | RelayLogged) => void;
}

/** Does for another process, by messages, what it asks of a store and a fleet that are here. */
export function startRelayServer(options: RelayServerOptions): {
  receive(message: unknown): void;
  close(): Promise<void>;
} {
  const { store, member, counter, send } = options;
  const { secret, forget } = store;
  const { acquireLease, releaseLease, publish, send: sendSignal } = member;
  const parts: Readonly<Record<RelayPart, object>> = {
    store: { secret, forget },
    flows: store.flows,
    batches: store.batches,
    callbacks: store.callbacks,
    keys: store.keys,
    grants: store.grants,
    events: store.events,
    fleet: { acquireLease, releaseLease, publish, send: sendSignal },
    tokens: member.tokens,
    counter,
  };
  const stopListening = member.listen((signal) => send({ relay: 'signal', signal }));
  const stopFollowing = store.events.listen((tenantId) => send({ relay: 'logged', tenantId }));

  async function answer({ id, part, method, args: given }: RelayCall): Promise<void> {
    try {
      const act: unknown = Object.entries(parts[part]).find(([name]) => name === method)?.[1];
      if (typeof act !== 'function') throw new Error('there is no such method');
      send({ relay: 'value', id, value: await Reflect.apply(act, undefined, given) });
    } catch (error) {
      send({ relay: 'error', id, storeError: error instanceof StoreError ? error.message : null });
    }
  }

  return {
    receive(message) {
      if (isRelayMessage(message) && message.relay === 'call') void answer(message);
    },
    async close() {
      stopListening();
      stopFollowing();
      await member.close();
    },
  };
}

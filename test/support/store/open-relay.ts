import type { TestContext } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { systemClock } from '../../../src/live/clock.ts';
import { createMemoryCounter } from '../../../src/store/counter.ts';
import type { Fleet } from '../../../src/store/fleet.ts';
import { createRelayClient } from '../../../src/store/relay/relay-client.ts';
import { startRelayServer } from '../../../src/store/relay/relay-server.ts';
import type { Store } from '../../../src/store/store.ts';

/** Both ends of a relay, with messages between them that are copied as between processes. */
export function openRelay(
  t: TestContext,
  { store, member }: { readonly store: Store; readonly member: Fleet },
) {
  const { port1, port2 } = new MessageChannel();
  const counter = createMemoryCounter(60, systemClock.monotonicMs);
  const relay = startRelayServer({
    store,
    member,
    counter,
    send: (message) => port1.postMessage(message),
  });
  port1.on('message', relay.receive);
  t.after(() => port1.close());
  const reached = createRelayClient({
    send: (message) => port2.postMessage(message),
    listen: (receive) => void port2.on('message', receive),
  });
  return { ...reached, endProcess: relay.close };
}

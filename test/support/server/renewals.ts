import type { TestContext } from 'node:test';
import type { Scope } from '../../../src/identity/scopes.ts';
import { openProvider, type Provider } from '../identity/open-provider.ts';
import { toKey } from '../identity/tenant-settings.ts';
import { createFakeClock, type FakeClock } from '../live/fake-clock.ts';
import { acme, bolt, openTenants, type TwoTenants } from '../tenants/open-tenants.ts';
import { type Message, openSocket, type RawSocket } from './raw-socket.ts';

/** Two tenants with JWTs, and flows that end when they are told to, on a clock that stands still. */
export interface RenewalWorld {
  readonly clock: FakeClock;
  readonly gateway: TwoTenants;
  readonly provider: Provider;
  /** A flow of acme. */
  readonly uuid: string;
  /** A JWT of acme's user that ends so many seconds from now. */
  sign(seconds: number, scope?: string, more?: Record<string, unknown>): Promise<string>;
  /** Ends the flow, and lets the gateway see it. */
  endFlow(): Promise<void>;
  /** Opens a socket that is acknowledged. */
  enter(credential: string): Promise<RawSocket>;
}

/** Keys of acme: two callers, of which one has a second key with fewer scopes. */
export const keys = {
  backend: 'agk_backend',
  newerBackend: 'agk_backend-newer',
  narrowBackend: 'agk_backend-narrow',
  frontend: 'agk_frontend',
  boltBackend: 'agk_backend-of-bolt',
};
const narrow: readonly Scope[] = ['flows:read'];

/** Opens it, closed with the test. */
export async function openRenewals(t: TestContext): Promise<RenewalWorld> {
  const clock = createFakeClock();
  const provider = await openProvider(t, clock.now);
  const gateway = await openTenants(t, {
    clock,
    env: provider.env,
    sandbox: { stageMs: 3_600_000 },
    tenants: [
      acme({
        keys: [
          ...acme().keys,
          toKey(keys.backend, { name: 'backend' }),
          toKey(keys.newerBackend, { name: 'backend', expiresAt: clock.now() + 3_600_000 }),
          toKey(keys.narrowBackend, { name: 'backend', scopes: new Set(narrow) }),
          toKey(keys.frontend, { name: 'frontend' }),
        ],
      }),
      bolt({ keys: [...bolt().keys, toKey(keys.boltBackend, { name: 'backend' })] }),
    ],
  });
  const uuid = await gateway.acme.openFlow();
  return {
    clock,
    gateway,
    provider,
    uuid,
    sign: (seconds, scope = 'flows:read', more = {}) =>
      provider.sign({ exp: Math.floor(clock.now() / 1000) + seconds, scope, ...more }),
    async endFlow() {
      gateway.sandbox.finishFlow(uuid, 'SUCCESS');
      await clock.advance(2_000);
    },
    async enter(credential) {
      const socket = await openSocket(t, gateway.webSocketUrl);
      await socket.init(`Bearer ${credential}`);
      return socket;
    },
  };
}

export const watchState =
  'subscription ($uuid: String!) { flowUpdated(uuid: $uuid) { status { state } } }';
export const reauthenticate =
  'mutation ($token: String!) { reauthenticate(input: { token: $token }) { expiresAt userErrors { code path } } }';

/** Renews a socket by a `ping`; returns the payload of the `pong`. */
export async function ping(socket: RawSocket, credential: string): Promise<Message> {
  socket.send({ type: 'ping', payload: { authorization: `Bearer ${credential}` } });
  const { type, payload } = await socket.next();
  if (type !== 'pong') throw new Error(`${type} in place of pong`);
  return payload;
}

/** The state that the next message of a subscription shows. */
export async function nextState(socket: RawSocket): Promise<string> {
  const { type, payload } = await socket.next();
  if (type !== 'next') throw new Error(`${type} in place of next`);
  return payload.data.flowUpdated.status.state;
}

import { z } from 'zod';
import { postJson } from './post-json.ts';
import type { SandboxClock } from './sandbox-clock.ts';
import { createSchedule } from './schedule.ts';

/** The outcome of one callback, in Atlas's own words (CONTRACT 5.1). */
export interface CallbackDelivery {
  readonly flowUuid: string;
  /** `auth_failed`: no token from `auth_url`, so that nothing was sent. */
  readonly state: 'delivered' | 'auth_failed' | 'failed';
}

/** A callback to send, and its addressee. */
export interface Callback {
  readonly flowUuid: string;
  readonly authUrl: string;
  readonly callbackUrl: string;
  readonly body: unknown;
}

/** Tells callers that their flows have ended. */
export interface Callbacks {
  /** Every attempt that is over, in that order. */
  readonly deliveries: readonly CallbackDelivery[];
  /** Never rejects: what fails is told by the state, and not tried again. */
  deliver(callback: Callback): Promise<CallbackDelivery>;
  /** The `n`th attempt for a flow (from 1), when it is over. */
  waitFor(flowUuid: string, n: number): Promise<CallbackDelivery>;
  close(): void;
}

const timeoutMs = 5000;
const tokenAnswer = z.union([
  z.object({ access_token: z.string().min(1) }).transform((answer) => answer.access_token),
  z.object({ token: z.string().min(1) }).transform((answer) => answer.token),
]);

/**
 * Fetches a token from `auth_url`, then posts to `callback_url`, 5 s each at most (CONTRACT 5).
 * How Atlas presents the token has not been seen: it goes out in both of the likely headers.
 */
export function createCallbacks(clock: SandboxClock): Callbacks {
  const schedule = createSchedule(clock);
  const closing = new AbortController();
  const deliveries: CallbackDelivery[] = [];
  const waiting = new Set<() => void>();

  async function deliver(callback: Callback): Promise<CallbackDelivery> {
    const delivery = { flowUuid: callback.flowUuid, state: await stateOf(callback) };
    deliveries.push(delivery);
    for (const tell of waiting) tell();
    return delivery;
  }

  async function stateOf(callback: Callback): Promise<CallbackDelivery['state']> {
    const token = await fetchToken(callback.authUrl);
    if (token === null) return 'auth_failed';
    const headers = { Token: token, Authorization: `Bearer ${token}` };
    const text = await post(callback.callbackUrl, headers, callback.body);
    return text === null ? 'failed' : 'delivered';
  }

  async function fetchToken(authUrl: string): Promise<string | null> {
    const text = await post(authUrl, {}, {});
    return text === null ? null : toToken(text);
  }

  /** The text of a 2xx answer; null for all else. */
  async function post(url: string, headers: Record<string, string>, body: unknown) {
    const late = new AbortController();
    const cancel = schedule.after(timeoutMs, () => late.abort());
    try {
      const signal = AbortSignal.any([closing.signal, late.signal]);
      const { status, text } = await postJson(url, headers, body, signal);
      return status >= 200 && status < 300 ? text : null;
    } catch {
      return null;
    } finally {
      cancel();
    }
  }

  function waitFor(flowUuid: string, n: number): Promise<CallbackDelivery> {
    const nth = () => deliveries.filter((delivery) => delivery.flowUuid === flowUuid)[n - 1];
    const past = nth();
    if (past !== undefined) return Promise.resolve(past);
    const { promise, resolve } = Promise.withResolvers<CallbackDelivery>();
    waiting.add(function tell() {
      const delivery = nth();
      if (delivery === undefined) return;
      waiting.delete(tell);
      resolve(delivery);
    });
    return promise;
  }

  function close(): void {
    closing.abort();
    schedule.cancelAll();
  }

  return { deliveries, deliver, waitFor, close };
}

function toToken(text: string): string | null {
  try {
    const token = tokenAnswer.safeParse(JSON.parse(text));
    return token.success ? token.data : null;
  } catch {
    return null;
  }
}

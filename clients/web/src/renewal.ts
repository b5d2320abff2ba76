import { type Tokens, toAuthorization } from './tokens.ts';

export interface RenewalOptions {
  readonly tokens: Tokens;
  /** The token that the socket was opened with. */
  readonly token: string;
  readonly heartbeatMs: number;
  /** Sends a text on the open socket. */
  readonly send: (text: string) => void;
  /** Called with the newer token once the gateway has taken it. */
  readonly onRenewed: (token: string) => void;
}

/** What the gateway says of a session in the first event of a subscription. */
export interface Session {
  /** Until when the token holds; null: no set time. */
  readonly expiresAt: string | null;
}

/** The payload of the `pong` that answers a newer token. */
export interface PongPayload extends Session {
  /** Why the token was not taken. */
  readonly errors?: readonly object[];
}

/** Keeps the token of one open socket fresh. */
export interface Renewal {
  readonly onSession: (session: Session | undefined) => void;
  readonly onPong: (payload: PongPayload | undefined) => void;
  readonly stop: () => void;
}

/** The longest time that `setTimeout` takes. */
const mostTimeoutMs = 2 ** 31 - 1;
/** Between two attempts while the clock of this machine says that the token has ended. */
const wrongClockMs = 30_000;

/**
 * Renews a socket by a `ping` with a newer token once three quarters of the time are over in which the
 * present one holds. Without a newer one the socket ends with its token, and the next begins with
 * another.
 */
export function createRenewal(options: RenewalOptions): Renewal {
  const { tokens, heartbeatMs, send, onRenewed } = options;
  let offered = options.token;
  let timer: ReturnType<typeof setTimeout>;
  let isStopped = false;

  function schedule(expiresAt: string): void {
    clearTimeout(timer);
    const leftMs = Date.parse(expiresAt) - Date.now();
    const dueMs = leftMs < 0 ? wrongClockMs : Math.max((leftMs * 3) / 4, heartbeatMs / 4);
    timer = setTimeout(() => renew(expiresAt), Math.min(dueMs, mostTimeoutMs));
  }

  async function renew(expiresAt: string): Promise<void> {
    const newer = await tokens.newerThan(offered).catch(() => offered);
    if (isStopped) return;
    if (newer !== offered) {
      offered = newer;
      send(JSON.stringify({ type: 'ping', payload: { authorization: toAuthorization(newer) } }));
    }
    // The answer brings another time; there may be none.
    schedule(expiresAt);
  }

  function onSession(session: Session | undefined): void {
    if (isStopped || session === undefined) return;
    if (session.expiresAt === null) clearTimeout(timer);
    else schedule(session.expiresAt);
  }

  return {
    onSession,
    onPong(payload) {
      if (payload && !payload.errors) onRenewed(offered);
      onSession(payload);
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

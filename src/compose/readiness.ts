import type { AtlasClient } from '../atlas/client/client.ts';
import type { Config } from '../config/config.ts';
import type { Tenants } from '../identity/tenants.ts';
import type { Clock } from '../live/clock.ts';
import type { Readiness } from '../server/http/health.ts';
import type { Memory } from './memory.ts';
import { toRedisDetail } from './shared.ts';
import type { Shutdown } from './shutdown.ts';

/** The options of `createReadReadiness`. */
export interface ReadinessOptions {
  readonly config: Pick<Config, 'redisUrl'>;
  readonly client: Pick<AtlasClient, 'hasAnswered' | 'probe'>;
  readonly tenants: Pick<Tenants, 'all'>;
  readonly memory: Pick<Memory, 'shared' | 'ledger' | 'describeRegister'>;
  readonly shutdown: Pick<Shutdown, 'isClosing'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** For how long a failed readiness check stands, in milliseconds after its end. */
const checkedMs = 5_000;

/**
 * Makes the reading behind `/ready`. The process is ready once Atlas has answered anything, until it
 * is about to end. `/ready` needs no key: so however many read it, Atlas is sent one request at a
 * time, and the next five seconds after one that failed.
 */
export function createReadReadiness(options: ReadinessOptions): () => Promise<Readiness> {
  const { client, tenants, memory, shutdown, clock } = options;
  let check: Promise<boolean> | null = null;
  let failedAt = Number.NEGATIVE_INFINITY;

  async function checkAtlas(): Promise<boolean> {
    // Of whichever tenant: a refusal is an answer too.
    const [tenant] = tenants.all();
    const isUp = tenant !== undefined && (await client.probe(tenant));
    if (!isUp) failedAt = clock.monotonicMs();
    check = null;
    return isUp;
  }

  async function isAtlasUp(): Promise<boolean> {
    if (client.hasAnswered()) return true;
    if (check === null && clock.monotonicMs() - failedAt < checkedMs) return false;
    check ??= checkAtlas();
    return await check;
  }

  return async () => {
    const isUp = await isAtlasUp();
    const isClosing = shutdown.isClosing();
    const received = memory.ledger.countReceived();
    return {
      isReady: isUp && !isClosing,
      detail: {
        atlas: isUp ? 'answers' : 'does not answer',
        ...(isClosing ? { closing: true } : {}),
        ...(memory.shared && options.config.redisUrl
          ? { redis: toRedisDetail(memory.shared) }
          : {}),
        ...(memory.describeRegister ? { register: memory.describeRegister() } : {}),
        callbacks: received > 0 ? `${received} received` : 'none has ever come: polling',
      },
    };
  };
}

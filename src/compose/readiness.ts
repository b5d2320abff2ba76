import type { AtlasClient } from '../atlas/client/client.ts';
import type { Config } from '../config/config.ts';
import type { Tenants } from '../identity/tenants.ts';
import type { Readiness } from '../server/http/health.ts';
import type { Memory } from './memory.ts';
import { toRedisDetail } from './shared.ts';
import type { Shutdown } from './shutdown.ts';

export interface ReadinessOptions {
  readonly config: Pick<Config, 'redisUrl'>;
  readonly tenants: Tenants;
  readonly client: Pick<AtlasClient, 'hasAnswered' | 'probe'>;
  readonly memory: Memory;
  readonly shutdown: Pick<Shutdown, 'isClosing'>;
}

/** Makes the reader of `/ready`: ready once Atlas has answered, until the process is told to end. */
export function createReadReadiness(options: ReadinessOptions): () => Promise<Readiness> {
  const { config, tenants, client, memory, shutdown } = options;
  const { shared, ledger } = memory;
  return async () => {
    // Any tenant serves: a refusal is an answer too.
    const [tenant] = tenants.all();
    const isUp = client.hasAnswered() || (tenant ? await client.probe(tenant) : false);
    const received = ledger.countReceived();
    return {
      isReady: isUp && !shutdown.isClosing(),
      detail: {
        atlas: isUp ? 'answers' : 'does not answer',
        ...(shutdown.isClosing() ? { closing: true } : {}),
        ...(shared && config.redisUrl ? { redis: toRedisDetail(shared) } : {}),
        ...(memory.describeRegister ? { register: memory.describeRegister() } : {}),
        callbacks: received > 0 ? `${received} received` : 'none has ever come: polling',
      },
    };
  };
}

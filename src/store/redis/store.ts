import type { TenantId } from '../../tenant-id.ts';
import type { Seal } from '../seal.ts';
import { type CallbackRegister, type Store, StoreError } from '../store.ts';
import { createBatchRegister } from './batches.ts';
import { noteCallback } from './flow-scripts.ts';
import { createFlowRegister } from './flows.ts';
import { createGrantRegister } from './grants.ts';
import { createKeyRegister } from './keys.ts';
import type { RedisLink } from './link.ts';
import { createRedisLog } from './log.ts';
import { forgetEvents } from './log-scripts.ts';
import { type RegisterContext, root, tenantRoot } from './register-context.ts';
import { createScript, toText } from './script.ts';
import { forgetOld } from './upkeep-scripts.ts';

/** The options of `createRedisStore`. */
export interface RedisStoreOptions {
  readonly link: RedisLink;
  /** Seals secrets before they are written to Redis. */
  readonly seal: Seal;
  /**
   * After how long without a write Redis itself drops a flow, a batch or a call, a caller's key and a flow's revocation:
   * longer than they are kept, for where nobody is left to forget them.
   */
  readonly lives: {
    readonly flowsMs: number;
    readonly keysMs: number;
    readonly grantsMs: number;
  };
}

/**
 * The store that many processes share. An acknowledged write is as durable as Redis is configured:
 * `appendonly yes` with `appendfsync always` survives the end of the machine.
 */
export function createRedisStore({ link, seal, lives }: RedisStoreOptions): Store {
  const forget = createScript(link, forgetOld);
  const forgetLogged = createScript(link, forgetEvents);
  const tenants = `${root}tenants`;
  const seen = new Set<TenantId>();

  /** Puts a tenant on the list that forgetting goes by. */
  async function registerTenant(tenantId: TenantId): Promise<void> {
    if (seen.has(tenantId)) return;
    await link.run((redis) => redis.sadd(tenants, tenantId));
    seen.add(tenantId);
  }

  /** The tenants on that list, whose ids `registerTenant` wrote. */
  async function readTenants(): Promise<readonly TenantId[]> {
    return (await link.run((redis) => redis.smembers(tenants))) as TenantId[];
  }

  const context = { link, registerTenant, lifeMs: lives.flowsMs };
  return {
    flows: createFlowRegister(context),
    batches: createBatchRegister(context),
    callbacks: createCallbackRegister(context),
    keys: createKeyRegister({ link, registerTenant, lifeMs: lives.keysMs }),
    grants: createGrantRegister({ context, lifeMs: lives.grantsMs }),
    events: createRedisLog(link),
    isShared: true,
    async secret(name, candidate) {
      const key = `${root}secret:${name}`;
      const sealed = seal.seal(candidate, key);
      const before = await link.run((redis) => redis.set(key, sealed, 'NX', 'GET'));
      const secret = before === null ? candidate : seal.open(before, key);
      if (secret !== null) return secret;
      throw new StoreError(
        'Redis holds a secret sealed by another CALLBACK_SECRET: give that one as the second.',
      );
    },
    async forget({ flowsBefore, keysBefore, eventsBefore }, most) {
      let left = most;
      for (const tenantId of await readTenants()) {
        if (left <= 0) break;
        const reply = await forget(tenantRoot(tenantId), 0, keysBefore, flowsBefore, left);
        left -= Number(reply);
        if (left > 0) left -= Number(await forgetLogged(tenantRoot(tenantId), eventsBefore, left));
      }
      return most - left;
    },
    close: link.close,
  };
}

function createCallbackRegister({
  link,
  registerTenant,
  lifeMs,
}: RegisterContext): CallbackRegister {
  const call = createScript(link, noteCallback);

  return {
    async call(tenantId, reference, at) {
      await registerTenant(tenantId);
      return toText(await call(tenantRoot(tenantId), lifeMs, reference, at));
    },
    async find(tenantId, reference) {
      const key = `${tenantRoot(tenantId)}callback:${reference}`;
      const [flowUuid, calls] = await link.run((redis) => redis.hmget(key, 'flow', 'calls'));
      if (calls == null) return null;
      return { flowUuid: flowUuid ?? null, hasCalled: Number(calls) > 0 };
    },
    async hasCalled(tenantId, flowUuid) {
      const key = `${tenantRoot(tenantId)}flow:${flowUuid}`;
      return (await link.run((redis) => redis.hget(key, 'hasCalled'))) !== null;
    },
  };
}

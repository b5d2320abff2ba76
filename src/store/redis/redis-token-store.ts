import type { SharedTokenStore, TokenName } from '../fleet.ts';
import type { Seal } from '../seal.ts';
import { unlockScript } from './fleet-scripts.ts';
import type { RedisLink } from './link.ts';
import { tenantRoot } from './register-context.ts';
import { createScript } from './script.ts';

/** The options of `createRedisTokenStore`. */
export interface RedisTokenStoreOptions {
  readonly link: RedisLink;
  readonly seal: Seal;
  /** The name of this process in its locks. */
  readonly processId: string;
}

/** Tokens in Redis, sealed, until they expire. */
export function createRedisTokenStore({
  link,
  seal,
  processId,
}: RedisTokenStoreOptions): SharedTokenStore {
  const release = createScript(link, unlockScript);
  const keyOf = ({ tenantId, family }: TokenName) => `${tenantRoot(tenantId)}token:${family}`;
  const lockOf = ({ family }: TokenName) => `token-lock:${family}`;

  return {
    async find(name) {
      const key = keyOf(name);
      const sealed = await link.run((redis) => redis.get(key));
      const text = sealed === null ? null : seal.open(sealed, key);
      return text === null ? null : JSON.parse(text);
    },
    async put(name, token) {
      const key = keyOf(name);
      const sealed = seal.seal(JSON.stringify(token), key);
      const lifeMs = Math.max(1, Math.round(token.expiresAt - token.issuedAt));
      await link.run((redis) => redis.set(key, sealed, 'PX', lifeMs));
    },
    async lock(name, mostMs) {
      const key = `${tenantRoot(name.tenantId)}${lockOf(name)}`;
      return (await link.run((redis) => redis.set(key, processId, 'PX', mostMs, 'NX'))) === 'OK';
    },
    async unlock(name) {
      await release(tenantRoot(name.tenantId), 0, lockOf(name), processId);
    },
  };
}

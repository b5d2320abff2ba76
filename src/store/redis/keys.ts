import type { KeyName, KeyRegister } from '../store.ts';
import { beginKey, endKey, releaseKey } from './key-scripts.ts';
import { type RegisterContext, tenantRoot } from './register-context.ts';
import { createScript, toRows, toText } from './script.ts';

/** The callers' keys, in Redis. */
export function createKeyRegister({ link, registerTenant, lifeMs }: RegisterContext): KeyRegister {
  const begin = createScript(link, beginKey);
  const end = createScript(link, endKey);
  const release = createScript(link, releaseKey);

  return {
    async begin(tenantId, name, { bodyHash, reference, at, busyUntil }, replacedReference = '') {
      await registerTenant(tenantId);
      const values = [bodyHash, reference, at, busyUntil, replacedReference];
      const reply = await begin(tenantRoot(tenantId), lifeMs, toName(name), ...values);
      if (reply === null) return null;
      const [heldHash, heldReference, heldAt, heldUntil, result] = toRows(reply);
      return {
        bodyHash: String(heldHash),
        reference: String(heldReference),
        at: Number(heldAt),
        busyUntil: Number(heldUntil),
        result: toText(result),
      };
    },
    finish: async (tenantId, name, result) =>
      void (await end(tenantRoot(tenantId), toName(name), result)),
    markUnknown: async (tenantId, name) => void (await end(tenantRoot(tenantId), toName(name))),
    release: async (tenantId, name, reference = '') =>
      void (await release(tenantRoot(tenantId), toName(name), reference)),
  };
}

/** A field is a name of GraphQL's, so no two pairs make one. */
function toName({ field, key }: KeyName): string {
  return `${field}:${key}`;
}

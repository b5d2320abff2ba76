import type { GrantRegister } from '../store.ts';
import { logPrelude } from './log-scripts.ts';
import { type RegisterContext, tenantRoot } from './register-context.ts';
import { createScript } from './script.ts';

/*
 * `grants:<flow>` is a hash with when a grant of the flow was issued last and before when its grants
 * are revoked. Redis drops it when all of them have expired.
 */

const common = `
local root, life, flow, at, logLife = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
${logPrelude()}local grants = root .. 'grants:' .. flow
local issuedAt, revokedBefore = unpack(redis.call('HMGET', grants, 'issuedAt', 'revokedBefore'))
issuedAt, revokedBefore = tonumber(issuedAt or 0), tonumber(revokedBefore or 0)
local function set(field, moment)
  redis.call('HSET', grants, field, string.format('%.0f', moment))
  redis.call('PEXPIRE', grants, life)
end
`;

/** Values: life, flow, moment, life of the log. Answers the moment that a new grant carries. */
const issueGrant = `${common}
local moment = math.max(at, revokedBefore)
set('issuedAt', math.max(moment, issuedAt))
append('GRANT_ISSUED', ARGV[3], flow, '', '')
return moment
`;

/** Values: life, flow, moment, life of the log. Answers the moment before which grants are revoked from now on. */
const revokeGrants = `${common}
local moment = math.max(at, revokedBefore, issuedAt + 1)
set('revokedBefore', moment)
append('GRANTS_REVOKED', ARGV[3], flow, '', string.format('{"revokedBefore":%.0f}', moment))
return moment
`;

/** The options of `createGrantRegister`. */
export interface GrantRegisterOptions {
  readonly context: RegisterContext;
  /** After how long without a write Redis drops what is written. */
  readonly lifeMs: number;
}

/** The grants of flows, in Redis. */
export function createGrantRegister({ context, lifeMs }: GrantRegisterOptions): GrantRegister {
  const { link, registerTenant, lifeMs: logLifeMs } = context;
  const issue = createScript(link, issueGrant);
  const revoke = createScript(link, revokeGrants);

  return {
    async issue(tenantId, flowUuid, at) {
      await registerTenant(tenantId);
      return Number(await issue(tenantRoot(tenantId), lifeMs, flowUuid, at, logLifeMs));
    },
    async revoke(tenantId, flowUuid, at) {
      await registerTenant(tenantId);
      return Number(await revoke(tenantRoot(tenantId), lifeMs, flowUuid, at, logLifeMs));
    },
    async revokedBefore(tenantId, flowUuid) {
      const key = `${tenantRoot(tenantId)}grants:${flowUuid}`;
      const moment = await link.run((redis) => redis.hget(key, 'revokedBefore'));
      return moment === null ? null : Number(moment);
    },
  };
}

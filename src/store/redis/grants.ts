import type { GrantRegister } from '../store.ts';
import type { RedisLink } from './link.ts';
import { tenantRoot } from './place.ts';
import { createScript } from './script.ts';

/*
 * `grants:<flow>` is a hash with when a grant of the flow was issued last and before when its grants
 * are revoked. Redis drops it when all of them have expired.
 */

const common = `
local root, life, flow, at = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
local grants = root .. 'grants:' .. flow
local issuedAt, revokedBefore = unpack(redis.call('HMGET', grants, 'issuedAt', 'revokedBefore'))
issuedAt, revokedBefore = tonumber(issuedAt or 0), tonumber(revokedBefore or 0)
local function set(field, moment)
  redis.call('HSET', grants, field, string.format('%.0f', moment))
  redis.call('PEXPIRE', grants, life)
end
`;

/** Values: life, flow, moment. Answers the moment that a new grant carries. */
const issueGrant = `${common}
local moment = math.max(at, revokedBefore)
set('issuedAt', math.max(moment, issuedAt))
return moment
`;

/** Values: life, flow, moment. Answers the moment before which grants are revoked from now on. */
const revokeGrants = `${common}
local moment = math.max(at, revokedBefore, issuedAt + 1)
set('revokedBefore', moment)
return moment
`;

export interface GrantRegisterOptions {
  readonly link: RedisLink;
  /** After how long without a write Redis drops what is written. */
  readonly lifeMs: number;
}

/** The grants of flows, in Redis. */
export function createGrantRegister({ link, lifeMs }: GrantRegisterOptions): GrantRegister {
  const issue = createScript(link, issueGrant);
  const revoke = createScript(link, revokeGrants);

  return {
    issue: async (tenantId, flowUuid, at) =>
      Number(await issue(tenantRoot(tenantId), lifeMs, flowUuid, at)),
    revoke: async (tenantId, flowUuid, at) =>
      Number(await revoke(tenantRoot(tenantId), lifeMs, flowUuid, at)),
    async revokedBefore(tenantId, flowUuid) {
      const key = `${tenantRoot(tenantId)}grants:${flowUuid}`;
      const moment = await link.run((redis) => redis.hget(key, 'revokedBefore'));
      return moment === null ? null : Number(moment);
    },
  };
}

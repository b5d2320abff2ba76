import { type JwtAlgorithm, type JwtTrust, jwtAlgorithms } from '../identity/jwt.ts';
import type { Environment } from './environment.ts';
import { type Variable, variables } from './variables.ts';

const needed = ['JWT_ISSUER', 'JWT_AUDIENCE'] as const;
const others = ['JWT_ALGORITHMS', 'JWT_TENANT_CLAIM', 'JWT_SCOPES_CLAIM'] as const;
const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Whose JWTs are taken; null: nobody's. */
export function readJwt(environment: Environment<Variable>): JwtTrust | null {
  const { read, readNumber, fault } = environment;
  const algorithms = readAlgorithms(environment);
  const clockToleranceSeconds = readNumber(
    'JWT_CLOCK_TOLERANCE_SECONDS',
    Number(variables.JWT_CLOCK_TOLERANCE_SECONDS),
    0,
    300,
  );
  const jwksUrl = read('JWT_JWKS_URL');
  if (jwksUrl === undefined) {
    for (const name of [...needed, ...others].filter((each) => read(each) !== undefined)) {
      fault(`${name} is set without JWT_JWKS_URL: set that too, or unset ${name}.`);
    }
    return null;
  }
  if (!isTrusted(jwksUrl)) {
    fault('JWT_JWKS_URL is no address to trust keys from: give one of https, without a user.');
  }
  for (const name of needed) {
    if (read(name) !== undefined) continue;
    fault(`${name} is missing: it is needed once JWT_JWKS_URL is set.`);
  }
  return {
    jwksUrl,
    issuer: read('JWT_ISSUER') ?? '',
    audience: read('JWT_AUDIENCE') ?? '',
    algorithms,
    tenantClaim: read('JWT_TENANT_CLAIM') ?? variables.JWT_TENANT_CLAIM,
    scopesClaim: read('JWT_SCOPES_CLAIM') ?? variables.JWT_SCOPES_CLAIM,
    clockToleranceSeconds,
  };
}

/** An attacker that alters the key set can pose as any caller: plain HTTP only on this machine. */
function isTrusted(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username || password) return false;
  return protocol === 'https:' || (protocol === 'http:' && loopback.test(hostname));
}

function readAlgorithms({ read, fault }: Environment<Variable>): readonly JwtAlgorithm[] {
  const given = (read('JWT_ALGORITHMS') ?? variables.JWT_ALGORITHMS).split(',');
  const known = given.map((text) => jwtAlgorithms.find((each) => each === text.trim()));
  const sound = known.filter((each) => each !== undefined);
  if (sound.length === given.length) return sound;
  // With a shared secret, whoever checks a signature could also make one.
  fault(
    `JWT_ALGORITHMS holds what is not taken: give some of ${jwtAlgorithms.join(', ')}, with commas.`,
  );
  return [];
}

import { isIP, isIPv6 } from 'node:net';
import type { OperationLimits, SubscriptionLimits } from './config.ts';
import type { Environment } from './environment.ts';
import { type Variable, variables } from './variables.ts';

type LimitVariable = Extract<Variable, `${'MAX' | 'RATE'}_${string}`>;

const limitsModes = ['enforce', 'measure'] as const;

/** Reads the limits on the size of an operation and on the rate of requests. */
export function readOperationLimits(environment: Environment<Variable>): OperationLimits {
  const most = readMostIn(environment);
  const requestsPerMinute = most('RATE_LIMIT_PER_MINUTE', 100_000_000);
  const mode = environment.readWord('LIMITS_MODE', limitsModes, variables.LIMITS_MODE);
  return {
    isEnforced: mode === 'enforce',
    depth: most('MAX_DEPTH', 1_000),
    tokens: most('MAX_TOKENS', 100_000),
    aliases: most('MAX_ALIASES', 100_000),
    directives: most('MAX_DIRECTIVES', 100_000),
    atlasCalls: most('MAX_ATLAS_CALLS', 1_000_000),
    values: most('MAX_VALUES', 1_000_000_000),
    answerBytes: most('MAX_ANSWER_BYTES', 268_435_456),
    requestsPerMinute,
    requestsPerMinuteOfAll: environment.readNumber(
      'MAX_REQUESTS_PER_MINUTE',
      10 * requestsPerMinute,
      1,
      1_000_000_000,
    ),
  };
}

const leastPendingSockets = 50;

/** Addresses and networks of proxies, with commas between. */
export function readTrustedProxies({ read, fault }: Environment<Variable>): readonly string[] {
  const proxies = (read('TRUST_PROXY') ?? '')
    .split(',')
    .map((proxy) => proxy.trim())
    .filter(Boolean);
  if (!proxies.every(isProxy)) {
    fault(
      'TRUST_PROXY is unusable: give addresses or networks such as 10.0.0.0/8, with commas between.',
    );
  }
  return proxies.filter(isProxy);
}

function isProxy(proxy: string): boolean {
  const [address = '', bits, ...rest] = proxy.split('/');
  const mostBits = isIPv6(address) ? 128 : 32;
  if (isIP(address) === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= mostBits);
}

/** How many subscriptions may be open at once. */
export function readSubscriptionLimits(environment: Environment<Variable>): SubscriptionLimits {
  const most = readMostIn(environment);
  const perProcess = most('MAX_SUBSCRIPTIONS', 1_000_000);
  return {
    perSocket: most('MAX_SUBSCRIPTIONS_PER_SOCKET', 10_000),
    perCaller: most('MAX_SUBSCRIPTIONS_PER_CALLER', 1_000_000),
    perProcess,
    pendingSockets: environment.readNumber(
      'MAX_PENDING_SOCKETS',
      Math.max(leastPendingSockets, Math.ceil(perProcess / 10)),
      1,
      1_000_000,
    ),
  };
}

function readMostIn({ readNumber }: Environment<Variable>) {
  return (name: LimitVariable, high: number) => readNumber(name, Number(variables[name]), 1, high);
}

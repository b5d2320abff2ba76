import type { OperationLimits, SubscriptionLimits } from './config.ts';
import type { Environment } from './environment.ts';
import { type Variable, variables } from './variables.ts';

type LimitVariable = Extract<Variable, `${'MAX' | 'RATE'}_${string}`>;

const limitsModes = ['enforce', 'measure'] as const;

/** What one operation may be, and how often one may come. */
export function readOperationLimits(environment: Environment<Variable>): OperationLimits {
  const most = readMostIn(environment);
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
    requestsPerMinute: most('RATE_LIMIT_PER_MINUTE', 100_000_000),
  };
}

/** How many subscriptions may be open at once. */
export function readSubscriptionLimits(environment: Environment<Variable>): SubscriptionLimits {
  const most = readMostIn(environment);
  return {
    perSocket: most('MAX_SUBSCRIPTIONS_PER_SOCKET', 10_000),
    perCaller: most('MAX_SUBSCRIPTIONS_PER_CALLER', 1_000_000),
    perProcess: most('MAX_SUBSCRIPTIONS', 1_000_000),
  };
}

function readMostIn({ readNumber }: Environment<Variable>) {
  return (name: LimitVariable, high: number) => readNumber(name, Number(variables[name]), 1, high);
}

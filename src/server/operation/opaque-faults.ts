import { GraphQLError } from 'graphql';
import type { RequestContext } from './request-context.ts';

const message = 'The operation or its variables are not valid.';

/**
 * Returns the faults of an operation as its caller is told them. A caller that may not introspect the
 * schema is told that there are some, and neither which nor where: their texts and places would tell
 * by guessing what introspection tells. Errors with a code of their own name no part of the schema.
 */
export function toToldFaults(
  faults: readonly GraphQLError[],
  { isStranger }: Pick<RequestContext, 'isStranger'>,
): readonly GraphQLError[] {
  if (!isStranger || faults.every(({ extensions }) => extensions.code !== undefined)) return faults;
  return [new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } })];
}

/** Returns the message of an error in a result as its caller is told it. */
export function toToldMessage(
  told: string,
  { isStranger }: Pick<RequestContext, 'isStranger'>,
): string {
  // graphql-js says so of an argument whose variable is null, and names the argument's type.
  return isStranger && /^Argument "\w+" of /.test(told) ? message : told;
}

/** Returns why a value is refused, in words that hold no part of it; undefined if it is not. */
export type RefuseValue = (value: unknown) => string | undefined;

const mostInt = 2 ** 31 - 1;
const leastInt = -(2 ** 31);

/**
 * The conditions of the five scalars of the language on a value of JSON, by their names (GraphQL
 * specification, 3.5). They are looked at before graphql-js parses a value, because its messages
 * quote the value.
 */
export const builtInScalars: ReadonlyMap<string, RefuseValue> = new Map<string, RefuseValue>([
  [
    'Int',
    (value) => {
      if (!Number.isInteger(value)) return 'Int cannot represent non-integer value.';
      const number = Number(value);
      const isInRange = number >= leastInt && number <= mostInt;
      return isInRange ? undefined : 'Int cannot represent non 32-bit signed integer value.';
    },
  ],
  [
    'Float',
    (value) => (Number.isFinite(value) ? undefined : 'Float cannot represent non numeric value.'),
  ],
  [
    'String',
    (value) =>
      typeof value === 'string' ? undefined : 'String cannot represent a non string value.',
  ],
  [
    'Boolean',
    (value) =>
      typeof value === 'boolean' ? undefined : 'Boolean cannot represent a non boolean value.',
  ],
  [
    'ID',
    (value) =>
      typeof value === 'string' || Number.isInteger(value)
        ? undefined
        : 'ID cannot represent value.',
  ],
]);

import { GraphQLError } from 'graphql';
import { isRawNumber } from '../atlas/json/raw-number.ts';
import { builder } from './builder.ts';
import { isCalendarDay } from './graph/calendar-day.ts';
import { toJsonValue } from './json-literal.ts';
import { toMoment } from './rfc3339.ts';

builder.scalarType('DateTime', {
  description:
    'A moment in time, as RFC 3339 writes it. An answer has it in UTC with milliseconds: `2026-01-15T09:30:00.000Z`. An argument must have the date, `T`, the time with seconds, and `Z` or an offset such as `+05:30`.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (value) => value.toISOString(),
  parseValue: (value) => {
    const moment = typeof value === 'string' ? toMoment(value) : null;
    if (moment !== null) return moment;
    throw new GraphQLError(
      'A DateTime is a moment as RFC 3339 writes it, such as 2026-01-31T18:45:00Z.',
    );
  },
});

builder.scalarType('Date', {
  description: 'A day of the calendar: `YYYY-MM-DD`.',
  serialize: (value) => value,
  parseValue: (value) => {
    const parts = typeof value === 'string' ? /^(\d{4})-(\d\d)-(\d\d)$/.exec(value) : null;
    const [year = 0, month = 0, day = 0] = parts?.slice(1).map(Number) ?? [];
    if (parts !== null && isCalendarDay({ year, month, day })) return parts[0];
    throw new GraphQLError('A Date is a day of the calendar in the form YYYY-MM-DD.');
  },
});

builder.scalarType('URL', {
  description:
    'An absolute http or https address, as RFC 3986 writes it. If an argument of a mutation is not such an address, the payload has a `userErrors` entry.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3986',
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value === 'string') return value;
    throw new GraphQLError('A URL is a string.');
  },
});

builder.scalarType('JSONObject', {
  description: 'A JSON object with any members.',
  serialize: (value) => value,
  parseValue: toJsonObject,
  parseLiteral: (node, variables) => toJsonObject(toJsonValue(node, variables)),
});

/** A literal's object has no prototype, a variable's has; an array or a raw number is no object here. */
function toJsonObject(value: unknown): Record<string, unknown> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isObject && !isRawNumber(value)) return { ...value };
  throw new GraphQLError('A JSONObject is an object.');
}

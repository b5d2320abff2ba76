import { GraphQLError } from 'graphql';
import { builder } from './builder.ts';

builder.scalarType('DateTime', {
  description: 'A moment in time, as RFC 3339 writes it, in UTC: `2026-01-15T09:30:00.000Z`.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (value) => value.toISOString(),
  parseValue: (value) => {
    const date = typeof value === 'string' ? new Date(value) : undefined;
    if (date && !Number.isNaN(date.getTime())) return date;
    throw new GraphQLError('A DateTime is a string such as 2026-01-15T09:30:00.000Z.');
  },
});

builder.scalarType('Date', {
  description: 'A day of the calendar: `YYYY-MM-DD`.',
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value)) return value;
    throw new GraphQLError('A Date is a string of the form YYYY-MM-DD.');
  },
});

builder.scalarType('URL', {
  description:
    'An absolute http or https address. Where one is given to a mutation and is not, the payload says so in `userErrors`.',
  specifiedByURL: 'https://url.spec.whatwg.org/',
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value === 'string') return value;
    throw new GraphQLError('A URL is a string.');
  },
});

builder.scalarType('JSONObject', {
  description: 'A JSON object with any members.',
  serialize: (value) => value,
  parseValue: (value) => {
    // A literal's object has no prototype, a variable's has; an array is no object here.
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return { ...value };
    }
    throw new GraphQLError('A JSONObject is an object.');
  },
});

import { BadInputError } from '../operation/errors.ts';

/** The cursor of an event, from its number in the tenant's log. */
export function toEventCursor(number: number): string {
  return Buffer.from(`log ${number}`).toString('base64url');
}

/** The number behind a cursor. Throws a BadInputError for a text that is no cursor of the log. */
export function fromEventCursor(cursor: string): number {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const number = /^log (\d{1,15})$/.exec(text)?.[1];
  if (number === undefined)
    throw new BadInputError('after: this is not a cursor of the event log.');
  return Number(number);
}

import { GraphQLError } from 'graphql';

/** The bytes of names and values in the data of an answer, counted while it is made. */
export interface AnswerSize {
  /** The bytes so far; about as many as the data take as JSON. */
  bytes: number;
  /** The most that there may be; more ends the answer. */
  most: number;
}

/** An answer without a limit, until its operation is known. */
export function createAnswerSize(): AnswerSize {
  return { bytes: 0, most: Number.POSITIVE_INFINITY };
}

/** Begins another answer: that of the next event, or a second attempt. */
export function beginAnswer(answer: AnswerSize | undefined): void {
  if (answer) answer.bytes = 0;
}

/** Whether an answer has more bytes than it may have; nothing is added to it then. */
export function isTooLong(answer: AnswerSize | undefined): boolean {
  return answer !== undefined && answer.bytes > answer.most;
}

/**
 * What stops each field of an answer that is too long. All of them throw the same error, and
 * graphql-js takes one with a path as it is, so that stopping costs no memory.
 */
class AnswerTooLongError extends GraphQLError {
  constructor() {
    super('the answer is too long', { path: [] });
  }
}
const tooLong = new AnswerTooLongError();

/** Adds bytes to an answer. Throws when there are too many. */
export function addBytes(answer: AnswerSize, bytes: number): void {
  answer.bytes += bytes;
  if (answer.bytes > answer.most) throw tooLong;
}

/** What an error takes in an answer, with its path and extensions, in bytes. */
export const bytesPerError = 300;
/** What surrounds a member of an object: two quotation marks, a colon and a comma. */
export const bytesPerName = 4;
const bytesPerNumber = 8;
const bytesPerMoment = 26;

/** Signs, control characters and halves of pairs, which JSON writes as escapes. */
const mayBeEscaped = /["\\\p{Cc}\p{Cs}]/u;

function bytesOfText(text: string): number {
  return Buffer.byteLength(mayBeEscaped.test(text) ? JSON.stringify(text) : text) + 2;
}

/** The bytes of what a resolver answered, without those of the fields below it. */
export function bytesOf(value: unknown): number {
  if (typeof value === 'string') return bytesOfText(value);
  if (typeof value === 'number' || typeof value === 'bigint') return bytesPerNumber;
  if (typeof value !== 'object' || value === null) return 4;
  if (value instanceof Date) return bytesPerMoment;
  if (!Array.isArray(value)) return 2;
  let bytes = 2 + value.length;
  for (const entry of value) bytes += bytesOf(entry);
  return bytes;
}

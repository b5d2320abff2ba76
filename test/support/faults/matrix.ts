import type { Fault } from '../../../src/sandbox/fault-queue.ts';
import type { ErrorCode } from '../../../src/schema/operation/errors.ts';
import type { Reach } from './reaches.ts';

/**
 * The error of a client:
 * - `data`: what Atlas has, as if nothing had been; `other data`: what could be read of it;
 * - `stale data`: what was known before, and that it is old;
 * - `null`: there is no such thing; NOT_FOUND: the same as a user error of a mutation;
 * - an error with this code.
 */
export type Outcome = 'data' | 'other data' | 'stale data' | 'null' | 'NOT_FOUND' | ErrorCode;

/** The error, and the number of calls of the endpoint that Atlas has seen by then. */
export type Expected = readonly [outcome: Outcome, calls: number];

export interface MatrixRow {
  readonly fault: Fault;
  /** How often in a row: always, unless given. */
  readonly times?: number;
  /** Whether it ends with the deadline only. */
  readonly isSlow?: boolean;
  readonly expected: Readonly<Record<Reach['column'], Expected>>;
}

/** The columns in the order in which they stand below. */
function expect(
  read: Expected,
  known: Expected,
  match: Expected,
  write: Expected,
  token: Expected,
): MatrixRow['expected'] {
  return { read, known, match, write, token };
}

const unavailable = 'ATLAS_UNAVAILABLE';
const unknown = 'OUTCOME_UNKNOWN';
const late = 'DEADLINE_EXCEEDED';
const rejected = 'ATLAS_REJECTED';
const unauthorized = 'ATLAS_UNAUTHORIZED';
const broken = 'ATLAS_CONTRACT_BROKEN';
const stale = 'stale data';

const down = expect([unavailable, 3], [stale, 3], [unavailable, 3], [unknown, 1], [unavailable, 3]);
const silent = expect([late, 2], [stale, 2], [late, 1], [unknown, 1], [late, 2]);
const refused = expect([rejected, 1], [rejected, 1], [rejected, 1], [rejected, 1], [rejected, 1]);
const unread = expect([broken, 1], [broken, 1], [broken, 1], [unknown, 1], [broken, 1]);

/** The outcome of each fault. Columns: read, known, match, write, token. */
export const matrix: Readonly<Record<string, MatrixRow>> = {
  'a reset before the request': { fault: { reset: 'before' }, expected: down },
  'a reset before the request, once': {
    fault: { reset: 'before' },
    times: 1,
    expected: expect(['data', 2], ['data', 2], ['data', 2], [unknown, 1], ['data', 2]),
  },
  'a reset after the request': { fault: { reset: 'after' }, expected: down },
  'a socket closed after the request': { fault: { hangUp: 'after' }, expected: down },
  'no answer': { fault: { hang: true }, isSlow: true, expected: silent },
  'no answer, once': {
    fault: { hang: true },
    times: 1,
    isSlow: true,
    expected: expect(['data', 2], ['data', 2], [late, 1], [unknown, 1], ['data', 2]),
  },
  'an answer byte by byte': { fault: { dripMs: 500 }, isSlow: true, expected: silent },
  'a 400': { fault: { status: 400 }, expected: refused },
  'a 401, once': {
    fault: { status: 401 },
    times: 1,
    expected: expect(['data', 2], ['data', 2], [unauthorized, 1], ['data', 2], [unauthorized, 1]),
  },
  'a 401': {
    fault: { status: 401 },
    expected: expect(
      [unauthorized, 2],
      [unauthorized, 2],
      [unauthorized, 1],
      [unauthorized, 2],
      [unauthorized, 1],
    ),
  },
  'a 409': { fault: { status: 409 }, expected: refused },
  'a 410': { fault: { status: 410 }, expected: refused },
  'a 422': { fault: { status: 422 }, expected: refused },
  'a 429': {
    fault: { status: 429 },
    expected: expect(
      [unavailable, 3],
      [stale, 3],
      [unavailable, 3],
      [unavailable, 3],
      [unavailable, 3],
    ),
  },
  'a 429 for longer than anybody waits': {
    fault: { status: 429, headers: { 'Retry-After': '60' } },
    expected: expect(
      [unavailable, 1],
      [stale, 1],
      [unavailable, 1],
      [unavailable, 1],
      [unavailable, 1],
    ),
  },
  'a 429 for a moment': {
    fault: { status: 429, headers: { 'Retry-After': '0' } },
    times: 1,
    expected: expect(['data', 2], ['data', 2], ['data', 2], ['data', 2], ['data', 2]),
  },
  'a 500': { fault: { status: 500 }, expected: down },
  'a 502': { fault: { status: 502 }, expected: down },
  'a 503': {
    fault: { status: 503 },
    expected: { ...down, write: [unavailable, 1] },
  },
  'a 503, twice': {
    fault: { status: 503 },
    times: 2,
    expected: expect(['data', 3], ['data', 3], ['data', 3], [unavailable, 1], ['data', 3]),
  },
  'an empty body': { fault: { rawBody: '' }, expected: unread },
  'a page of HTML': {
    fault: { rawBody: '<html><body>Welcome</body></html>', contentType: 'text/html' },
    expected: unread,
  },
  'JSON cut off': { fault: { rawBody: '{"data":[{"document_id":"pan",' }, expected: unread },
  'wrong types': { fault: { bend: 'wrong-types' }, expected: unread },
  'members more': {
    fault: { bend: 'extra-members' },
    expected: expect(['data', 1], ['data', 1], ['data', 1], ['data', 1], ['data', 1]),
  },
  'ten megabytes': { fault: { padToBytes: 10_000_000 }, expected: unread },
};

const absent: Expected = ['null', 1];
const readInPart: Expected = ['other data', 1];

/** Where an endpoint stands apart from its column. */
export const exceptions: Readonly<Record<string, Readonly<Record<string, Expected>>>> = {
  // By these Atlas says that there is no such thing (CONTRACT 3.1).
  flowStatus: { 'a 409': absent },
  'flowStatus of a known flow': { 'a 409': absent },
  // An id that is a number is read as its digits.
  initFlow: { 'wrong types': ['data', 1] },
  uploadBulk: { 'wrong types': ['data', 1] },
  uploadDocstream: { 'wrong types': ['data', 1] },
  uploadToFlow: {
    'a 409': ['NOT_FOUND', 1],
    // The files are in, and what can't be read of a receipt is known from what was sent.
    'wrong types': ['data', 1],
  },
  // A flow that is there, and of which nothing was read yet: what was submitted is pending.
  flowExtracts: { 'a 409': readInPart },
  // Entries are read one by one, and each as far as it can be.
  bulkExtracts: { 'a 400': absent, 'wrong types': readInPart },
  docstreamExtracts: { 'a 400': absent, 'wrong types': readInPart },
  // An address that can't be compared carries its failure (CONTRACT K9); numerals are numbers.
  matchAddresses: { 'a 422': readInPart, 'wrong types': ['data', 1] },
};

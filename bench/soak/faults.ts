import {
  type EndpointName,
  endpointRow,
  endpoints,
  toCallKind,
} from '../../src/atlas/api/endpoints.ts';
import type { Fault } from '../../src/sandbox/fault-queue.ts';
import { pickFrom } from './random.ts';

/** A temporary behaviour of Atlas, and the errors that a client may get from it. */
interface FaultRow {
  /** Null: it takes no connection, of nobody. */
  readonly fault: Fault | null;
  /** Codes that a read, a match or a token that met it may come to. */
  readonly ofReads: readonly string[];
  /** Those that what must not be repeated may come to. */
  readonly ofWrites: readonly string[];
}

const down = { ofReads: ['ATLAS_UNAVAILABLE'], ofWrites: ['ATLAS_UNAVAILABLE', 'OUTCOME_UNKNOWN'] };
const silent = {
  ofReads: ['DEADLINE_EXCEEDED', 'ATLAS_UNAVAILABLE'],
  ofWrites: ['OUTCOME_UNKNOWN', 'DEADLINE_EXCEEDED', 'ATLAS_UNAVAILABLE'],
};
const refused = { ofReads: ['ATLAS_REJECTED'], ofWrites: ['ATLAS_REJECTED'] };
const absent = {
  ofReads: ['ATLAS_REJECTED', 'ABSENT', 'BAD_USER_INPUT'],
  ofWrites: ['ATLAS_REJECTED', 'NOT_FOUND'],
};
const unread = { ofReads: ['ATLAS_CONTRACT_BROKEN'], ofWrites: ['OUTCOME_UNKNOWN'] };
const unauthorized = { ofReads: ['ATLAS_UNAUTHORIZED'], ofWrites: ['ATLAS_UNAUTHORIZED'] };
const harmless = { ofReads: [], ofWrites: [] };

const rows = {
  'no connection': { fault: null, ...down },
  'a reset before the request': { fault: { reset: 'before' }, ...down },
  'a reset after the request': { fault: { reset: 'after' }, ...down },
  'no answer': { fault: { hang: true }, ...silent },
  'an answer byte by byte': { fault: { dripMs: 400 }, ...silent },
  'an answer after 300 ms': { fault: { delayMs: 300 }, ...harmless },
  'a 400': { fault: { status: 400 }, ...absent },
  'a 401': { fault: { status: 401 }, ...unauthorized },
  'an expired token': { fault: { expiredToken: true }, ...unauthorized },
  'a 409': { fault: { status: 409 }, ...absent },
  'a 410': { fault: { status: 410 }, ...refused },
  'a 422': { fault: { status: 422 }, ...refused },
  'a 429': { fault: { status: 429 }, ...down },
  'a 429 for a second': { fault: { status: 429, headers: { 'Retry-After': '1' } }, ...down },
  'a 500': { fault: { status: 500 }, ...down },
  'a 502': { fault: { status: 502 }, ...down },
  'a 503': { fault: { status: 503 }, ...down },
  'an empty body': { fault: { rawBody: '' }, ...unread },
  'a page of HTML': { fault: { rawBody: '<html></html>', contentType: 'text/html' }, ...unread },
  'JSON cut off': { fault: { rawBody: '{"data":[{' }, ...unread },
  'wrong types': { fault: { bend: 'wrong-types' }, ...unread },
  'members more': { fault: { bend: 'extra-members' }, ...harmless },
  'ten megabytes': { fault: { padToBytes: 10_000_000 }, ...unread },
} as const satisfies Record<string, FaultRow>;

export type FaultName = keyof typeof rows;
export const faultNames = Object.keys(rows) as [FaultName, ...FaultName[]]; // the keys, as above
const endpointNames = Object.keys(endpoints) as [EndpointName, ...EndpointName[]]; // the same

/** One tenant's calls of one endpoint going wrong for a while. */
export interface Episode {
  readonly what: FaultName;
  /** Null: everybody's calls, of everything. */
  readonly target: { readonly tenant: string; readonly endpoint: EndpointName } | null;
  readonly fault: Fault | null;
  readonly lastsMs: number;
  /** How long all is well before the next one. */
  readonly calmMs: number;
}

/** An episode with its time, in milliseconds of the machine's clock. */
export interface PlayedEpisode extends Episode {
  readonly beganAt: number;
  readonly endedAt: number;
}

/** An operation that did not end well. */
export interface Failure {
  readonly tenant: string;
  readonly operation: string;
  /** The calls to Atlas that it makes. */
  readonly endpoints: readonly EndpointName[];
  readonly code: string;
  readonly beganAt: number;
  readonly endedAt: number;
}

/** The failure of a reader that did not get the end in time. */
export const noEnd = 'NO_END';
/** How long an operation may wait for Atlas in a soak. */
export const operationTimeoutMs = 5_000;
/** A breaker stays open for half a minute at most, and then sees whether Atlas is back. */
const shutOffMs = 35_000;

/** The next behaviour, by chance. */
export function toEpisode(random: () => number, tenants: readonly [string, ...string[]]): Episode {
  const what = pickFrom(faultNames, random);
  const { fault } = rows[what];
  const target = { tenant: pickFrom(tenants, random), endpoint: pickFrom(endpointNames, random) };
  const lastsMs = 500 + 2_500 * random();
  const calmMs = 500 + 2_500 * random();
  return { what, target: fault === null ? null : target, fault, lastsMs, calmMs };
}

/** The episode that explains a failure, the latest one; undefined where none does. */
export function explain(
  failure: Failure,
  episodes: readonly PlayedEpisode[],
): PlayedEpisode | undefined {
  return episodes.findLast((episode) => {
    const { what, target, beganAt, endedAt } = episode;
    if (target !== null && target.tenant !== failure.tenant) return false;
    const met = failure.endpoints.filter(
      (each) => target === null || concerns(target.endpoint, each),
    );
    // An operation that waited for a failing call, or found its kind of call shut off, came to it
    // later.
    const isLong = failure.code === 'ATLAS_UNAVAILABLE' || failure.code === noEnd;
    const afterMs = isLong ? shutOffMs : 2 * operationTimeoutMs;
    if (failure.beganAt > endedAt + afterMs || failure.endedAt < beganAt) return false;
    // A watcher polls again, and later each time.
    if (failure.code === noEnd) return met.length > 0;
    return met.some((each) => {
      const isWrite = toCallKind(target?.endpoint ?? each) === 'write';
      const codes: readonly string[] = isWrite ? rows[what].ofWrites : rows[what].ofReads;
      return codes.includes(failure.code);
    });
  });
}

/** Whether calls of one endpoint fare as those of another that is faulty: they share its breaker. */
function concerns(faulty: EndpointName, called: EndpointName): boolean {
  if (endpointRow(faulty).service !== endpointRow(called).service) return false;
  const kind = toCallKind(faulty);
  return kind === 'token' || kind === toCallKind(called);
}

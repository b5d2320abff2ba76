import type { EndpointName } from '../atlas/api/endpoints.ts';
import type { Fault } from './fault-queue.ts';

/** The subject of a story: opened, submitted or read under a name that selects it. */
export type Subject = 'flow' | 'batch' | 'address match';

/** The points of a flow that a callback can tell of: files taken, or the end. */
export type Moment = 'upload' | 'end';

/** A callback that tells of one moment, and leaves at that moment or at a later one. */
export interface PlannedCallback {
  readonly of: Moment;
  readonly at: Moment;
}

/** A call about the subject of a story. */
export interface StoryCall {
  readonly name: EndpointName;
  readonly token: string | undefined;
}

/** Tells how the next call about the subject goes wrong; null when it does not. */
export type NextFault = (call: StoryCall) => Fault | null;

/** One row of the table below. */
export interface Story {
  /**
   * How the application id begins; in a batch, which has none, the name of a file. `n` at the end
   * stands for a number from 1 to 999.
   */
  readonly name: string;
  readonly about: readonly Subject[];
  /** The course of the story, in the words of `docs/sandbox.md`. */
  readonly happens: string;
  /** How many times as long each stage takes: once. */
  readonly slowness?: number;
  /** Whether no document can be read: no. */
  readonly isUnreadable?: boolean;
  /** The callbacks, in this order: the end, at the end. */
  readonly callbacks?: readonly PlannedCallback[];
  /** Which calls go wrong, made anew each time the story is played: none. */
  readonly createFaults?: (n: number) => NextFault;
}

const theEnd = { of: 'end', at: 'end' } as const;

/**
 * Every story that a name can tell. It begins with the first upload. Only calls about its subject go
 * wrong; enough of them open the gateway's breaker, which other subjects notice (`docs/sandbox.md`, Stories).
 */
export const stories: readonly Story[] = [
  {
    name: 'slow',
    about: ['flow', 'batch', 'address match'],
    happens: 'Every stage takes ten times as long; an address match takes five seconds.',
    slowness: 10,
    createFaults: () => (call) => (call.name === 'matchAddresses' ? { delayMs: 5000 } : null),
  },
  {
    name: 'fails',
    about: ['flow', 'batch'],
    happens: 'No document can be read, and a flow ends as FAILED.',
    isUnreadable: true,
  },
  {
    name: 'token-expires',
    about: ['flow', 'batch'],
    happens:
      'From the first read after the upload, the token that came with it is refused with 401.',
    createFaults: refusesToken,
  },
  {
    name: 'busy-n',
    about: ['flow', 'batch', 'address match'],
    happens: 'The first n reads after the upload, or n address matches, are answered with 503.',
    createFaults: (n) => firstCalls(n, isRead, { status: 503 }),
  },
  {
    name: 'upload-busy-n',
    about: ['flow'],
    happens: 'The first n uploads are answered with 503, and nothing is done.',
    createFaults: (n) => firstCalls(n, isUpload, { status: 503 }),
  },
  {
    name: 'hang-up',
    about: ['flow', 'batch'],
    happens:
      'The upload is taken, and the connection closed before the answer; of a flow, the first upload.',
    createFaults: () => firstCalls(1, isUpload, { hangUp: 'after' }),
  },
  {
    name: 'callbacks-twice',
    about: ['flow'],
    happens: 'The callback of the end comes twice.',
    callbacks: [theEnd, theEnd],
  },
  {
    name: 'callbacks-early',
    about: ['flow'],
    happens: 'A callback comes at the upload already, before it is answered, and one at the end.',
    callbacks: [{ of: 'upload', at: 'upload' }, theEnd],
  },
  {
    name: 'callbacks-out-of-order',
    about: ['flow'],
    happens: 'After the callback of the end comes one from the upload, when nothing had been read.',
    callbacks: [theEnd, { of: 'upload', at: 'end' }],
  },
  {
    name: 'callbacks-never',
    about: ['flow'],
    happens: 'No callback comes.',
    callbacks: [],
  },
  {
    name: 'drift',
    about: ['flow'],
    happens: 'States, document types, failure codes and members are there that are not documented.',
    createFaults: () => () => ({ bend: 'drift' }),
  },
];

function isUpload({ name }: StoryCall): boolean {
  return name === 'uploadToFlow' || name === 'uploadBulk' || name === 'uploadDocstream';
}

function isRead(call: StoryCall): boolean {
  return !isUpload(call);
}

function firstCalls(n: number, isIt: (call: StoryCall) => boolean, fault: Fault): NextFault {
  let left = n;
  return (call) => {
    if (left === 0 || !isIt(call)) return null;
    left -= 1;
    return fault;
  };
}

/** Refused here and nowhere else: others that bring the same token must not notice. */
function refusesToken(): NextFault {
  let refused: string | undefined;
  return (call) => {
    if (isRead(call)) refused ??= call.token;
    if (refused === undefined || call.token !== refused) return null;
    return { status: 401, body: { error: 'Invalid token' } };
  };
}

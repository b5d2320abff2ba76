import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlowStatus } from '../../src/atlas/answers/flow-status.ts';
import { type FlowProgress, flowRules } from '../../src/live/flow-progress.ts';
import { createKnownStates } from '../../src/live/known-states.ts';
import { createFakeClock } from '../support/live/fake-clock.ts';
import { numberRules, theEnd } from '../support/live/open-watch.ts';
import { toTenantId } from '../support/tenant-id.ts';

const acme = toTenantId('acme');
const globex = toTenantId('globex');

const key = 'LOS-1';

function openKnown({ clock = createFakeClock(), max = 100 } = {}) {
  let lagging = 0;
  const known = createKnownStates<number>({
    rules: numberRules,
    clock,
    onLagging: () => {
      lagging += 1;
    },
    max,
  });
  return {
    clock,
    known,
    countLagging: () => lagging,
    see: (state: number, askedAt = clock.monotonicMs(), tenantId = acme) =>
      known.observe(tenantId, key, { state, askedAt, source: 'POLL' }),
  };
}

test('each change gets a greater version, and what is the same keeps its own', async () => {
  const { clock, see } = openKnown();
  const versions: number[] = [];
  for (const state of [1, 1, 2, 3, 3, 4]) {
    versions.push(see(state).version);
    await clock.advance(10);
  }
  const [first = 0] = versions;
  assert.deepEqual(versions, [first, first, first + 1, first + 2, first + 2, first + 3]);
});

test('a version is a GraphQL Int for decades', () => {
  const inFiftyYears = createFakeClock(Date.UTC(2076, 0, 1));
  const { see } = openKnown({ clock: inFiftyYears });
  assert.ok(see(1).version < 2 ** 31);
});

test('a restart gives no version below those given before', async () => {
  const { clock, see } = openKnown();
  const before = see(3).version;
  await clock.advance(1_000);
  const { see: seeAfterRestart } = openKnown({ clock });
  assert.ok(seeAfterRestart(4).version > before);
});

test('versions follow the clock, so that changes here and news after a restart stay in order', async () => {
  const { clock, see } = openKnown();
  const first = see(1).version;
  await clock.advance(90_000);
  assert.equal(see(2).version, first + 90);
});

test('a state that lies behind is a new start after a minute, though the wall clock stepped back', async () => {
  const { see, clock } = openKnown();
  see(5);
  clock.stepWall(-3_600_000);
  assert.equal(see(2).state, 5);
  await clock.advance(60_001);
  assert.equal(see(2).state, 2);
});

test('when Atlas last said so moves with each answer that says it again', async () => {
  const { clock, see } = openKnown();
  see(1);
  await clock.advance(5_000);
  assert.equal(see(1).observedAt, clock.now());
});

test('a lagging answer is dropped and counted', async () => {
  const { clock, see, countLagging } = openKnown();
  const known = see(3);
  await clock.advance(5_000);
  assert.deepEqual(see(2), known);
  assert.equal(countLagging(), 1);
  await clock.advance(5_000);
  assert.equal(see(4).state, 4);
  assert.equal(countLagging(), 1);
});

test('an end stands against an answer that lags behind it', async () => {
  const { clock, see, countLagging } = openKnown();
  see(theEnd);
  await clock.advance(1_000);
  assert.equal(see(8).state, theEnd);
  assert.equal(countLagging(), 1);
});

test('an answer that was asked for before the last one came never goes backwards, however late', async () => {
  const { clock, see } = openKnown();
  const askedAt = clock.monotonicMs();
  await clock.advance(1);
  see(theEnd);
  await clock.advance(3_600_000);
  assert.equal(see(2, askedAt).state, theEnd);
});

test('an answer that was long under way is judged by when it was asked for', async () => {
  const { clock, see } = openKnown();
  see(5);
  await clock.advance(1_000);
  const askedAt = clock.monotonicMs();
  await clock.advance(120_000);
  assert.equal(see(2, askedAt).state, 5);
});

test('a state that Atlas repeats for a minute counts as current, and not as lagging', async () => {
  const { clock, see } = openKnown();
  see(5);
  await clock.advance(30_000);
  assert.equal(see(2).state, 5);
  await clock.advance(29_999);
  assert.equal(see(2).state, 5);
  await clock.advance(1);
  assert.equal(see(2).state, 2);
});

test('a flow that was given more may start over, with a greater version', async () => {
  const { clock, known, see, countLagging } = openKnown();
  const end = see(theEnd);
  known.reopen(acme, key);
  await clock.advance(10);
  const again = see(2);
  assert.equal(again.state, 2);
  assert.ok(again.version > end.version);
  assert.equal(countLagging(), 0);
});

test('a flow that was given more starts over once; after that it does not go backwards', async () => {
  const { known, see } = openKnown();
  see(theEnd);
  known.reopen(acme, key);
  see(3);
  assert.equal(see(2).state, 3);
});

test('an answer from before the upload does not use up the new start', async () => {
  const { clock, known, see } = openKnown();
  const askedAt = clock.monotonicMs();
  await clock.advance(10);
  see(theEnd);
  known.reopen(acme, key);
  assert.equal(see(8, askedAt).state, theEnd);
  assert.equal(see(theEnd).state, theEnd);
  assert.equal(see(1).state, 1);
});

test('a state that one tenant sees, reopens or drops does not affect another', async () => {
  const { clock, known, see } = openKnown();
  see(theEnd, clock.monotonicMs(), acme);
  assert.equal(known.last(globex, key), undefined);
  assert.equal(see(1, clock.monotonicMs(), globex).state, 1);
  assert.equal(known.last(acme, key)?.state, theEnd);
  known.reopen(globex, key);
  assert.equal(see(1, clock.monotonicMs(), acme).state, theEnd);
});

test('only the newest things are kept', () => {
  const { clock, known } = openKnown({ max: 2 });
  for (const id of ['LOS-1', 'LOS-2', 'LOS-3']) {
    known.observe(acme, id, { state: 1, askedAt: clock.monotonicMs(), source: 'POLL' });
  }
  assert.equal(known.last(acme, 'LOS-1'), undefined);
  assert.equal(known.last(acme, 'LOS-3')?.state, 1);
});

const started: FlowStatus = {
  state: 'IN_PROGRESS',
  upload: 'SUCCESS',
  processing: 'IN_PROGRESS',
  crossCheck: 'NOT_STARTED',
};
const ended: FlowStatus = {
  state: 'SUCCESS',
  upload: 'SUCCESS',
  processing: 'SUCCESS',
  crossCheck: 'COMPLETED',
};

const steps: readonly { says: string; from: FlowStatus; to: FlowStatus; isDropped: boolean }[] = [
  {
    says: 'a stage goes on',
    from: started,
    to: { ...started, crossCheck: 'PENDING' },
    isDropped: false,
  },
  { says: 'the flow ends', from: started, to: ended, isDropped: false },
  {
    says: 'the flow ends though a stage seems to go back',
    from: started,
    to: { ...ended, processing: 'NOT_STARTED' },
    isDropped: false,
  },
  { says: 'the flow runs after its end', from: ended, to: started, isDropped: true },
  {
    says: 'the flow is in a state nobody knows after its end',
    from: ended,
    to: { ...ended, state: 'UNKNOWN' },
    isDropped: true,
  },
  {
    says: 'the flow has not started after it ran',
    from: started,
    to: { ...started, state: 'NOT_STARTED' },
    isDropped: true,
  },
  {
    says: 'a stage goes back',
    from: started,
    to: { ...started, processing: 'NOT_STARTED' },
    isDropped: true,
  },
  {
    says: 'one stage goes back and another on',
    from: started,
    to: { ...started, processing: 'NOT_STARTED', crossCheck: 'PENDING' },
    isDropped: false,
  },
  {
    says: 'a running flow is in a state nobody knows',
    from: started,
    to: { ...started, state: 'UNKNOWN' },
    isDropped: false,
  },
  {
    says: 'a stage is in a state nobody knows',
    from: started,
    to: { ...started, processing: 'UNKNOWN' },
    isDropped: false,
  },
  { says: 'an end is corrected', from: ended, to: { ...ended, state: 'FAILED' }, isDropped: false },
  {
    says: 'an end is corrected the other way',
    from: { ...ended, state: 'FAILED' },
    to: ended,
    isDropped: false,
  },
];

for (const { says, from, to, isDropped } of steps) {
  test(`${says}: ${isDropped ? 'the answer lags' : 'that is news'}`, () => {
    const clock = createFakeClock();
    const known = createKnownStates<FlowProgress>({ rules: flowRules, clock, max: 100 });
    const see = (status: FlowStatus) =>
      known.observe(acme, key, {
        state: { status, landed: null },
        askedAt: clock.monotonicMs(),
        source: 'POLL',
      });
    const before = see(from);
    const after = see(to);
    assert.deepEqual(after.state.status, isDropped ? from : to);
    assert.equal(after.version, before.version + (isDropped ? 0 : 1));
  });
}

test('documents that land are news; not knowing of them, or of fewer, is none', () => {
  const clock = createFakeClock();
  const known = createKnownStates<FlowProgress>({ rules: flowRules, clock, max: 100 });
  const versions = [null, 0, 2, null, 1, 3].map(
    (landed) =>
      known.observe(acme, key, {
        state: { status: started, landed },
        askedAt: clock.monotonicMs(),
        source: 'POLL',
      }).version,
  );
  const [first = 0] = versions;
  assert.deepEqual(versions, [first, first, first + 1, first + 1, first + 1, first + 2]);
  assert.equal(known.last(acme, key)?.state.landed, 3);
});

test('how many documents landed is still known at the end', () => {
  const clock = createFakeClock();
  const known = createKnownStates<FlowProgress>({ rules: flowRules, clock, max: 100 });
  const see = (state: FlowProgress) =>
    known.observe(acme, key, { state, askedAt: clock.monotonicMs(), source: 'POLL' });
  see({ status: started, landed: 2 });
  assert.deepEqual(see({ status: ended, landed: null }).state, { status: ended, landed: 2 });
});

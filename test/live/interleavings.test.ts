import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Command, openRace } from '../support/live/open-race.ts';
import { propertyRuns } from '../support/property-runs.ts';

const place = fc.nat({ max: 2 });
const reader = fc.nat({ max: 30 });

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('answer'), place }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('lagging answer'), place }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('failure'),
      place,
      retryAfterMs: fc.constantFrom(undefined, 0, 30_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('progress'),
      place,
      steps: fc.constantFrom(1, 1, 2, 9),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('callback'), place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('callback for all'), place }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('query'), place }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('join'),
      place,
      isSlow: fc.boolean(),
      isDetailed: fc.boolean(),
      comesBack: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('leave'), reader }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('read'), reader }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('time'),
      ms: fc.constantFrom(1, 999, 2_500, 5_000, 10_000, 61_000),
    }),
  },
);

test('in every interleaving each reader gets right states in time, and Atlas is polled only for readers', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 40, size: 'max' }), async (commands) => {
      const race = openRace();
      for (const one of commands) {
        await race.run(one);
        race.checkMeanwhile();
      }
      await race.finish();
      race.checkAtTheEnd();
    }),
    { numRuns: propertyRuns(10_000) },
  );
});

test('when all leave, in whatever order all else happens, no watcher is left', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 40, size: 'max' }), async (commands) => {
      const race = openRace();
      for (const one of commands) await race.run(one);
      await race.leaveAll();
      assert.equal(race.watch.countWatched(), 0);
      assert.equal(race.clock.countTimers(), 0);
      const asked = race.countAsked();
      await race.run({ kind: 'time', ms: 3_600_000 });
      assert.equal(race.countAsked(), asked);
    }),
    { numRuns: propertyRuns(2_000) },
  );
});

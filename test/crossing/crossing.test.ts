import { test } from 'node:test';
import fc from 'fast-check';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { openHouse } from '../support/crossing/house.ts';
import { type Command, deeds, openCrossing } from '../support/crossing/open-crossing.ts';
import { propertyRuns } from '../support/property-runs.ts';

const number = fc.nat({ max: 30 });

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom(...deeds),
      who: fc.nat({ max: 1 }),
      thing: fc.nat({ max: 1 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('settle'),
      place: number,
      behaviour: fc.constantFrom(
        'answer',
        'answer',
        'answer',
        'answer',
        'unavailable',
        'unauthorized',
        'absent',
        'hang up',
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave'), place: number }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('time'),
      ms: fc.constantFrom(1, 1_000, 5_000, 61_000),
    }),
  },
);

test('no sequence of actions shows one tenant data of another', async (t) => {
  const store = openSqliteStore({ directory: ':memory:' });
  t.after(() => store.close());
  const house = openHouse(store);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 12, size: 'max' }), async (commands) => {
      run += 1;
      const crossing = openCrossing(house, run);
      for (const one of commands) await crossing.run(one);
      await crossing.finish();
    }),
    { numRuns: propertyRuns(10_000) },
  );
});

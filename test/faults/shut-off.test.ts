import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Faulty, openFaultyWorld } from '../support/faults/open-faulty.ts';
import { toOutcome } from '../support/faults/outcome.ts';
import { type Asked, type Reach, reaches } from '../support/faults/reaches.ts';

/** So many operations make ten failing calls at least, whatever is made again of them. */
const enoughOperations = 12;

test('after ten failures calls fail at once with a retry time, and pass after it', {
  concurrency: 13,
}, async (t) => {
  const names = Object.entries<Reach>(reaches);
  const world = await openFaultyWorld(t, names.length);
  const shutOff: { name: string; tenant: Faulty; asked: Asked }[] = [];
  await Promise.all(
    names.map(([name, reach]) =>
      t.test(`${name} is not called any more, and nobody else notices`, async () => {
        const tenant = world.next();
        const asked = await reach.prepare(tenant);
        tenant.fault(reach.endpoint, { status: 500 });
        for (let count = 0; count < enoughOperations; count += 1) {
          await tenant.ask(asked.query, asked.variables);
        }
        tenant.beginCounting();
        const answer = await tenant.ask(asked.query, asked.variables);
        assert.equal(tenant.countCalls(reach.endpoint), 0);
        await world.readAsBystander();
        shutOff.push({ name, tenant, asked });
        if (reach.column === 'known') {
          assert.equal(toOutcome(answer, asked), 'stale data');
          return;
        }
        const { code, retryAfterMs } = answer.errors?.[0]?.extensions ?? {};
        assert.equal(code, 'ATLAS_UNAVAILABLE');
        assert.ok(Number(retryAfterMs) > 0 && Number(retryAfterMs) <= 5_000);
      }),
    ),
  );
  await world.comeToRest();
  world.sandbox.clearFaults();
  world.letPass(5_000);
  for (const { name, tenant, asked } of shutOff) {
    assert.equal(toOutcome(await tenant.ask(asked.query, asked.variables), asked), 'data', name);
  }
  assert.deepEqual(world.faultsOfOurOwn(), []);
});

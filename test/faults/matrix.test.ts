import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exceptions, matrix } from '../support/faults/matrix.ts';
import { mostConnections, openFaultyWorld } from '../support/faults/open-faulty.ts';
import { toOutcome } from '../support/faults/outcome.ts';
import { type Reach, reaches } from '../support/faults/reaches.ts';

const valuesOfOthers = /secret|Welcome|Sample Road|files\.example|Token/;
/** Each endpoint with each fault. */
const rows = Object.entries(matrix).flatMap(([what, row]) =>
  Object.entries<Reach>(reaches).map(([name, reach]) => ({
    title: `${name} meets ${what}`,
    row,
    reach,
    expected: exceptions[name]?.[what] ?? row.expected[reach.column],
  })),
);

const groups = [
  // Enough time that a busy machine is no slow Atlas, and none for who waits in vain.
  { title: 'what Atlas answers', isSlow: false, operationTimeoutMs: 60_000, concurrency: 12 },
  { title: 'that Atlas is silent', isSlow: true, operationTimeoutMs: 2_000, concurrency: 13 },
];
for (const { title, isSlow, operationTimeoutMs, concurrency } of groups) {
  test(`a client is told ${title}, and nobody else notices`, { concurrency }, async (t) => {
    const chosen = rows.filter(({ row }) => (row.isSlow ?? false) === isSlow);
    const world = await openFaultyWorld(t, chosen.length, operationTimeoutMs);
    await Promise.all(
      chosen.map(({ title, row, reach, expected }) =>
        t.test(`${title}: ${expected.join(', calls: ')}`, async () => {
          const tenant = world.next();
          const asked = await reach.prepare(tenant);
          tenant.fault(reach.endpoint, row.fault, row.times);
          tenant.beginCounting();
          const [answer] = await Promise.all([
            tenant.ask(asked.query, asked.variables),
            world.readAsBystander(),
          ]);
          const told = [toOutcome(answer, asked), tenant.countCalls(reach.endpoint)];
          assert.deepEqual(told, expected, JSON.stringify(answer));
          // Nothing of what Atlas said or was sent stands in an error.
          assert.doesNotMatch(JSON.stringify(answer.errors ?? ''), valuesOfOthers);
        }),
      ),
    );
    await world.comeToRest();
    assert.ok(world.mostSockets() <= mostConnections, `${world.mostSockets()} sockets`);
    assert.deepEqual(world.faultsOfOurOwn(), []);
  });
}

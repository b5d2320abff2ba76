import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Cancellation } from '../../../src/atlas/deadline/cancellation.ts';
import { createDeadlines } from '../../../src/atlas/deadline/deadline.ts';
import {
  createConcurrencyLimiter,
  priorities as laneNames,
  type Priority,
} from '../../../src/atlas/transport/concurrency-limiter.ts';
import { createFakeClock, settle } from '../../support/live/fake-clock.ts';
import { toTenantId } from '../../support/tenant-id.ts';

/** Lanes with so many places, and who was let in, in order. */
function openLanes(places: number) {
  const clock = createFakeClock();
  const lanes = createConcurrencyLimiter(places);
  const startDeadline = createDeadlines({
    timeoutMs: 15_000,
    now: clock.monotonicMs,
    after: clock.after,
  });
  const letIn: string[] = [];
  /** Comes, and notes its name once it is in, or why not. */
  function come(name: string, lane: Priority, tenantId = 'acme', gone?: Cancellation): void {
    if (lanes.tryAcquire(lane)) {
      letIn.push(name);
      return;
    }
    void lanes
      .acquire(lane, toTenantId(tenantId), startDeadline({ cancellation: gone }))
      .then((over) => {
        letIn.push(over === null ? name : `${name} ${over}`);
      });
  }
  function comeOften(count: number, lane: Priority, tenantId = 'acme'): void {
    for (let place = 1; place <= count; place += 1) come(`${tenantId}-${lane}`, lane, tenantId);
  }
  /** Frees a place and lets who is next take note. */
  async function leave(lane: Priority): Promise<void> {
    lanes.release(lane);
    await settle();
  }
  return { clock, lanes, letIn, come, comeOften, leave };
}

test('a call gets a free permit at once', () => {
  const { come, letIn, lanes } = openLanes(2);
  come('first', 'interactive');
  come('second', 'interactive');
  assert.deepEqual(letIn, ['first', 'second']);
  come('third', 'interactive');
  assert.equal(lanes.countRunning('interactive'), 2);
  assert.equal(lanes.countWaiting('interactive'), 1);
});

test('a phone goes before what is watched, and that before work in bulk', async () => {
  const { come, letIn, leave } = openLanes(1);
  come('running', 'interactive');
  come('bulk', 'batch');
  come('watched', 'live');
  come('phone', 'interactive');
  await leave('interactive');
  await leave('interactive');
  await leave('live');
  assert.deepEqual(letIn, ['running', 'phone', 'watched', 'bulk']);
});

test('work in bulk never holds more than half the places, so a phone finds one', () => {
  const { come, comeOften, lanes, letIn } = openLanes(8);
  comeOften(100, 'batch');
  assert.equal(lanes.countRunning('batch'), 4);
  come('phone', 'interactive');
  assert.equal(letIn.at(-1), 'phone');
});

test('live and batch calls together leave a quarter of the permits free', () => {
  const { comeOften, lanes } = openLanes(8);
  comeOften(100, 'batch');
  comeOften(100, 'live');
  assert.deepEqual([lanes.countRunning('batch'), lanes.countRunning('live')], [4, 2]);
});

test('tenants take turns, however much one has waiting', async () => {
  const { comeOften, letIn, leave } = openLanes(1);
  comeOften(50, 'interactive', 'acme');
  comeOften(2, 'interactive', 'bolt');
  comeOften(1, 'interactive', 'core');
  for (let freed = 0; freed < 6; freed += 1) await leave('interactive');
  assert.deepEqual(
    letIn.map((name) => name.slice(0, 4)),
    ['acme', 'acme', 'bolt', 'core', 'acme', 'bolt', 'acme'],
  );
});

test('a tenant that comes back waits behind those whose turn it is', async () => {
  const { come, letIn, leave } = openLanes(1);
  come('acme 1', 'interactive', 'acme');
  come('acme 2', 'interactive', 'acme');
  come('bolt 1', 'interactive', 'bolt');
  await leave('interactive');
  come('acme 3', 'interactive', 'acme');
  await leave('interactive');
  await leave('interactive');
  assert.deepEqual(letIn, ['acme 1', 'acme 2', 'bolt 1', 'acme 3']);
});

test('the lower lanes have a share however many wait in the first', async () => {
  const { comeOften, letIn, leave } = openLanes(1);
  comeOften(200, 'interactive');
  comeOften(200, 'live');
  comeOften(200, 'batch');
  const served: Record<string, number> = { interactive: 0, live: 0, batch: 0 };
  for (let freed = 0; freed < 161; freed += 1) {
    const lane = laneNames.find((each) => letIn.at(-1) === `acme-${each}`);
    assert.ok(lane);
    served[lane] = (served[lane] ?? 0) + 1;
    await leave(lane);
  }
  assert.deepEqual(served, { interactive: 121, live: 30, batch: 10 });
});

test('whose time is up in the queue leaves it, and the place goes to the next', async () => {
  const { clock, come, letIn, lanes, leave } = openLanes(1);
  come('running', 'interactive');
  come('impatient', 'interactive');
  await clock.advance(15_000);
  assert.deepEqual(letIn, ['running', 'impatient timeout']);
  come('patient', 'interactive');
  assert.equal(lanes.countWaiting('interactive'), 1);
  await leave('interactive');
  assert.equal(letIn.at(-1), 'patient');
  assert.equal(clock.countTimers(), 0);
});

test('a call that is aborted leaves the queue at once', async () => {
  const { come, letIn, lanes, leave } = openLanes(1);
  const caller = new Cancellation();
  come('running', 'interactive');
  come('gone', 'interactive', 'acme', caller);
  come('next', 'interactive', 'bolt');
  caller.cancel();
  await settle();
  assert.equal(lanes.countWaiting('interactive'), 1);
  await leave('interactive');
  assert.deepEqual(letIn, ['running', 'gone disconnected', 'next']);
});

test('a call that is aborted in the moment of its grant holds the permit, and must release it', async () => {
  const { come, letIn, lanes, leave } = openLanes(1);
  const caller = new Cancellation();
  come('running', 'interactive');
  come('torn', 'interactive', 'acme', caller);
  lanes.release('interactive');
  caller.cancel();
  await settle();
  assert.deepEqual(letIn, ['running', 'torn']);
  assert.equal(lanes.countRunning('interactive'), 1);
  await leave('interactive');
  assert.equal(lanes.countRunning('interactive'), 0);
});

test('a call whose deadline has passed does not wait', async () => {
  const { come, letIn, lanes } = openLanes(1);
  come('running', 'interactive');
  come('gone', 'interactive', 'acme', toCancelled());
  await settle();
  assert.deepEqual(letIn, ['running', 'gone disconnected']);
  assert.equal(lanes.countWaiting('interactive'), 0);
});

test('in whichever order they come and go, no place is lost and none is given twice', async () => {
  const step = fc.record({
    lane: fc.constantFrom(...laneNames),
    tenantId: fc.constantFrom('acme', 'bolt', 'core'),
    act: fc.constantFrom('come', 'come', 'leave', 'cancel'),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 6 }),
      fc.array(step, { maxLength: 60 }),
      async (places, steps) => {
        const { lanes } = openLanes(places);
        const startDeadline = createDeadlines({ timeoutMs: 60_000 });
        const inside: Priority[] = [];
        const waiting: Cancellation[] = [];
        for (const { act, lane, tenantId } of steps) {
          if (act === 'leave') {
            const left = inside.shift();
            if (left !== undefined) lanes.release(left);
          } else if (act === 'cancel') {
            waiting.shift()?.cancel();
          } else if (lanes.tryAcquire(lane)) {
            inside.push(lane);
          } else {
            const caller = new Cancellation();
            waiting.push(caller);
            const deadline = startDeadline({ cancellation: caller });
            void lanes.acquire(lane, toTenantId(tenantId), deadline).then((over) => {
              if (over === null) inside.push(lane);
            });
          }
          await Promise.resolve();
          const running = laneNames.reduce((sum, each) => sum + lanes.countRunning(each), 0);
          assert.ok(running <= places && lanes.countRunning('batch') <= Math.max(1, places / 2));
        }
        await settle();
        for (let left = inside.shift(); left !== undefined; left = inside.shift()) {
          lanes.release(left);
          await settle();
        }
        for (const lane of laneNames) {
          assert.equal(lanes.countWaiting(lane), 0);
          assert.equal(lanes.countRunning(lane), 0);
        }
      },
    ),
    { numRuns: 200 },
  );
});

function toCancelled(): Cancellation {
  const cancelled = new Cancellation();
  cancelled.cancel();
  return cancelled;
}

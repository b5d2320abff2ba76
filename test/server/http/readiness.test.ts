import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../../support/live/fake-clock.ts';
import { openGateway } from '../../support/open-gateway.ts';

const always = Number.POSITIVE_INFINITY;
const createFlow =
  'mutation { createFlow(input: { applicationId: "application-1" }) { flow { uuid } } }';

test('however many read whether it is ready, Atlas is sent one request in five seconds', async (t) => {
  const clock = createFakeClock();
  const { app, sandbox } = await openGateway(t, { clock });
  const isReady = async () => (await fetch(`${app.url}/ready`)).ok;
  const readTwenty = () => Promise.all(Array.from({ length: 20 }, isReady));
  const none = Array.from({ length: 20 }, () => false);
  sandbox.fault('verificationToken', { hangUp: 'before' }, always);
  assert.deepEqual(await readTwenty(), none);
  assert.deepEqual(await readTwenty(), none);
  assert.equal(sandbox.countCalls(), 1);
  await clock.advance(4_999);
  // A wall clock that is set meanwhile makes no difference.
  clock.stepWall(3_600_000);
  assert.deepEqual(await readTwenty(), none);
  clock.stepWall(-7_200_000);
  assert.equal(sandbox.countCalls(), 1);
  await clock.advance(1);
  assert.deepEqual(await readTwenty(), none);
  assert.equal(sandbox.countCalls(), 2);
  sandbox.clearFaults();
  await clock.advance(5_000);
  assert.equal(await isReady(), true);
  assert.equal(await isReady(), true);
  assert.equal(sandbox.countCalls(), 3);
});

test('reading whether it is ready neither shuts callers off nor has them wait for longer', async (t) => {
  const clock = createFakeClock();
  const { app, ask, sandbox } = await openGateway(t, { clock });
  sandbox.fault('verificationToken', { hangUp: 'before' }, always);
  async function readTwenty(): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) {
      assert.equal((await fetch(`${app.url}/ready`)).status, 503);
      await clock.advance(5_000);
    }
  }
  /** After how many milliseconds a caller may come again; undefined: its request was sent. */
  async function readRetryAfterMs(): Promise<unknown> {
    const asking = ask(createFlow);
    let answer: Awaited<typeof asking> | undefined;
    void asking.then((given) => {
      answer = given;
    });
    // The pauses between its tries.
    while (answer === undefined) await clock.advance(1);
    assert.equal(answer.errors?.[0]?.extensions.code, 'ATLAS_UNAVAILABLE');
    return answer.errors[0].extensions.retryAfterMs;
  }
  await readTwenty();
  assert.equal(await readRetryAfterMs(), undefined);
  let retryAfterMs: unknown;
  while (retryAfterMs === undefined) retryAfterMs = await readRetryAfterMs();
  assert.ok(Number(retryAfterMs) <= 5_000, String(retryAfterMs));
  await clock.advance(5_000);
  // A probe by a caller lengthens the wait by one step each.
  const next = Number(await readRetryAfterMs());
  assert.ok(next > 5_000 && next <= 10_000, String(next));
  await readTwenty();
  const last = Number(await readRetryAfterMs());
  assert.ok(last > 15_000 && last <= 20_000, String(last));
});

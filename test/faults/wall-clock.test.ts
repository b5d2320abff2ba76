import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Clock, systemClock } from '../../src/live/clock.ts';
import { type GatewayOptions, type GraphAnswer, openGateway } from '../support/open-gateway.ts';
import { createHandClock } from '../support/sandbox/hand-clock.ts';

const hourMs = 60 * 60_000;

/** A gateway whose wall clock can be set back, and for which time can pass, each without the other. */
async function openStepped(t: TestContext, env: GatewayOptions['env'] = {}) {
  let wallMs = 0;
  let passedMs = 0;
  const clock: Clock = {
    now: () => systemClock.now() + wallMs,
    monotonicMs: () => systemClock.monotonicMs() + passedMs,
    after: systemClock.after,
  };
  const gateway = await openGateway(t, {
    clock,
    env: { PUBLIC_URL: 'http://127.0.0.1:9', ...env },
    sandbox: { clock: createHandClock() },
  });
  return {
    gateway,
    /** An hour's step back of the wall clock, while so much time really passes. */
    stepBack(whileMs: number) {
      wallMs += whileMs - hourMs;
      passedMs += whileMs;
    },
  };
}

const status = 'query ($uuid: String!) { flow(uuid: $uuid) { status { state } } }';

test('a breaker lets a call through when its time has passed, though the wall clock stepped back', async (t) => {
  const { gateway, stepBack } = await openStepped(t);
  const ask = () => gateway.ask(status, { uuid: 'LOS-unknown' });
  gateway.sandbox.fault('flowStatus', { status: 500 }, 1_000);
  for (let asked = 0; asked < 12; asked += 1) await ask();
  const codeOf = ({ errors }: GraphAnswer) => errors?.[0]?.extensions.code;
  const calls = gateway.sandbox.countCalls('flowStatus');
  assert.equal(codeOf(await ask()), 'ATLAS_UNAVAILABLE');
  assert.equal(gateway.sandbox.countCalls('flowStatus'), calls);
  gateway.sandbox.clearFaults();
  stepBack(5_001);
  assert.equal(codeOf(await ask()), undefined);
  assert.ok(gateway.sandbox.countCalls('flowStatus') > calls);
});

test('personal data is cached no longer for a step back of the wall clock', async (t) => {
  const { gateway, stepBack } = await openStepped(t, { PII_CACHE_SECONDS: '60' });
  const documents = 'query ($uuid: String!) { flow(uuid: $uuid) { documents { documentId } } }';
  const uuid = await gateway.openFlow();
  await gateway.upload(uuid, 'pan.jpg');
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  const ask = async () => {
    const before = gateway.sandbox.countCalls('flowExtracts');
    assert.equal((await gateway.ask(documents, { uuid })).errors, undefined);
    return gateway.sandbox.countCalls('flowExtracts') - before;
  };
  await gateway.ask(status, { uuid });
  assert.equal(await ask(), 1);
  // The third answer is one that the response cache kept of the second.
  for (let time = 0; time < 3; time += 1) assert.equal(await ask(), 0);
  stepBack(60_001);
  assert.equal(await ask(), 1);
});

test('a rate window ends after a minute, though the wall clock stepped back', async (t) => {
  const { gateway, stepBack } = await openStepped(t, { RATE_LIMIT_PER_MINUTE: '2' });
  const ask = async () => (await gateway.ask('{ __typename }')).errors?.[0]?.extensions.code;
  assert.deepEqual([await ask(), await ask(), await ask()], [undefined, undefined, 'RATE_LIMITED']);
  stepBack(60_001);
  assert.equal(await ask(), undefined);
});

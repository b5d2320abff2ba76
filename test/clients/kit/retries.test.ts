import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { retryDelay } from '../../../clients/web/src/retry-delay.ts';
import { createWake } from '../../../clients/web/src/wake.ts';
import { collectWatch } from '../../support/clients/collect-watch.ts';
import { startNetwork } from '../../support/clients/network.ts';
import { openClient } from '../../support/clients/open-client.ts';
import { openGateway } from '../../support/open-gateway.ts';

test('a retry waits between half its time and all of it, and never longer than the limit', () => {
  fc.assert(
    fc.property(
      fc.nat(1_000_000),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempt, chance) => {
        const delayMs = retryDelay(attempt, 5000, () => chance);
        assert.ok(delayMs >= 250 && delayMs <= 5000);
        if (attempt > 4) assert.ok(delayMs >= 2500);
      },
    ),
  );
  assert.equal(
    retryDelay(0, 5000, () => 1),
    500,
  );
  assert.equal(
    retryDelay(1, 5000, () => 1),
    1000,
  );
});

/** A window and its document, as far as a wake-up needs them. */
function createPage() {
  const window = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: 'hidden' });
  return Object.assign(window, { document });
}

test('a page that comes online or is shown ends waits, and one that is hidden does not', () => {
  const page = createPage();
  const wake = createWake(page);
  let wakeUps = 0;
  wake.listen(() => {
    wakeUps += 1;
  });

  page.document.dispatchEvent(new Event('visibilitychange'));
  assert.equal(wakeUps, 0);
  page.document.visibilityState = 'visible';
  page.document.dispatchEvent(new Event('visibilitychange'));
  assert.equal(wakeUps, 1);
  page.dispatchEvent(new Event('online'));
  assert.equal(wakeUps, 2);
  page.dispatchEvent(new Event('pageshow'));
  assert.equal(wakeUps, 3);

  wake.close();
  page.dispatchEvent(new Event('online'));
  page.document.dispatchEvent(new Event('visibilitychange'));
  assert.equal(wakeUps, 3);
});

test('a sleep ends at a wake-up and with its signal', async () => {
  const wake = createWake(createPage());
  const control = new AbortController();
  const anHourMs = 3_600_000;

  const woken = wake.sleep(anHourMs, new AbortController().signal);
  wake.wake();
  await woken;
  const left = wake.sleep(anHourMs, control.signal);
  control.abort();
  await left;
  await wake.sleep(anHourMs, control.signal);
});

test('a wake-up ends the wait for the next attempt', { timeout: 20_000 }, async (t) => {
  const gateway = await openGateway(t);
  const network = await startNetwork(t, gateway.graphqlUrl);
  // Each attempt fails at once, and by the tenth the wait is longer than this test.
  const client = openClient(t, gateway, { url: network.url, mostRetryMs: 3_600_000 });
  const uuid = await gateway.openFlow();
  await network.refuse();
  const watched = collectWatch(t, client, uuid);
  await watched.lost;
  for (let attempts = 0; attempts < 10; attempts += 1) {
    const before = watched.liveness.length;
    client.wake();
    while (watched.liveness.length === before) await new Promise(setImmediate);
  }

  await network.restore();
  client.wake();
  await watched.first;

  assert.equal(watched.flows[0]?.uuid, uuid);
});

test('a flow is followed while getToken fails, and on once it answers', async (t) => {
  const gateway = await openGateway(t);
  let failures = 3;
  const client = openClient(t, gateway, {
    mostRetryMs: 50,
    getToken() {
      failures -= 1;
      if (failures >= 0) throw new Error('The backend of the app is away');
      return gateway.apiKey;
    },
  });

  const watched = collectWatch(t, client, await gateway.openFlow());
  await watched.first;

  assert.equal(failures, -1);
});

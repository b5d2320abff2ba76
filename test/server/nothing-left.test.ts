import assert from 'node:assert/strict';
import { createHook } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { EventEmitter } from 'node:events';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Pool } from 'undici';
import { openGateway } from '../support/open-gateway.ts';

const timeout = 120_000;
const connections = 8;
const query =
  'query ($uuid: String!) { flow(uuid: $uuid) { status { state } documents { state } } }';

test('ten thousand requests leave no timer, no socket and no listener', { timeout }, async (t) => {
  const countTimers = watchTimers(t);
  const emitters = watchEmitters(t);
  const gateway = await openGateway(t, {
    env: { LOG_LEVEL: 'warn', RATE_LIMIT_PER_MINUTE: '1000000', PII_CACHE_SECONDS: '0' },
  });
  const uuid = await gateway.openFlow();
  const none = { query, variables: { uuid: 'none' } };
  const source = '1 SAMPLE ROAD, TESTPUR, 000001';
  /** Most go the short way and reach Atlas; the last two are refused, one by each way. */
  const bodies = [
    { query, variables: { uuid } },
    none,
    { query: '{ viewer { tenantId } }' },
    none,
    {
      query: `{ addressMatches(applicationId: "a", source: "${source}", targets: ["${source}"]) { similarityScore } }`,
    },
    none,
    { query, variables: { uuid: 7 } },
    { query: '{ nothing }' },
  ].map((body) => JSON.stringify(body));
  const pool = new Pool(gateway.app.url, { connections });
  t.after(() => pool.close());

  async function askOften(times: number): Promise<void> {
    let left = times;
    const askOn = async () => {
      while (left > 0) {
        left -= 1;
        const { statusCode, body } = await pool.request({
          method: 'POST',
          path: '/graphql',
          headers: gateway.headers,
          body: bodies[left % bodies.length] ?? '',
        });
        assert.ok(statusCode === 200 || statusCode === 400);
        await body.text();
      }
    };
    await Promise.all(Array.from({ length: connections }, askOn));
    // Work that ends with an answer ends at the latest in the turns after it.
    for (let turn = 0; turn < 10; turn += 1) await setImmediate();
  }

  function countListeners(): number {
    const counts = [process, ...emitters].flatMap((emitter: EventEmitter) =>
      emitter.eventNames().map((name) => emitter.listenerCount(name)),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  await askOften(200);
  const [resources, timers, listeners] = [countResources(), countTimers(), countListeners()];
  const open = emitters.size;
  await askOften(10_000);
  assert.deepEqual([countListeners(), emitters.size], [listeners, open]);
  // undici has one timer for all its sockets, which rests when it is not needed.
  assert.ok(countTimers() <= timers + 1, `${countTimers()} timers, ${timers} before`);
  for (const [kind, count] of countResources()) {
    const most = (resources.get(kind) ?? 0) + (kind === 'Timeout' ? 1 : 0);
    assert.ok(count <= most, `${count} ${kind}, ${most} before`);
  }
});

/** Counts the timers that are set, those too that keep no process alive, as are all of ours. */
function watchTimers(t: TestContext): () => number {
  const timers = new Set<number>();
  const hook = createHook({
    init(id, type) {
      if (type === 'Timeout') timers.add(id);
    },
    destroy(id) {
      timers.delete(id);
    },
  }).enable();
  t.after(() => hook.disable());
  return () => timers.size;
}

/** Every server that was asked something, and both ends of every connection, those to Atlas too. */
function watchEmitters(t: TestContext): ReadonlySet<EventEmitter> {
  const emitters = new Set<EventEmitter>();
  for (const channel of ['http.server.request.start', 'undici:client:connected']) {
    const note = (message: unknown) => {
      // As Node and undici document their channels.
      const { server, socket } = message as { server?: EventEmitter; socket: EventEmitter };
      emitters.add(socket);
      if (server) emitters.add(server);
    };
    subscribe(channel, note);
    t.after(() => unsubscribe(channel, note));
  }
  return emitters;
}

function countResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo())
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Pool } from 'undici';
import { openGateway } from '../support/open-gateway.ts';

const timeout = 120_000;
const connections = 8;
const query =
  'query ($uuid: String!) { flow(uuid: $uuid) { status { state } documents { state } } }';

test('ten thousand requests leave no timer, no socket and no listener', { timeout }, async (t) => {
  const gateway = await openGateway(t, {
    env: { LOG_LEVEL: 'warn', RATE_LIMIT_PER_MINUTE: '1000000', PII_CACHE_SECONDS: '0' },
  });
  const uuid = await gateway.openFlow();
  const sockets = new Set<EventEmitter>();
  const note = (message: unknown) => {
    const { socket } = message as { socket: EventEmitter }; // as Node documents the channel
    sockets.add(socket);
  };
  subscribe('http.server.request.start', note);
  const pool = new Pool(gateway.app.url, { connections });
  t.after(async () => {
    unsubscribe('http.server.request.start', note);
    await pool.close();
  });

  async function askOften(times: number): Promise<void> {
    let left = times;
    const askOn = async () => {
      while (left > 0) {
        left -= 1;
        const { statusCode, body } = await pool.request({
          method: 'POST',
          path: '/graphql',
          headers: gateway.headers,
          body: JSON.stringify({ query, variables: { uuid: left % 4 === 0 ? uuid : 'none' } }),
        });
        assert.equal(statusCode, 200);
        await body.text();
      }
    };
    await Promise.all(Array.from({ length: connections }, askOn));
    // What ends with an answer ends at the latest in the turns behind it.
    for (let turn = 0; turn < 10; turn += 1) await setImmediate();
  }

  function countListeners(): number {
    const counts = [process, ...sockets].flatMap((emitter: EventEmitter) =>
      emitter.eventNames().map((name) => emitter.listenerCount(name)),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  await askOften(200);
  const [resources, listeners, open] = [countResources(), countListeners(), sockets.size];
  await askOften(10_000);
  assert.deepEqual([countListeners(), sockets.size], [listeners, open]);
  for (const [kind, count] of countResources()) {
    // undici has one timer for all its sockets, which rests when it is not needed.
    const most = (resources.get(kind) ?? 0) + (kind === 'Timeout' ? 1 : 0);
    assert.ok(count <= most, `${count} ${kind}, ${most} before`);
  }
});

function countResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo())
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

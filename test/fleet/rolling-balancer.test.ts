import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { startSandbox } from '../../src/sandbox/start-sandbox.ts';
import {
  apiKey,
  createFlow,
  type Replica,
  startReplica,
} from '../support/fleet/fleet-processes.ts';

const graceMs = 1_000;
const probeMs = 100;
const loops = 8;

/** Asks on a connection of its own; rejects where it is refused or broken off. */
async function askAfresh(url: string, body: object): Promise<{ data?: unknown }> {
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const asking = request(`${url}/graphql`, { method: 'POST', headers, agent: false });
  asking.end(JSON.stringify(body));
  const [response] = await once(asking, 'response');
  return (await json(response)) as { data?: unknown };
}

/** Spreads requests over the replicas that were ready at the last probe, as a balancer does. */
function startBalancer(t: TestContext, replicas: readonly Replica[]) {
  let ready: readonly Replica[] = replicas;
  const stop = new AbortController();
  t.after(() => stop.abort());
  async function isReady({ url }: Replica): Promise<boolean> {
    try {
      return (await fetch(`${url}/ready`)).ok;
    } catch {
      return false;
    }
  }
  async function probe(): Promise<void> {
    while (!stop.signal.aborted) {
      const answers = await Promise.all(replicas.map(isReady));
      ready = replicas.filter((_, place) => answers[place]);
      await setTimeout(probeMs, undefined, { signal: stop.signal }).catch(() => {});
    }
  }
  void probe();
  return {
    choose(turn: number): Replica {
      const replica = ready[turn % ready.length];
      if (replica === undefined) throw new Error('no replica is ready');
      return replica;
    },
    async waitFor(replica: Replica): Promise<void> {
      while (!ready.includes(replica)) await setTimeout(probeMs / 4);
    },
  };
}

for (const workers of ['1', '2']) {
  test(`replicas of ${workers} worker(s) are restarted in turn, and eight loops of fresh connections lose nothing`, {
    timeout: 120_000,
  }, async (t) => {
    const sandbox = await startSandbox({ stageMs: 3_600_000 });
    t.after(() => sandbox.close());
    const env = {
      ATLAS_BASE_URL: sandbox.url,
      DATA_DIR: ':memory:',
      WORKERS: workers,
      SHUTDOWN_GRACE_MS: `${graceMs}`,
      DRAIN_MS: '0',
    };
    const replicas = await Promise.all([startReplica(t, env), startReplica(t, env)]);
    const [first] = replicas;
    const input = { applicationId: 'application-1' };
    const opened = await first.ask(createFlow, { input });
    const body = { query: `{ flow(uuid: "${opened.data.createFlow.flow.uuid}") { uuid } }` };

    const balancer = startBalancer(t, replicas);
    const lost: unknown[] = [];
    let answered = 0;
    let isOver = false;
    async function loop(place: number): Promise<void> {
      for (let turn = place; !isOver; turn += 1) {
        try {
          const answer = await askAfresh(balancer.choose(turn).url, body);
          if (answer.data) answered += 1;
          else lost.push(answer);
        } catch (error) {
          lost.push(error);
        }
      }
    }
    const running = Array.from({ length: loops }, (_, place) => loop(place));
    for (const replica of replicas) {
      assert.equal(await replica.stop(), 0);
      await replica.restart();
      await balancer.waitFor(replica);
    }
    isOver = true;
    await Promise.all(running);
    assert.deepEqual(lost, []);
    assert.ok(answered > loops);
  });
}

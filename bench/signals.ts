import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { toTenantId } from '../src/config/tenant-shape.ts';
import type { Fleet, PublishedState } from '../src/store/fleet.ts';
import { startRedisFleet } from '../src/store/redis/fleet.ts';
import { startRedisLink } from '../src/store/redis/link.ts';
import { createSeal } from '../src/store/seal.ts';
import { nowMs } from './clock.ts';
import { percentile, show, toTable } from './figures.ts';
import { commandOf, describeMachine, endOnSignals, writeMeasured } from './report.ts';

/*
 * The cost of many processes that act as one: two members of a fleet, in this process, on a Redis
 * of their own. One takes leases and tells of changes, the other hears of each.
 *
 * npm run bench:signals
 */
const port = 7_391;
const changes = 20_000;
const atOnce = 200;
const spaced = 1_000;

endOnSignals();
const machine = describeMachine();
const server = spawn(
  'redis-server',
  ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
await new Promise<void>((resolve) => {
  server.stdout.on('data', (chunk) => {
    if (String(chunk).includes('Ready to accept connections')) resolve();
  });
});

function toThing(place: number) {
  return { tenantId: toTenantId('acme'), topic: 'flow', key: `LOS-${place}` } as const;
}

function toTold(version: number): PublishedState {
  const status = { state: 'IN_PROGRESS', upload: 'SUCCESS', processing: 'PENDING' };
  const state = JSON.stringify({ status, landed: version });
  return { version, state, source: 'POLL', observedAt: Date.now(), isStale: false };
}

/** Does something for each of so many places, some at once; answers how many a second. */
async function rate(count: number, act: (place: number) => Promise<unknown>): Promise<number> {
  const startedAt = nowMs();
  for (let from = 0; from < count; from += atOnce) {
    await Promise.all(Array.from({ length: atOnce }, (_, more) => act(from + more)));
  }
  return count / ((nowMs() - startedAt) / 1000);
}

/** Waits until as many signals were heard as were told. */
function hearing(fleet: Fleet, count: number): Promise<void> {
  return new Promise((resolve) => {
    let heard = 0;
    const stop = fleet.listen(({ kind }) => {
      heard += kind === 'published' ? 1 : 0;
      if (heard < count) return;
      stop();
      resolve();
    });
  });
}

const link = await startRedisLink({ url: `redis://127.0.0.1:${port}` });
const seal = createSeal(['a-secret-of-the-benchmark']);
const [teller, hearer] = [
  startRedisFleet({ link, seal, leaseMs: 10_000 }),
  startRedisFleet({ link, seal, leaseMs: 10_000 }),
];
try {
  // Signals from before the other has subscribed are lost.
  let isHeard = false;
  const stop = hearer.listen(() => {
    isHeard = true;
  });
  while (!isHeard) await teller.send({ kind: 'poke', watchKey: toThing(0), source: 'POLL' });
  stop();
  const holds = await rate(changes, (place) => teller.acquireLease(toThing(place), false));
  const usedBefore = process.cpuUsage();
  const startedAt = nowMs();
  const allHeard = hearing(hearer, changes);
  const tells = await rate(changes, (place) => teller.publish(toThing(place), toTold(1)));
  await allHeard;
  const heardSeconds = (nowMs() - startedAt) / 1000;
  const used = process.cpuUsage(usedBefore);
  const latencies: number[] = [];
  for (let place = 0; place < spaced; place += 1) {
    const heard = hearing(hearer, 1);
    const toldAt = nowMs();
    await Promise.all([teller.publish(toThing(place), toTold(2)), heard]);
    latencies.push(nowMs() - toldAt);
  }
  const info = await link.run((redis) => redis.info('memory'));
  const redisMiB = Number(/used_memory:(\d+)/.exec(info)?.[1]) / 1024 / 1024;
  const rows = [
    ['leases taken or kept, a second', show(holds)],
    ['changes told, a second', show(tells)],
    ['changes heard by one other, a second', show(changes / heardSeconds)],
    ['processor time of a change, told and heard, µs', show((used.user + used.system) / changes)],
    ['from telling to hearing, one at a time, p50, ms', show(percentile(latencies, 0.5))],
    ['from telling to hearing, one at a time, p99, ms', show(percentile(latencies, 0.99))],
    [`Redis, KiB a watched flow (of ${changes})`, show((redisMiB * 1024) / changes)],
  ];
  const figures = [
    `    ${commandOf('bench:signals')}`,
    '',
    `${machine()}. Both members and Redis on this machine.`,
    '',
    toTable(['', ''], rows),
  ].join('\n');
  process.stdout.write(`${figures}\n`);
  if (process.argv.includes('--write')) writeMeasured('signals', figures);
} finally {
  await Promise.all([teller.close(), hearer.close()]);
  await link.close();
  server.kill();
  await once(server, 'exit');
}

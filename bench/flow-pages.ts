import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus, loadavg } from 'node:os';
import { toTenantId } from '../src/config/tenant-shape.ts';
import { startRedisLink } from '../src/store/redis/link.ts';
import { createRedisStore } from '../src/store/redis/store.ts';
import { createSeal } from '../src/store/seal.ts';
import type { FlowCursor, FlowFilter, Store } from '../src/store/store.ts';
import { nowMs } from './clock.ts';
import { percentile, show, toTable } from './figures.ts';

const acme = toTenantId('acme');

/*
 * Pages of a tenant's flows from Redis: a hundred thousand flows, a hundred a page, each filter read
 * from page to page. Prints a table of how long a page took.
 */
const flowCount = 100_000;
const pageSize = 100;
const pagesRead = 200;
const port = 7_390;
const states = ['NOT_STARTED', 'IN_PROGRESS', 'SUCCESS', 'FAILED'];
const filters: readonly [name: string, filter: FlowFilter][] = [
  ['all', {}],
  ['one state', { states: ['FAILED'] }],
  ['three states', { states: ['FAILED', 'SUCCESS', 'IN_PROGRESS'] }],
  ['a product', { productType: 'P-1' }],
  ['a product and two states', { productType: 'P-1', states: ['FAILED', 'SUCCESS'] }],
  ['an application', { applicationId: 'A-77' }],
  ['a span of time', { createdAfter: 1_000, createdBefore: 90_000 }],
];

const redis = spawn('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', ''], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  for await (const chunk of redis.stdout) if (/Ready to accept/i.test(String(chunk))) break;
  const link = await startRedisLink({ url: `redis://127.0.0.1:${port}`, timeoutMs: 30_000 });
  const lives = { flowsMs: 3_600_000, keysMs: 3_600_000, grantsMs: 3_600_000 };
  const store = createRedisStore({ link, seal: createSeal(['a secret of the bench']), lives });
  await fill(store);
  const rows: string[][] = [];
  for (const [name, filter] of filters) rows.push([name, ...(await measure(store, filter))]);
  const head = ['filter', 'pages', 'p50, ms', 'p99, ms', 'slowest, ms'];
  const [cpu] = cpus();
  process.stdout.write(
    `Node ${process.version}, ${cpus().length} × ${cpu?.model}, load ${loadavg()[0]?.toFixed(1)}.\n\n${toTable(head, rows)}\n`,
  );
  await link.close();
} finally {
  redis.kill();
  await once(redis, 'exit');
}

async function fill({ flows }: Store): Promise<void> {
  const places = Array.from({ length: flowCount }, (_, place) => place).values();
  const worker = async () => {
    for (const place of places) {
      const uuid = `LOS-${place}`;
      await flows.open(acme, {
        uuid,
        applicationId: `A-${place % 1_000}`,
        productType: `P-${place % 3}`,
        isCalledBack: true,
        reference: `reference-${place}`,
        at: place,
      });
      const state = states[place % states.length] ?? '';
      const status = { state, upload: state, processing: state, crossCheck: state };
      await flows.recordStatus(acme, uuid, {
        status,
        version: 1,
        at: place,
        source: 'POLL',
        hasEnded: false,
      });
    }
  };
  await Promise.all(Array.from({ length: 100 }, worker));
}

async function measure({ flows }: Store, filter: FlowFilter): Promise<string[]> {
  const took: number[] = [];
  for (let after: FlowCursor | undefined; took.length < pagesRead; ) {
    const begunAt = nowMs();
    const page = await flows.page(acme, { first: pageSize, filter, ...(after && { after }) });
    took.push(nowMs() - begunAt);
    after = page.entries.at(-1);
    if (!page.hasNext) break;
  }
  const shown = [percentile(took, 0.5), percentile(took, 0.99), percentile(took, 1)].map(show);
  return [String(took.length), ...shown];
}

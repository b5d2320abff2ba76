import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { toTenantId } from '../src/config/tenant-shape.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import type { FlowCursor, FlowQuery, Store } from '../src/store/store.ts';

const acme = toTenantId('acme');

/*
 * Measures the register with 100,000 flows in a file: what a page costs at the beginning, in the
 * middle and near the end of a list, what a write costs, and what memory it takes.
 *
 *     npm run bench:register
 */

const count = 100_000;
const runs = 200;
const states = ['NOT_STARTED', 'IN_PROGRESS', 'SUCCESS', 'SUCCESS', 'SUCCESS', 'FAILED'];

/** Writes the flows past the store, all at once: how they came there is not what is measured. */
function fill(): void {
  const database = new DatabaseSync(join(directory, 'atlas-gateway.sqlite'));
  const addFlow = database.prepare(
    'INSERT INTO flows VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, 1, ?, 2)',
  );
  const addDocument = database.prepare('INSERT INTO documents VALUES (?, ?, ?, NULL, NULL, NULL)');
  const addEvent = database.prepare(
    'INSERT INTO log VALUES (?1, ?2, ?3, ?4, ?4, ?5, NULL, NULL, NULL)',
  );
  database.exec('BEGIN');
  for (let at = 0; at < count; at += 1) {
    const id = at + 1;
    const state = states[at % states.length] ?? '';
    const about = [`application-${at}`, `PRODUCT-${at % 3}`];
    addFlow.run(id, 'acme', uuidOf(at), ...about, at, at, state, state, state, state, at);
    ['aadhaar', 'pan', 'invoice'].forEach((name, place) => void addDocument.run(id, name, place));
    addEvent.run('acme', 2 * id - 1, 'FLOW_OPENED', at, uuidOf(at));
    addEvent.run('acme', 2 * id, 'DOCUMENTS_SUBMITTED', at, uuidOf(at));
  }
  database.prepare('INSERT INTO logs VALUES (?, 1, ?, ?)').run('acme', 2 * count, count);
  database.exec('COMMIT');
  database.close();
}

/** Opens a flow, feeds it and sees it change, as the gateway does. */
async function openFlow({ flows }: Store, at: number): Promise<void> {
  const uuid = `LOS-new-${at}`;
  await flows.open(acme, {
    uuid,
    applicationId: `application-${at}`,
    productType: 'PRODUCT-1',
    isCalledBack: true,
    reference: `reference-${at}`,
    at,
  });
  await flows.upload(acme, uuid, { documentIds: ['aadhaar', 'pan', 'invoice'], at });
  const status = { state: 'SUCCESS', upload: 'x', processing: 'x', crossCheck: 'x' };
  await flows.recordStatus(acme, uuid, { status, version: 1, at, source: 'POLL', hasEnded: false });
}

/** Reads the whole list, page by page. */
async function readAll({ flows }: Store): Promise<number> {
  let read = 0;
  for (let after: FlowCursor | undefined; ; ) {
    const page = await flows.page(acme, { first: 100, ...(after ? { after } : {}) });
    read += page.entries.length;
    after = page.entries.at(-1);
    if (!page.hasNext) return read;
  }
}

function uuidOf(place: number): string {
  return `LOS-${String((place * 7_919) % 1_000_003).padStart(32, '0')}`;
}

function placeOf(at: number): FlowCursor {
  return { createdAt: at, uuid: uuidOf(at) };
}

/** The median and the worst of a hundredth of what an act takes, in milliseconds. */
async function time(act: (run: number) => Promise<unknown>): Promise<readonly [number, number]> {
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const startedAt = performance.now();
    await act(run);
    times.push(performance.now() - startedAt);
  }
  times.sort((one, other) => one - other);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? Number.NaN;
  return [at(0.5), at(0.99)];
}

function residentMiB(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss() / 1024 / 1024;
}

const directory = mkdtempSync(join(tmpdir(), 'atlas-gateway-bench-'));
const rows: string[] = [];
const row = (what: string, ...cells: string[]) => rows.push(`| ${[what, ...cells].join(' | ')} |`);
const ms = (value: number) => value.toFixed(2);

try {
  await openSqliteStore({ directory }).close();
  const before = residentMiB();
  fill();
  const startedAt = performance.now();
  const store = openSqliteStore({ directory });
  const openMs = performance.now() - startedAt;
  const opened = residentMiB();
  await readAll(store);
  const afterReading = residentMiB();

  const pages: readonly (readonly [string, Omit<FlowQuery, 'first'>])[] = [
    ['all', {}],
    ['two states', { filter: { states: ['IN_PROGRESS', 'FAILED'] } }],
    ['a product type and a state', { filter: { productType: 'PRODUCT-1', states: ['SUCCESS'] } }],
    ['an application', { filter: { applicationId: `application-${count / 2}` } }],
    ['the oldest first', { isOldestFirst: true }],
  ];
  for (const [what, query] of pages) {
    for (const [where, after] of [
      ['begin', undefined],
      ['middle', placeOf(count / 2)],
      ['end', placeOf(query.isOldestFirst ? count - 300 : 300)],
    ] as const) {
      const whole = { ...query, first: 100, ...(after ? { after } : {}) };
      const [p50, p99] = await time(() => store.flows.page(acme, whole));
      row(`a page of 100, ${what}, at the ${where}`, ms(p50), ms(p99));
    }
  }
  const found = await time(async (run) => store.flows.find(acme, uuidOf(run * 400)));
  row('a flow with its documents', ...found.map(ms));
  const seen = await time((run) => {
    const status = { state: 'SUCCESS', upload: 'x', processing: 'x', crossCheck: 'x' };
    const version = 2 + run;
    return store.flows.recordStatus(acme, uuidOf(run * 400), {
      status,
      version,
      at: 1,
      source: 'POLL',
      hasEnded: false,
    });
  });
  row('a change of status, written', ...seen.map(ms));
  const written = await time((run) => openFlow(store, count + run));
  row('a flow opened, fed and seen, on the disk', ...written.map(ms));
  const forgotten = await time(() =>
    store.forget({ flowsBefore: count, keysBefore: 0, grantsBefore: 0, eventsBefore: 0 }, 20),
  );
  row('twenty flows forgotten', ...forgotten.map(ms));
  await store.close();
  const { size } = statSync(join(directory, 'atlas-gateway.sqlite'));

  process.stdout.write(
    `${[
      `Node ${process.version}, ${availableParallelism()} processors, load ${loadavg()[0]?.toFixed(1)}, ${count} flows of three documents, ${(size / 1024 / 1024).toFixed(0)} MiB.`,
      '',
      '| | p50, ms | p99, ms |',
      '| --- | --- | --- |',
      ...rows,
      '',
      `Opened, and checked for damage, in ${openMs.toFixed(0)} ms. Resident: ${before.toFixed(0)} MiB before there were any, ${opened.toFixed(0)} MiB once it was opened, ${afterReading.toFixed(0)} MiB after every page was read.`,
    ].join('\n')}\n`,
  );
} finally {
  rmSync(directory, { recursive: true, force: true });
}

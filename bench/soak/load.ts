import { pause } from '../clock.ts';
import { serveDuties } from '../processes.ts';
import { createSoakClient, type SoakClient } from './client.ts';
import type { Failure } from './faults.ts';
import { operations } from './operations.ts';
import { createRandom, pickFrom } from './random.ts';

export interface LoadOptions {
  readonly url: string;
  /** By tenant. */
  readonly keys: Readonly<Record<string, string>>;
  readonly seed: number;
  /** Loans that are worked on at once, and apps that read, for each tenant. */
  readonly loans: number;
  readonly readers: number;
}

export interface LoadReport {
  /** How many operations are over, by name and transport. */
  readonly done: Readonly<Record<string, number>>;
  /** How many flows and batches were made. */
  readonly made: number;
  readonly failures: readonly Failure[];
}

/** The newest flows that can be read. */
interface Pool {
  readonly flows: string[];
  readonly bulk: string[];
  readonly docstream: string[];
}

const mostInPool = 50;
const readPauseMs = 60;
/** Within this a flow of the sandbox has long ended. */
const endMs = 20_000;
const files = ['aadhaar.jpg', 'pan.jpg', 'invoice.pdf'].map((name) => ({
  documentId: name,
  url: `https://files.example/${name}`,
}));

const done: Record<string, number> = {};
const failures: Failure[] = [];
let made = 0;
let isOver = false;
let running: Promise<unknown> = Promise.resolve();

export type LoadDuties = typeof duties;

const duties = {
  begin({ url, keys, seed, loans, readers }: LoadOptions): void {
    const random = createRandom(seed);
    const runs = Object.entries(keys).flatMap(([tenant, key]) => {
      const client = createSoakClient({
        url,
        tenant,
        key,
        onDone(operation, transport, failed) {
          const name = `${operation}, ${transport}`;
          done[name] = (done[name] ?? 0) + 1;
          failures.push(...failed);
        },
      });
      const pool: Pool = { flows: [], bulk: [], docstream: [] };
      return [
        ...Array.from({ length: loans }, () => workOnLoans(client, pool, random)),
        ...Array.from({ length: readers }, () => keepReading(client, pool, random)),
      ];
    });
    running = Promise.all(runs);
  },
  /** Begins nothing more, and answers when all is over. */
  async end(): Promise<LoadReport> {
    isOver = true;
    await running;
    return { done, made, failures };
  },
};

serveDuties(duties);

async function workOnLoans(client: SoakClient, pool: Pool, random: () => number): Promise<void> {
  while (!isOver) {
    await pause(500 + 3_000 * random());
    if (random() < 0.6) await workOnFlow(client, pool, random);
    else await workOnBatch(client, pool, random);
  }
}

async function workOnFlow(client: SoakClient, pool: Pool, random: () => number): Promise<void> {
  const input = { applicationId: `application-${Math.floor(random() * 1e9)}` };
  const opened = await client.ask(operations.createFlow, { input });
  const uuid: string | undefined = opened?.createFlow.flow.uuid;
  if (uuid === undefined) return;
  keep(pool.flows, uuid);
  const { flowUpdated, flowUpdatedWithDocuments } = operations;
  const watch = random() < 0.5 ? flowUpdated : flowUpdatedWithDocuments;
  const uploaded = client.ask(operations.uploadDocuments, { input: { flowUuid: uuid, files } });
  const isEndDue = random() < 0.5 && (await uploaded) !== undefined;
  const mostMs = isEndDue ? endMs : 1_000 * random();
  await client.read(watch, { uuid }, { transport: toTransport(random), mostMs, isEndDue });
  await uploaded;
}

async function workOnBatch(client: SoakClient, pool: Pool, random: () => number): Promise<void> {
  const isBulk = random() < 0.5;
  const create = isBulk ? operations.createBulk : operations.createDocstream;
  const watch = isBulk ? operations.bulkUpdated : operations.docstreamUpdated;
  const created = await client.ask(create, { files });
  const batchId: string | undefined = created?.createBatch.batch.batchId;
  if (batchId === undefined) return;
  keep(isBulk ? pool.bulk : pool.docstream, batchId);
  const isEndDue = random() < 0.5;
  const mostMs = isEndDue ? endMs : 1_000 * random();
  await client.read(watch, { batchId }, { transport: toTransport(random), mostMs, isEndDue });
}

async function keepReading(client: SoakClient, pool: Pool, random: () => number): Promise<void> {
  while (!isOver) {
    await pause(2 * readPauseMs * random());
    const part = random();
    if (part < 0.5) await readOne(pool.flows, (uuid) => client.ask(operations.flow, { uuid }));
    else if (part < 0.65)
      await readOne(pool.bulk, (batchId) => client.ask(operations.bulk, { batchId }));
    else if (part < 0.8)
      await readOne(pool.docstream, (batchId) => client.ask(operations.docstream, { batchId }));
    else {
      const number = Math.floor(random() * 1_000);
      const pair = { source: `${number} Sample Road, Testpur`, target: '7 Sample Road, Testpur' };
      await client.ask(operations.addressMatch, pair);
    }
  }

  async function readOne(ids: readonly string[], read: (id: string) => Promise<unknown>) {
    const [first, ...rest] = ids;
    if (first !== undefined) await read(pickFrom([first, ...rest], random));
  }
}

function toTransport(random: () => number): 'WebSocket' | 'event stream' {
  return random() < 0.5 ? 'WebSocket' : 'event stream';
}

function keep(ids: string[], id: string): void {
  made += 1;
  ids.push(id);
  if (ids.length > mostInPool) ids.shift();
}

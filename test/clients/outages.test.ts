import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as pass } from 'node:timers/promises';
import { type Sandbox, startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { type Network, startNetwork } from '../support/clients/network.ts';
import { type Watcher, watchers } from '../support/clients/watchers.ts';
import {
  apiKey,
  createFlow,
  type Replica,
  startReplica,
} from '../support/fleet/fleet-processes.ts';
import { openProvider, type Provider } from '../support/identity/open-provider.ts';

/** How soon after the network's return the end has to be seen. */
const promisedMs = 10_000;
/** How long a client that comes back late is waited for. */
const lateMs = 45_000;
const isLong = process.env.TEST_LONG === '1';
/** How long the gateway is away; a minute is longer than the patience of any default. */
const awayMs = isLong ? 60_000 : 4_000;
/** Shorter than two heartbeats: when it is over, no client has found out by itself. */
const cutMs = isLong ? 60_000 : 1_000;

interface World {
  readonly gateway: Replica;
  readonly network: Network;
  readonly sandbox: Sandbox;
  readonly provider: Provider;
}

/** A gateway as a process, behind a network, with an Atlas whose flows end when they are told to. */
async function openWorld(t: TestContext): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'outage-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const sandbox = await startSandbox({ stageMs: 3_600_000 });
  t.after(() => sandbox.close());
  const provider = await openProvider(t);
  const gateway = await startReplica(t, {
    ATLAS_BASE_URL: sandbox.url,
    DATA_DIR: folder,
    POLL_INTERVAL_MS: '200',
    ...provider.env,
  });
  return { gateway, sandbox, provider, network: await startNetwork(t, gateway.url) };
}

interface Outage {
  /** The first token that clients are given; every later one is good. */
  firstToken(world: World): Promise<string>;
  /** Fulfilled once the network is back. `endFlows` ends all flows while no client can be told. */
  happen(world: World, endFlows: () => void, token: string): Promise<void>;
}

const lastingToken = async () => apiKey;

const outages = {
  restart: {
    firstToken: lastingToken,
    async happen({ gateway, network }, endFlows) {
      await gateway.stop();
      await network.refuse();
      endFlows();
      await pass(awayMs);
      await gateway.restart();
      await network.restore();
    },
  },
  crash: {
    firstToken: lastingToken,
    async happen({ gateway, network }, endFlows) {
      await gateway.kill();
      await network.refuse();
      endFlows();
      await pass(awayMs);
      await gateway.restart();
      await network.restore();
    },
  },
  'silent cut': {
    firstToken: lastingToken,
    async happen({ network }, endFlows) {
      network.cutSilently();
      endFlows();
      await pass(cutMs);
      await network.restore();
    },
  },
  'key ended': {
    // The gateway takes it for five seconds more.
    firstToken: ({ provider }) =>
      provider.sign({ tenant: 'default', exp: Math.floor(Date.now() / 1000) + 5 }),
    async happen({ gateway, network }, endFlows, token) {
      await network.refuse();
      endFlows();
      while ((await statusFor(gateway, token)) !== 401) await pass(100);
      await network.restore();
    },
  },
} satisfies Record<string, Outage>;

async function statusFor({ url }: Replica, token: string): Promise<number> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: '{ viewer { callerId } }' }),
  });
  await response.body?.cancel();
  return response.status;
}

interface Watching {
  readonly name: string;
  readonly uuid: string;
  /** Fulfilled when the client has told of the end. */
  readonly noticed: Promise<void>;
}

/** Has each client watch a flow of its own, and waits until each has told of its start. */
async function watchAll(t: TestContext, world: World, token: string): Promise<Watching[]> {
  const { gateway, network, provider } = world;
  const starting = Object.entries<Watcher>(watchers).map(async ([name, watch]) => {
    let isFirst = true;
    const getToken = async () => {
      const given = isFirst ? token : await provider.sign({ tenant: 'default' });
      isFirst = false;
      return given;
    };
    const { data } = await gateway.ask(createFlow, { input: { applicationId: name } });
    const uuid: string = data.createFlow.flow.uuid;
    const [started, noticed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const onState = (state: string) => {
      started.resolve();
      if (state === 'SUCCESS') noticed.resolve();
    };
    const stop = watch({ url: network.url, getToken, token, uuid }, { onState, onOver() {} });
    t.after(() => void stop());
    await started.promise;
    return { name, uuid, noticed: noticed.promise };
  });
  return Promise.all(starting);
}

/** False after so long, unless the test is over before. */
const within = (ms: number) => pass(ms, false, { ref: false });

/** The promises of the guide: a row for each client, a column for each outage. */
async function readPromises(): Promise<Map<string, Map<string, string>>> {
  const guide = await readFile(new URL('../../docs/guides/frontend.md', import.meta.url), 'utf8');
  const rows = guide
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
  const start = rows.findIndex(([first]) => first === 'client');
  const [, ...columns] = rows[start] ?? [];
  const names = Object.keys(watchers);
  const table = rows.slice(start + 2, start + 2 + names.length);
  return new Map(
    table.map(([name = '', ...cells]) => [
      name,
      new Map(columns.map((column, place) => [column, cells[place] ?? ''])),
    ]),
  );
}

const promises = await readPromises();

test('the table of the guide has a row for each client and a column for each outage', () => {
  assert.deepEqual([...promises.keys()], Object.keys(watchers));
  for (const cells of promises.values()) {
    assert.deepEqual([...cells.keys()], Object.keys(outages));
    for (const cell of cells.values()) assert.match(cell, /^(seen|late|missed)$/);
  }
});

suite('outages', { concurrency: true }, () => {
  for (const [name, outage] of Object.entries<Outage>(outages)) {
    test(`after a ${name} each client sees the end of a flow as the guide says`, async (t) => {
      const world = await openWorld(t);
      const token = await outage.firstToken(world);
      const watching = await watchAll(t, world, token);

      const endFlows = () => {
        for (const { uuid } of watching) world.sandbox.finishFlow(uuid, 'SUCCESS');
      };
      await outage.happen(world, endFlows, token);

      const outcomes = watching.map(async ({ name: client, noticed }) => {
        const isSeen = await Promise.race([noticed.then(() => true), within(promisedMs)]);
        if (promises.get(client)?.get(name) !== 'late') return [client, isSeen ? 'seen' : 'missed'];
        // Its waits are random: it may come back within the time, but cannot be relied upon.
        const isLate = await Promise.race([noticed.then(() => true), within(lateMs)]);
        return [client, isLate ? 'late' : 'missed'];
      });
      const promised = [...promises].map(([client, cells]) => {
        const cell = cells.get(name);
        return [client, isLong && cell === 'late' ? 'missed' : cell];
      });
      assert.deepEqual(await Promise.all(outcomes), promised);
    });
  }
});

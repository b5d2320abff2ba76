import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { groups } from '../support/negative/groups.ts';
import { outcomeOn, type Row, type WireName, wireNames } from '../support/negative/row.ts';
import { openRowSocket, openSilentSocket, subprotocols } from '../support/negative/socket-wire.ts';
import { accepts, type CameBack, exchange, reserve, wires } from '../support/negative/wires.ts';
import { openWorld, type World } from '../support/negative/world.ts';
import { limitFiles, whyNoFileLimit } from '../support/server/file-limit.ts';
import { overWebSocket, transports } from '../support/server/transports.ts';
import { makeDirectory } from '../support/store/adapters.ts';

const timeout = 120_000;
for (const wire of wireNames) {
  for (const group of groups) {
    const { isRegisterFull = false } = group;
    const skip = isRegisterFull && whyNoFileLimit();
    test(`over ${wire}: ${group.what}`, { timeout, skip }, async (t) => {
      const env = { ...group.env, ...(isRegisterFull ? { DATA_DIR: makeDirectory(t) } : {}) };
      const world = await openWorld(t, { env });
      // Bystanders, who are to notice nothing.
      const watching = await Promise.all(
        [overWebSocket, transports['a stream of events']].map(async (subscribe) => {
          const subscription = await subscribe?.(t, world, world.things.flow);
          await subscription?.next();
          return subscription;
        }),
      );
      if (isRegisterFull) {
        limitFiles(process.pid, 4_096);
        t.after(() => limitFiles(process.pid, null));
      }
      for (const row of group.rows) {
        const outcome = outcomeOn(row, wire);
        if (outcome === undefined) continue;
        await t.test(row.what, async (t) => {
          const cameBack = await send(t, wire, world, row);
          assert.equal(cameBack.outcome, outcome);
          if (row.message !== undefined && cameBack.message !== undefined) {
            assert.equal(cameBack.message, row.message);
          }
          for (const line of cameBack.head ?? []) {
            assert.ok(row.withoutHeader === undefined || !line.startsWith(row.withoutHeader), line);
          }
          const asked = world.sandbox.calls.map(({ name }) => name);
          const unasked = asked.filter((name) => !row.atlas?.includes(name));
          assert.deepEqual(unasked, [], 'calls of Atlas');
          const { data } = await world.ask('{ viewer { tenantId } }');
          assert.deepEqual(data, { viewer: { tenantId: 'acme' } });
        });
      }
      world.sandbox.finishFlow(world.things.flow, 'SUCCESS');
      for (const subscription of watching) {
        const { data } = (await subscription?.next()) ?? {};
        assert.equal(data.flowUpdated.status.state, 'SUCCESS');
      }
      assertNothingLeaked(world);
    });
  }
}

async function send(t: TestContext, wire: WireName, world: World, row: Row): Promise<CameBack> {
  const { as = 'acme', passesMs = 0 } = row;
  const credential = world.credentials.get(as) ?? '';
  const address = { url: world.graphqlUrl, credential };
  const sent = row.sent(world.things);
  await prepare(t, wire, world, row);
  const { before = 0, held = 0 } = row.others === undefined ? row : {};
  const pass = () => world.pass(passesMs);
  if (wire !== 'WebSocket' && wire !== 'older WebSocket') {
    for (let count = 0; count < held; count += 1) await hold(t, world, credential);
    for (let count = 0; count < before; count += 1) await wires[wire](t, address, sent);
    world.sandbox.clearCalls();
    return await wires[wire](t, address, sent, pass);
  }
  const isSilent = () => world.pass(sent.silentMs ?? 0);
  const socket = await openRowSocket(t, address, sent, subprotocols[wire], isSilent);
  world.sandbox.clearCalls();
  if ('outcome' in socket) return socket;
  const beside = await watchBeside(world, row, socket);
  for (let count = 0; count < held; count += 1) {
    assert.ok(await socket.subscribe(await flowFor(world, credential)));
  }
  for (let count = 0; count < before; count += 1) await socket.send(sent);
  await pass();
  world.sandbox.clearCalls();
  const cameBack = await socket.send(sent);
  if (!cameBack.outcome.startsWith('closed')) {
    assert.ok(await socket.goesOn(), 'the socket and what runs on it');
  }
  if (beside) socket.close();
  return cameBack;
}

/** Opens and sends what is there before the row: by others, and on other connections. */
async function prepare(t: TestContext, wire: WireName, world: World, row: Row): Promise<void> {
  const { as = 'acme', others, before = 0, held = 0, connections = 0, silent = 0 } = row;
  const credential = world.credentials.get(others ?? as) ?? '';
  const address = { url: world.graphqlUrl, credential };
  for (let count = 0; count < silent; count += 1) await openSilentSocket(t, address);
  for (let count = 0; count < connections; count += 1) {
    if (wire === 'WebSocket' || wire === 'older WebSocket') {
      const socket = await openRowSocket(t, address, {}, subprotocols[wire]);
      assert.ok('send' in socket, 'a connection within the limit');
    } else assert.equal((await reserve(t, address)).status, 201);
  }
  if (others === undefined) return;
  for (let count = 0; count < held; count += 1) await hold(t, world, credential);
  for (let count = 0; count < before; count += 1) {
    const { outcome } = await wires.HTTP(t, address, { query: '{ __typename }' });
    assert.equal(outcome, '200 {"__typename":"Query"}');
  }
}

/** An operation of the same caller on the same socket; whose places are counted has none. */
async function watchBeside(
  { watched, credentials, as }: World,
  row: Row,
  socket: Extract<Awaited<ReturnType<typeof openRowSocket>>, { send: unknown }>,
): Promise<boolean> {
  if (row.before !== undefined || row.held !== undefined || row.passesMs !== undefined) return true;
  const { data } = await as(credentials.get(row.as ?? 'acme') ?? '').ask('{ viewer { tenantId } }');
  const flow = watched[data.viewer.tenantId];
  if (flow !== undefined) await socket.subscribe(flow);
  return true;
}

/** Opens a subscription that stays. */
async function hold(t: TestContext, world: World, credential: string): Promise<void> {
  const uuid = await flowFor(world, credential);
  await exchange(t, {
    url: world.graphqlUrl,
    method: 'POST',
    lines: [
      `Authorization: Bearer ${credential}`,
      'Content-Type: application/json',
      `Accept: ${accepts.SSE}`,
    ],
    body: JSON.stringify({ query: `subscription { flowUpdated(uuid: "${uuid}") { uuid } }` }),
    isHeld: true,
  });
}

function flowFor(world: World, credential: string): Promise<string> {
  return world.as(credential).openFlow();
}

/** No credential is in the log, whoever sent it and wherever. */
function assertNothingLeaked(world: World): void {
  const log = JSON.stringify(world.logLines());
  for (const [name, credential] of world.credentials) {
    assert.ok(credential === '' || !log.includes(credential), `${name} is in the log`);
  }
}

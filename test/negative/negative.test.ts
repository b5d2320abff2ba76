import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { groups } from '../support/negative/groups.ts';
import { outcomeOn, type Row, type WireName, wireNames } from '../support/negative/row.ts';
import { openRowSocket, subprotocols } from '../support/negative/socket-wire.ts';
import { accepts, type CameBack, exchange, wires } from '../support/negative/wires.ts';
import { openWorld, type World } from '../support/negative/world.ts';
import { overWebSocket, transports } from '../support/server/transports.ts';

const timeout = 120_000;
for (const wire of wireNames) {
  for (const group of groups) {
    test(`over ${wire}: ${group.what}`, { timeout }, async (t) => {
      const { env = {} } = group;
      const world = await openWorld(t, { env });
      // Bystanders, who are to notice nothing.
      const watching = await Promise.all(
        [overWebSocket, transports['a stream of events']].map(async (subscribe) => {
          const subscription = await subscribe?.(t, world, world.things.flow);
          await subscription?.next();
          return subscription;
        }),
      );
      for (const row of group.rows) {
        const outcome = outcomeOn(row, wire);
        if (outcome === undefined) continue;
        await t.test(row.what, async (t) => {
          const cameBack = await send(t, wire, world, row);
          assert.equal(cameBack.outcome, outcome);
          if (row.message !== undefined && cameBack.message !== undefined) {
            assert.equal(cameBack.message, row.message);
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
  const { as = 'acme', before = 0, held = 0 } = row;
  const credential = world.credentials.get(as) ?? '';
  const address = { url: world.graphqlUrl, credential };
  const sent = row.sent(world.things);
  if (wire !== 'WebSocket' && wire !== 'older WebSocket') {
    for (let count = 0; count < held; count += 1) await hold(t, world, credential);
    for (let count = 0; count < before; count += 1) await wires[wire](t, address, sent);
    world.sandbox.clearCalls();
    return await wires[wire](t, address, sent);
  }
  const socket = await openRowSocket(t, address, sent, subprotocols[wire]);
  world.sandbox.clearCalls();
  if ('outcome' in socket) return socket;
  const beside = await watchBeside(world, row, socket);
  for (let count = 0; count < held; count += 1) {
    assert.ok(await socket.subscribe(await flowFor(world, credential)));
  }
  for (let count = 0; count < before; count += 1) await socket.send(sent);
  world.sandbox.clearCalls();
  const cameBack = await socket.send(sent);
  if (!cameBack.outcome.startsWith('closed')) {
    assert.ok(await socket.goesOn(), 'the socket and what runs on it');
  }
  if (beside) socket.close();
  return cameBack;
}

/** An operation of the same caller on the same socket; whose places are counted has none. */
async function watchBeside(
  { watched, credentials, as }: World,
  row: Row,
  socket: Extract<Awaited<ReturnType<typeof openRowSocket>>, { send: unknown }>,
): Promise<boolean> {
  if (row.before !== undefined || row.held !== undefined) return true;
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

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { type OpenGateway, openGateway } from '../../support/open-gateway.ts';
import { openStillGateway } from '../../support/schema/still-gateway.ts';
import { overWebSocket, transports, watchFlow } from '../../support/server/transports.ts';

const always = Number.POSITIVE_INFINITY;
const parts = 'state upload isTerminal version freshness { source stale }';
const readFlow = `query ($uuid: String!, $id: ID!) {
  flow(uuid: $uuid) { status { ${parts} } }
  flowsByUuid(uuids: [$uuid]) { status { ${parts} } }
  flows(first: 1) { edges { node { status { ${parts} } } } }
  node(id: $id) { ... on Flow { status { ${parts} } } }
}`;
const underWay = {
  state: 'IN_PROGRESS',
  upload: 'UNKNOWN',
  isTerminal: false,
  freshness: { source: 'CACHE', stale: true },
};

/** The status of a flow by each query that shows one; all must be the same. */
async function readStatus(gateway: OpenGateway, uuid: string) {
  const id = Buffer.from(`Flow:${uuid}`).toString('base64url');
  const { data, errors } = await gateway.ask(readFlow, { uuid, id });
  assert.equal(errors, undefined);
  const [{ node: listed }] = data.flows.edges;
  for (const other of [...data.flowsByUuid, listed, data.node]) {
    assert.deepEqual(other.status, data.flow.status);
  }
  return data.flow.status;
}

/** Has Atlas answer no read until the faults are cleared; a 429 opens no breaker. */
function leave({ sandbox }: OpenGateway): void {
  sandbox.fault('flowStatus', { status: 429 }, always);
  sandbox.fault('flowExtracts', { status: 429 }, always);
}

async function uploadWhileAway(gateway: OpenGateway, uuid: string) {
  leave(gateway);
  const { data, errors } = await gateway.upload(uuid, 'invoice.pdf');
  assert.equal(errors, undefined);
  assert.deepEqual(data.uploadDocuments.userErrors, []);
}

test('a flow that was given its first files is under way while Atlas is away', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.openFlow();
  const { version: before } = await readStatus(gateway, uuid);
  await uploadWhileAway(gateway, uuid);
  const { version, ...status } = await readStatus(gateway, uuid);
  assert.deepEqual(status, underWay);
  assert.ok(version > before);
  gateway.sandbox.clearFaults();
  const after = await readStatus(gateway, uuid);
  assert.equal(after.state, 'IN_PROGRESS');
  assert.equal(after.freshness.stale, false);
  assert.ok(after.version > version);
});

test('a flow that ended and was given more is under way while Atlas is away', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow(['pan.jpg']);
  const ended = await readOne(gateway, uuid);
  assert.equal(ended.state, 'SUCCESS');
  await uploadWhileAway(gateway, uuid);
  const { version, ...status } = await readStatus(gateway, uuid);
  assert.deepEqual(status, underWay);
  assert.ok(version > ended.version);
  gateway.sandbox.clearFaults();
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  await gateway.sandbox.waitForCallback(uuid, 2);
  const again = await readOne(gateway, uuid);
  assert.equal(again.state, 'SUCCESS');
  assert.ok(again.version > version);
});

test('an upload whose answer was lost ends what was known of the end', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow(['pan.jpg']);
  gateway.sandbox.fault('uploadToFlow', { hangUp: 'after' });
  leave(gateway);
  const { errors } = await gateway.upload(uuid, 'invoice.pdf');
  assert.equal(errors?.[0]?.extensions.code, 'OUTCOME_UNKNOWN');
  const { data } = await gateway.ask(
    `query ($uuid: String!) { flow(uuid: $uuid) { status { ${parts} } } }`,
    { uuid },
  );
  const { version: _, ...status } = data.flow.status;
  assert.deepEqual(status, underWay);
});

test('a flow that was under way stays as it was seen, stale', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.openFlow();
  await gateway.upload(uuid, 'pan.jpg');
  const { version, ...seen } = await readStatus(gateway, uuid);
  assert.equal(seen.upload, 'IN_PROGRESS');
  await uploadWhileAway(gateway, uuid);
  const stale = { source: 'CACHE', stale: true };
  assert.deepEqual(await readStatus(gateway, uuid), { version, ...seen, freshness: stale });
});

test('a flow that Atlas was never asked for is as it was opened', async (t) => {
  const gateway = await openStillGateway(t);
  leave(gateway);
  const uuid = await gateway.openFlow();
  const { state, freshness } = await readStatus(gateway, uuid);
  assert.deepEqual([state, freshness.stale], ['NOT_STARTED', true]);
  await uploadWhileAway(gateway, uuid);
  const { version: _, ...status } = await readStatus(gateway, uuid);
  assert.deepEqual(status, underWay);
});

test('a process that starts anew tells of a flow what the register has', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'known-flow-'));
  const env = { DATA_DIR: directory };
  const first = await openStillGateway(t, { env });
  t.after(() => rm(directory, { recursive: true }));
  const ended = await first.finishedFlow(['pan.jpg'], 'application-1');
  const given = await first.finishedFlow(['pan.jpg'], 'application-2');
  const { version } = await readOne(first, given);
  await uploadWhileAway(first, given);
  await first.app.close();

  const second = await openGateway(t, { env, atlas: first.sandbox });
  const status = await readOne(second, ended);
  assert.deepEqual([status.state, status.freshness.stale], ['SUCCESS', true]);
  const { version: now, ...rest } = await readOne(second, given);
  assert.deepEqual(rest, underWay);
  assert.ok(now > version);
});

async function readOne(gateway: OpenGateway, uuid: string) {
  const query = `query ($uuid: String!) { flow(uuid: $uuid) { status { ${parts} } } }`;
  return (await gateway.ask(query, { uuid })).data.flow.status;
}

test('a flow that nobody knows is an error while Atlas is away', async (t) => {
  const gateway = await openStillGateway(t);
  leave(gateway);
  const { data, errors } = await gateway.ask('{ flow(uuid: "LOS-of-nobody") { uuid } }');
  assert.equal(data.flow, null);
  assert.equal(errors?.[0]?.extensions.code, 'ATLAS_UNAVAILABLE');
});

const watchStatus = watchFlow.replace('status { state }', `status { ${parts} }`);
const streams = {
  ...transports,
  'a WebSocket': (t: TestContext, gateway: OpenGateway, uuid: string) =>
    overWebSocket(t, gateway, uuid, watchStatus),
};
for (const [name, subscribe] of Object.entries(streams)) {
  test(`${name} tells a flow that ended and was given more as under way, then its end`, async (t) => {
    const gateway = await openStillGateway(t);
    const uuid = await gateway.finishedFlow(['pan.jpg']);
    await uploadWhileAway(gateway, uuid);
    const reading = await subscribe(t, gateway, uuid);
    const states: string[] = [(await reading.next()).data?.flowUpdated.status.state];
    assert.deepEqual(states, ['IN_PROGRESS']);
    gateway.sandbox.clearFaults();
    gateway.sandbox.finishFlow(uuid, 'SUCCESS');
    while (states.at(-1) !== 'SUCCESS') {
      states.push((await reading.next()).data?.flowUpdated.status.state);
    }
    assert.ok(states.slice(0, -1).every((state) => state === 'IN_PROGRESS'));
  });
}

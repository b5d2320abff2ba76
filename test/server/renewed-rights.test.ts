import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openGateway } from '../support/open-gateway.ts';
import { openParts } from '../support/server/part-reader.ts';
import type { Message, RawSocket } from '../support/server/raw-socket.ts';
import { keys, nextState, openRenewals, ping, watchState } from '../support/server/renewals.ts';
import { transports } from '../support/server/transports.ts';

const timeout = 20_000;
const watchNames = `subscription ($uuid: String!) {
  flowUpdated(uuid: $uuid) {
    status { state }
    documents { documentId extraction { fields { name value isMasked } } }
  }
}`;
const watchDocuments =
  'subscription ($uuid: String!) { flowUpdated(uuid: $uuid) { documents { documentId } } }';

/** The next message of each operation by its id. */
async function nextOf(socket: RawSocket, ...ids: string[]): Promise<Map<string, Message>> {
  const told = new Map<string, Message>();
  while (!ids.every((id) => told.has(id))) {
    const message = await socket.next();
    told.set(message.id, message);
  }
  return told;
}

test('a newer token with fewer scopes ends the subscriptions that need them, and no other', {
  timeout,
}, async (t) => {
  const { gateway, uuid, sign, enter, endFlow } = await openRenewals(t);
  const { data } = await gateway.acme.ask(
    'mutation { createBatch(input: { files: [{ documentId: "d", url: "https://files.example/d.pdf" }] }) { batch { batchId } } }',
  );
  const { batchId } = data.createBatch.batch;
  const socket = await enter(await sign(60, 'flows:read batches:read pii:read'));
  socket.subscribe('flow', watchState, { uuid });
  socket.subscribe(
    'batch',
    'subscription ($batchId: String!) { batchUpdated(batchId: $batchId) { batchId } }',
    { batchId },
  );
  await nextOf(socket, 'flow', 'batch');

  socket.send({
    type: 'ping',
    payload: { authorization: `Bearer ${await sign(60, 'flows:read')}` },
  });
  const { type, id, payload } = await socket.next();
  assert.deepEqual([type, id, payload[0].extensions.code], ['error', 'batch', 'FORBIDDEN']);
  assert.ok(payload[0].extensions.requestId);
  assert.equal((await socket.next()).type, 'pong');
  await endFlow();

  assert.equal(await nextState(socket), 'SUCCESS');
});

test('no personal data is shown in full once pii:read was lost, and a status goes on', {
  timeout,
}, async (t) => {
  const { clock, gateway, uuid, sign, enter, endFlow } = await openRenewals(t);
  await gateway.acme.ask(
    'mutation ($uuid: String!) { uploadDocuments(input: { flowUuid: $uuid, files: [{ documentId: "pan.pdf", url: "https://files.example/pan.pdf" }] }) { userErrors { code } } }',
    { uuid },
  );
  const socket = await enter(await sign(60, 'flows:read pii:read'));
  socket.subscribe('state', watchState, { uuid });
  socket.subscribe('names', watchNames, { uuid });
  await nextOf(socket, 'state', 'names');
  await clock.advance(2_000);

  await ping(socket, await sign(60, 'flows:read'));
  await endFlow();
  const last = new Map<string, Message>();
  const over = new Set<string>();
  while (over.size < 2) {
    const message = await socket.next();
    if (message.type === 'complete' || message.type === 'error') over.add(message.id);
    if (message.type !== 'complete') last.set(message.id, message);
  }

  assert.equal(last.get('state')?.payload.data.flowUpdated.status.state, 'SUCCESS');
  assert.equal(last.get('names')?.type, 'error');
  assert.equal(last.get('names')?.payload[0].extensions.code, 'FORBIDDEN');
});

test('further scopes widen nothing that runs, and hold for what begins afterwards', {
  timeout,
}, async (t) => {
  const { gateway, uuid, sign, enter, endFlow } = await openRenewals(t);
  await gateway.acme.ask(
    'mutation ($uuid: String!) { uploadDocuments(input: { flowUuid: $uuid, files: [{ documentId: "pan.pdf", url: "https://files.example/pan.pdf" }] }) { userErrors { code } } }',
    { uuid },
  );
  const socket = await enter(await sign(60, 'flows:read'));
  socket.subscribe('before', watchNames, { uuid });
  await nextOf(socket, 'before');
  await ping(socket, await sign(600, 'flows:read pii:read'));
  await endFlow();
  socket.subscribe('after', watchNames, { uuid });

  const masks = new Map<string, Set<boolean>>();
  for (let completed = 0; completed < 2; ) {
    const { type, id, payload } = await socket.next();
    if (type === 'complete') completed += 1;
    for (const { extraction } of payload?.data?.flowUpdated.documents ?? []) {
      const shown = (extraction?.fields ?? []).map(({ isMasked }: Message) => isMasked);
      masks.set(id, new Set([...(masks.get(id) ?? []), ...shown]));
    }
  }

  assert.equal(masks.get('before')?.has(true), true);
  assert.equal(masks.get('after')?.has(true), false);
});

test('a newer grant without documents ends what shows them, and a status goes on', {
  timeout,
}, async (t) => {
  const { gateway, uuid, enter, endFlow } = await openRenewals(t);
  const issue = async (flowUuid: string, canReadDocuments: boolean, key = gateway.apiKey) => {
    const { data } = await gateway
      .as(key)
      .ask('mutation ($input: IssueFlowGrantInput!) { issueFlowGrant(input: $input) { token } }', {
        input: { flowUuid, canReadDocuments, ttlSeconds: 900 },
      });
    return data.issueFlowGrant.token;
  };
  const socket = await enter(await issue(uuid, true));
  socket.subscribe('state', watchState, { uuid });
  socket.subscribe('documents', watchDocuments, { uuid });
  await nextOf(socket, 'state', 'documents');
  const elsewhere = await gateway.acme.openFlow('application-2');
  for (const token of [await issue(elsewhere, true), await issue(uuid, true, keys.backend)]) {
    assert.equal((await ping(socket, token)).errors[0].extensions.code, 'FORBIDDEN');
  }

  socket.send({ type: 'ping', payload: { token: await issue(uuid, false) } });
  const { type, id, payload } = await socket.next();
  assert.deepEqual([type, id, payload[0].extensions.code], ['error', 'documents', 'FORBIDDEN']);
  assert.equal((await socket.next()).type, 'pong');
  await endFlow();

  assert.equal(await nextState(socket), 'SUCCESS');
});

test('a query that is under way with a scope that was lost is refused', {
  timeout,
}, async (t) => {
  const { clock, uuid, sign, enter } = await openRenewals(t);
  const socket = await enter(await sign(60, 'flows:read pii:read'));
  socket.subscribe(
    'wait',
    'query ($uuid: String!) { waitForFlow(uuid: $uuid, timeoutMs: 2000) { uuid } }',
    { uuid },
  );
  await socket.isHeard();
  await ping(socket, await sign(60, 'flows:read'));
  await clock.advance(5_000);
  const { payload } = await socket.next();
  assert.equal(payload.data, null);
  assert.equal(payload.errors[0].extensions.code, 'UNAUTHENTICATED');
});

for (const [name, subscribe] of Object.entries(transports)) {
  test(`over ${name} the first event alone tells until when the key holds`, async (t) => {
    const gateway = await openGateway(t, { sandbox: { stageMs: 3_600_000 } });
    const uuid = await gateway.openFlow();
    const [one, other] = [
      await subscribe(t, gateway, uuid, watchState),
      await subscribe(t, gateway, uuid, watchState),
    ];
    for (const { next } of [one, other]) {
      const { data, extensions } = await next();
      assert.ok(data.flowUpdated);
      assert.deepEqual(Object.keys(extensions), ['atlas', 'cost', 'session']);
      assert.deepEqual(extensions.session, { expiresAt: null });
    }
    gateway.sandbox.finishFlow(uuid, 'SUCCESS');
    for (const { next } of [one, other]) {
      const { data, extensions } = await next();
      assert.equal(data.flowUpdated.status.state, 'SUCCESS');
      assert.equal('session' in extensions, false);
    }
  });
}

test('the first part of a multipart answer tells until when a grant holds', async (t) => {
  const gateway = await openGateway(t, { sandbox: { stageMs: 3_600_000 } });
  const uuid = await gateway.openFlow();
  const { data } = await gateway.ask(
    'mutation ($uuid: String!) { issueFlowGrant(input: { flowUuid: $uuid }) { token expiresAt } }',
    { uuid },
  );
  const { token, expiresAt } = data.issueFlowGrant;
  const headers = { ...gateway.headers, authorization: `Bearer ${token}` };
  const body = { query: watchState, variables: { uuid } };
  const parts = await openParts(t, { graphqlUrl: gateway.graphqlUrl, headers }, body);
  assert.deepEqual((await parts.next()).payload.extensions.session, { expiresAt });
});

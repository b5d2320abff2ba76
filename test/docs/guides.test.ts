import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mock, type TestContext, test } from 'node:test';
import { createApollo } from '../../docs/guides/samples/apollo.ts';
import { issueGrant } from '../../docs/guides/samples/grant-backend.ts';
import { createSocket } from '../../docs/guides/samples/graphql-ws.ts';
import { createClient, openFlow, showFlow } from '../../docs/guides/samples/kit.ts';
import { watchList } from '../../docs/guides/samples/lists.ts';
import { wakeInTime } from '../../docs/guides/samples/react-native.ts';
import { renewInTime } from '../../docs/guides/samples/renew.ts';
import { waitForEnd } from '../../docs/guides/samples/wait-for-flow.ts';
import { openProvider } from '../support/identity/open-provider.ts';
import { type OpenGateway, openGateway } from '../support/open-gateway.ts';

const root = new URL('../../', import.meta.url);
const texts = ['docs/guides/frontend.md', 'docs/guides/mobile.md', 'clients/web/README.md'];
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

test('each code block of the guides is a sample, and each sample is in a guide', () => {
  const shown = new Set<string>();
  for (const path of texts) {
    const text = read(path);
    const blocks = [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
    const samples = [...text.matchAll(/^<!-- sample: ([\w.-]+) -->\n```\w+\n([\s\S]*?)^```$/gm)];
    assert.equal(samples.length, blocks.length, path);
    for (const [, name = '', code] of samples) {
      shown.add(name);
      assert.equal(code, read(`docs/guides/samples/${name}`), `${path}: ${name}`);
    }
  }
  assert.deepEqual(
    [...shown].toSorted(),
    readdirSync(new URL('docs/guides/samples/', root)).toSorted(),
  );
});

/** A backend of the app that issues grants for one flow; counts them. */
async function startBackend(t: TestContext, gateway: OpenGateway, uuid: string) {
  let grants = 0;
  const server = createServer(async (_request, response) => {
    grants += 1;
    response.end(await issueGrant(gateway.graphqlUrl, gateway.apiKey, uuid));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // listening on a port, not on a pipe
  return { url: `http://127.0.0.1:${port}/`, countGrants: () => grants };
}

test('the kit follows a flow with a grant from the backend of the app', async (t) => {
  const gateway = await openGateway(t);
  const uuid = await gateway.openFlow();
  const backend = await startBackend(t, gateway, uuid);
  const client = createClient(gateway.graphqlUrl, backend.url);
  t.after(() => client.close());
  const shown: string[] = [];
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  showFlow(client, uuid, (text) => {
    if (text === 'NOT_STARTED') void gateway.upload(uuid, 'pan.jpg');
    shown.push(text);
    if (text === 'ended') end();
  });
  await ended;

  assert.equal(shown[0], 'live');
  assert.deepEqual(shown.slice(-2), ['SUCCESS', 'ended']);
  assert.equal(backend.countGrants(), 1);
});

test('the kit of the guide asks for another grant when one was refused', async (t) => {
  const gateway = await openGateway(t);
  const uuid = await gateway.openFlow();
  const backend = await startBackend(t, gateway, uuid);
  const client = createClient(gateway.graphqlUrl, backend.url);
  t.after(() => client.close());
  const query = '{ viewer { grant { flowUuid } } }';
  await client.request(query);

  // A grant holds from the second in which it was issued, so that this one has to be older.
  const second = Math.floor(Date.now() / 1000);
  while (Math.floor(Date.now() / 1000) === second) await new Promise(setImmediate);
  await gateway.ask(
    'mutation ($input: RevokeFlowGrantsInput!) { revokeFlowGrants(input: $input) { revokedBefore } }',
    { input: { flowUuid: uuid } },
  );
  do {
    await client.request(query);
  } while (backend.countGrants() === 1);

  assert.equal(backend.countGrants(), 2);
});

test('a flow is opened once by the sample of the kit', async (t) => {
  const gateway = await openGateway(t);
  const { createAtlasClient } = await import('@atlas-gateway/client');
  const client = createAtlasClient({
    url: gateway.graphqlUrl,
    getToken: () => gateway.apiKey,
    storage: { getItem: () => null, setItem() {}, removeItem() {} },
  });
  t.after(() => client.close());

  const uuid = await openFlow(client, 'application-1');

  assert.match(uuid, /^LOS-/);
  assert.equal(gateway.sandbox.countCalls('initFlow'), 1);
});

test('the end of a flow is seen by waitForFlow alone, and what no repeat can change is thrown', async (t) => {
  const gateway = await openGateway(t);
  const uuid = await gateway.openFlow();
  const getToken = async () => gateway.apiKey;
  const ended = waitForEnd(gateway.graphqlUrl, getToken, uuid);
  await gateway.upload(uuid, 'pan.jpg');

  assert.equal(await ended, 'SUCCESS');
  await assert.rejects(waitForEnd(gateway.graphqlUrl, getToken, 'no-such-flow'), /no such flow/i);
  await assert.rejects(
    waitForEnd(gateway.graphqlUrl, async () => 'a-wrong-key', uuid),
    /UNAUTHENTICATED/,
  );
});

test('a list in Apollo follows a flow by its subscription', async (t) => {
  const gateway = await openGateway(t);
  const [uuid] = [await gateway.openFlow('a'), await gateway.openFlow('b')];
  const getToken = async () => gateway.apiKey;
  const socket = createSocket(gateway.graphqlUrl, getToken);
  const apollo = createApollo(gateway.graphqlUrl, getToken, socket);
  const shown: (readonly string[])[] = [];
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const stop = watchList(apollo, uuid, (states) => {
    shown.push(states);
    if (states.includes('SUCCESS')) end();
  });
  t.after(() => {
    stop();
    apollo.stop();
    return socket.dispose();
  });
  await gateway.upload(uuid, 'pan.jpg');
  await ended;

  assert.ok(
    shown.every((states) => states.length === 2),
    'the list never goes blank',
  );
  assert.deepEqual(shown.at(-1), ['NOT_STARTED', 'SUCCESS']);
});

test('the kit is woken when an app is shown or its network is back', () => {
  const [wake, forgetShown, forgetNetwork] = [mock.fn(), mock.fn(), mock.fn()];
  const addShown = mock.fn((_type: 'change', _listener: (state: string) => void) => ({
    remove: forgetShown,
  }));
  const addNetwork = mock.fn((_: (state: { isConnected: boolean }) => void) => forgetNetwork);
  const undo = wakeInTime(
    // The sample uses nothing else of the client.
    { wake } as unknown as Parameters<typeof wakeInTime>[0],
    { addEventListener: addShown },
    { addEventListener: addNetwork },
  );
  const [, onShown] = addShown.mock.calls[0]?.arguments ?? [];
  const [onNetwork] = addNetwork.mock.calls[0]?.arguments ?? [];

  onShown?.('background');
  onNetwork?.({ isConnected: false });
  assert.equal(wake.mock.callCount(), 0);
  onShown?.('active');
  assert.equal(wake.mock.callCount(), 1);
  onNetwork?.({ isConnected: true });
  assert.equal(wake.mock.callCount(), 2);
  undo();
  assert.equal(forgetShown.mock.callCount(), 1);
  assert.equal(forgetNetwork.mock.callCount(), 1);
});

test('a socket of graphql-ws is renewed by the sample before its token ends', async (t) => {
  const provider = await openProvider(t);
  const gateway = await openGateway(t, { env: provider.env, sandbox: { stageMs: 3_600_000 } });
  // The gateway takes the first for two seconds more, and the newer ones for ten minutes.
  const exp = Math.floor(Date.now() / 1000) - 3;
  const first = await provider.sign({ tenant: 'default', exp });
  const socket = createSocket(gateway.graphqlUrl, async () => first);
  t.after(() => socket.dispose());
  const uuid = await gateway.openFlow();
  const query = 'subscription ($uuid: String!) { flowUpdated(uuid: $uuid) { status { state } } }';
  const renewed = Promise.withResolvers<void>();
  const states: string[] = [];
  interface Watched extends Record<string, unknown> {
    readonly flowUpdated: { readonly status: { readonly state: string } };
  }
  interface Extensions {
    readonly session: { readonly expiresAt: string };
  }
  const results = socket.iterate<Watched, Extensions>({ query, variables: { uuid } });
  for await (const { data, extensions } of results) {
    states.push(data?.flowUpdated.status.state ?? 'none');
    if (states.length > 1) continue;
    const expiresAt = extensions?.session.expiresAt ?? '';
    const getToken = async () => {
      renewed.resolve();
      return provider.sign({ tenant: 'default' });
    };
    t.after(renewInTime(socket, expiresAt, getToken));
    await renewed.promise;
    while (Date.now() < Date.parse(expiresAt)) await new Promise(setImmediate);
    gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  }
  assert.deepEqual(states, ['NOT_STARTED', 'SUCCESS']);
});

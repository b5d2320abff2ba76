import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Sandbox, startSandbox } from '../../src/sandbox/start-sandbox.ts';
import type { GraphAnswer } from '../support/open-gateway.ts';
import { createHandClock } from '../support/sandbox/hand-clock.ts';
import { makeDirectory } from '../support/store/adapters.ts';

const timeout = 90_000;
const program = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const apiKey = 'a-key-Jq4wXz81m6cRv2Tp';

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // listens on a port, not on a pipe
  server.close();
  await once(server, 'close');
  return port;
}

/** A gateway that can be killed and started again at the same place, over one sandbox. */
async function openKillable(t: TestContext) {
  const sandbox: Sandbox = await startSandbox({ clock: createHandClock() });
  const port = await freePort();
  const directory = makeDirectory(t);
  let child: ChildProcess | undefined;
  t.after(async () => {
    child?.kill('SIGKILL');
    await sandbox.close();
  });

  async function start(): Promise<void> {
    const started = spawn(process.execPath, [program], {
      env: {
        PATH: process.env.PATH,
        PORT: String(port),
        DATA_DIR: directory,
        ATLAS_BASE_URL: sandbox.url,
        ATLAS_CLIENT_ID: 'sandbox-client',
        ATLAS_CLIENT_SECRET: 'sandbox-secret',
        ATLAS_PRODUCT_TYPE: 'TEST_PRODUCT',
        GATEWAY_API_KEY: apiKey,
        LOG_LEVEL: 'error',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child = started;
    for await (const chunk of started.stdout) if (/graphql/.test(String(chunk))) break;
    assert.equal(started.exitCode, null, 'it starts');
  }

  async function kill(): Promise<void> {
    assert.ok(child);
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    assert.deepEqual(await ended, [null, 'SIGKILL']);
  }

  async function ask(query: string, variables?: object, credential = apiKey): Promise<GraphAnswer> {
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return await response.json();
  }

  function create(applicationId: string, idempotencyKey?: string): Promise<GraphAnswer> {
    return ask(
      'mutation ($input: CreateFlowInput!) { createFlow(input: $input) { flow { uuid } } }',
      { input: { applicationId, idempotencyKey } },
    );
  }

  function upload(flowUuid: string, documentId: string): Promise<GraphAnswer> {
    return ask(
      'mutation ($input: UploadDocumentsInput!) { uploadDocuments(input: $input) { documents { documentId } } }',
      { input: { flowUuid, files: [{ documentId, url: 'https://files.example/pan.jpg' }] } },
    );
  }

  /** Every flow of the register, by application, with what happened to it. */
  async function readRegister(): Promise<Map<string, { uuid: string; events: string[] }>> {
    const { data, errors } = await ask(`{ flows(first: 100) { edges { node {
      uuid applicationId timeline(first: 20) { edges { node { kind state documentIds } } } } } } }`);
    assert.equal(errors, undefined);
    return new Map(
      data.flows.edges.map(({ node }: ReturnType<typeof JSON.parse>) => [
        node.applicationId,
        {
          uuid: node.uuid,
          events: node.timeline.edges.map((edge: ReturnType<typeof JSON.parse>) =>
            [edge.node.kind, edge.node.state, ...(edge.node.documentIds ?? [])]
              .filter(Boolean)
              .join(' '),
          ),
        },
      ]),
    );
  }

  await start();
  return { sandbox, start, kill, ask, create, upload, readRegister };
}

test('a process that is killed while it writes has lost nothing that it answered', {
  timeout,
}, async (t) => {
  const { start, kill, create, upload, readRegister } = await openKillable(t);
  const answered = new Map<string, { uuid: string; documentId: string | null }>();
  let isKilled = false;

  async function work(worker: number): Promise<void> {
    for (let place = 0; !isKilled; place += 1) {
      const name = `application-${worker}-${place}`;
      const { data } = await create(name, name);
      answered.set(name, { uuid: data.createFlow.flow.uuid, documentId: null });
      await upload(data.createFlow.flow.uuid, `document of ${name}`);
      answered.set(name, {
        uuid: data.createFlow.flow.uuid,
        documentId: `document of ${name}`,
      });
      // In the midst of what the other workers have begun.
      if (answered.size >= 24 && !isKilled) {
        isKilled = true;
        await kill();
      }
    }
  }

  await Promise.all(
    Array.from({ length: 6 }, (_, worker) =>
      work(worker).catch((error: unknown) => assert.ok(isKilled, String(error))),
    ),
  );
  await start();
  const register = await readRegister();
  for (const [name, { uuid, documentId }] of answered) {
    const flow = register.get(name);
    assert.equal(flow?.uuid, uuid, name);
    if (documentId !== null) {
      assert.ok(flow.events.includes(`UPLOADED ${documentId}`), name);
    }
    const { data } = await create(name, name);
    assert.equal(data.createFlow.flow.uuid, uuid);
  }
});

test('a process that is killed between asking Atlas and its answer does not ask again', {
  timeout,
}, async (t) => {
  const { sandbox, start, kill, create } = await openKillable(t);
  sandbox.fault('initFlow', { delayMs: 60_000 });
  const lost = assert.rejects(create('application-1', 'key-1'));
  await sandbox.waitForCall('initFlow');
  await kill();
  await lost;
  await start();
  for (let times = 0; times < 2; times += 1) {
    const { errors } = await create('application-1', 'key-1');
    assert.equal(errors?.[0]?.extensions.code, 'OUTCOME_UNKNOWN');
  }
  assert.equal(sandbox.countCalls('initFlow'), 1);
});

test('after a kill the register learns the end of a flow that nobody reads', {
  timeout,
}, async (t) => {
  const { sandbox, start, kill, create, upload, readRegister } = await openKillable(t);
  const uuids: string[] = [];
  for (const name of ['called later', 'called meanwhile']) {
    const { data } = await create(name);
    await upload(data.createFlow.flow.uuid, 'pan');
    uuids.push(data.createFlow.flow.uuid);
  }
  const [later = '', meanwhile = ''] = uuids;
  await kill();
  sandbox.finishFlow(meanwhile, 'SUCCESS');
  // No client is connected.
  assert.equal((await sandbox.waitForCallback(meanwhile)).state, 'auth_failed');
  await start();
  sandbox.finishFlow(later, 'SUCCESS');
  assert.equal((await sandbox.waitForCallback(later)).state, 'delivered');

  const isKnown = (events: readonly string[] = []) => events.includes('CHANGED SUCCESS');
  let register = await readRegister();
  while (
    !['called later', 'called meanwhile'].every((name) => isKnown(register.get(name)?.events))
  ) {
    register = await readRegister();
  }
  assert.ok(register.get('called later')?.events.includes('CALLED_BACK'));
  assert.ok(!register.get('called meanwhile')?.events.includes('CALLED_BACK'));
});

test('after a kill a revoked grant is still refused, and another holds', { timeout }, async (t) => {
  const { start, kill, ask, create } = await openKillable(t);
  const grants: { readonly uuid: string; readonly token: string }[] = [];
  for (const name of ['application-1', 'application-2']) {
    const { uuid } = (await create(name)).data.createFlow.flow;
    const { data } = await ask(
      `mutation { issueFlowGrant(input: { flowUuid: "${uuid}" }) { token } }`,
    );
    grants.push({ uuid, token: data.issueFlowGrant.token });
  }
  const see = async ({ uuid, token }: { readonly uuid: string; readonly token: string }) => {
    const { data, errors } = await ask(`{ flow(uuid: "${uuid}") { uuid } }`, {}, token);
    return errors?.[0]?.extensions.code ?? data.flow.uuid;
  };
  const [revoked, holding] = grants;
  assert.ok(revoked && holding);
  assert.equal(await see(revoked), revoked.uuid);
  await ask(
    `mutation { revokeFlowGrants(input: { flowUuid: "${revoked.uuid}" }) { revokedBefore } }`,
  );
  await kill();
  await start();
  assert.equal(await see(revoked), 'UNAUTHENTICATED');
  assert.equal(await see(holding), holding.uuid);
});

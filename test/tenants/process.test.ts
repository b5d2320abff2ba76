import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { hashKey } from '../../src/identity/api-keys.ts';
import { startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { openSocket } from '../support/server/raw-socket.ts';
import { watchFlow } from '../support/server/transports.ts';
import { credentials } from '../support/tenants/open-tenants.ts';

const timeout = 90_000;
const program = fileURLToPath(new URL('../../src/main.js', import.meta.url));

/** A tenant as the file has it, with a key of its own and its secret in the environment. */
function rowOf(id: string) {
  return {
    id,
    atlas: { clientId: `${id}-client`, clientSecret: `env:${id.toUpperCase()}_SECRET` },
    keys: [
      {
        name: 'backend',
        sha256: hashKey(`agk_${id}`),
        scopes: ['flows:read', 'flows:write', 'pii:read'],
      },
    ],
    productType: 'SAMPLE',
  };
}

/** The real process with a file of tenants, once it has said where it listens. */
async function startProcess(t: TestContext) {
  const sandbox = await startSandbox({ credentials, stageMs: 60 });
  t.after(() => sandbox.close());
  const folder = await mkdtemp(join(tmpdir(), 'tenants-'));
  t.after(() => rm(folder, { recursive: true }));
  const tenantsFile = join(folder, 'tenants.json');
  const auditFile = join(folder, 'audit.log');
  const write = (text: string) => writeFile(tenantsFile, text);
  await write(JSON.stringify({ tenants: [rowOf('acme'), rowOf('bolt')] }));
  const child = spawn(process.execPath, [program], {
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      SHUTDOWN_GRACE_MS: '0',
      DRAIN_MS: '0',
      ATLAS_BASE_URL: sandbox.url,
      TENANTS_FILE: tenantsFile,
      AUDIT_LOG: auditFile,
      POLL_INTERVAL_MS: '50',
      ACME_SECRET: 'acme-secret',
      BOLT_SECRET: 'bolt-secret',
    },
  });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (chunk: string) => {
    said += chunk;
  });
  /** Waits until the process has said something so often. */
  async function says(pattern: RegExp, times = 1): Promise<string> {
    for (;;) {
      const found = [...said.matchAll(new RegExp(pattern, 'g'))];
      if (found.length >= times) return found[0]?.[0] ?? '';
      await once(child.stdout, 'data');
    }
  }
  const graphqlUrl = await says(/http:\/\/127\.0\.0\.1:\d+\/graphql/);

  async function ask(id: string, query: string, variables = {}) {
    const response = await fetch(graphqlUrl, {
      method: 'POST',
      headers: { authorization: `Bearer agk_${id}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return await response.json();
  }
  return { child, sandbox, graphqlUrl, auditFile, write, says, said: () => said, ask };
}

const openFlow =
  'mutation { createFlow(input: { applicationId: "application-1" }) { flow { uuid } } }';

test('SIGHUP takes the file anew: who is gone is sent away, who stays notices nothing', {
  timeout,
}, async (t) => {
  const running = await startProcess(t);
  const { child, sandbox, graphqlUrl, write, says, ask } = running;
  const sockets = await Promise.all(
    ['acme', 'bolt'].map(async (id) => {
      const { data } = await ask(id, openFlow);
      const { uuid } = data.createFlow.flow;
      const socket = await openSocket(t, graphqlUrl.replace(/^http/, 'ws'));
      await socket.init(`Bearer agk_${id}`);
      socket.subscribe('1', watchFlow, { uuid });
      assert.ok((await socket.next()).payload.data.flowUpdated);
      return { uuid, socket };
    }),
  );
  const [gone, staying] = sockets;
  assert.ok(gone && staying);

  await write('{"tenants":[{"id":"acme","atlas":"my-secret"}]}');
  child.kill('SIGHUP');
  await says(/TENANTS_FILE is faulty at tenants\[0\]\.atlas: give/);
  assert.equal((await ask('bolt', '{ viewer { tenantId } }')).data.viewer.tenantId, 'bolt');

  sandbox.clearCalls();
  await write(JSON.stringify({ tenants: [rowOf('bolt')] }));
  child.kill('SIGHUP');
  await says(/the tenants were reloaded/);
  const refused = await ask('acme', '{ viewer { tenantId } }');
  assert.equal(refused.errors[0].extensions.code, 'UNAUTHENTICATED');
  assert.equal((await gone.socket.closed).code, 4403);

  sandbox.finishFlow(staying.uuid, 'SUCCESS');
  let state: string;
  do state = (await staying.socket.next()).payload.data.flowUpdated.status.state;
  while (state !== 'SUCCESS');
  const bought = sandbox.calls.filter(({ name }) => name === 'verificationToken');
  assert.ok(bought.every(({ headers }) => headers['client-id'] !== 'bolt-client'));
  for (const secret of ['my-secret', 'acme-secret', 'bolt-secret', 'agk_']) {
    assert.equal(running.said().includes(secret), false, secret);
  }
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('SIGHUP opens the audit file anew', { timeout }, async (t) => {
  const { child, sandbox, auditFile, says, ask } = await startProcess(t);
  const { data } = await ask('acme', openFlow);
  const { uuid } = data.createFlow.flow;
  const file = '{ documentId: "1", url: "https://files.example/pan.jpg" }';
  await ask(
    'acme',
    `mutation { uploadDocuments(input: { flowUuid: "${uuid}", files: [${file}] }) { flow { uuid } } }`,
  );
  sandbox.finishFlow(uuid, 'SUCCESS');
  const read = `{ flow(uuid: "${uuid}") { documents { extraction { ... on IdentityExtraction { name { value } } } } } }`;
  await ask('acme', read);
  await rename(auditFile, `${auditFile}.1`);
  child.kill('SIGHUP');
  await says(/the tenants were reloaded/);
  await ask('acme', read);
  // The file is there once the first line is written, which is before the answer leaves.
  for (;;) {
    const lines = await readFile(auditFile, 'utf8').catch(() => '');
    if (lines !== '') break;
    await setImmediate();
  }
  const lines = (await readFile(`${auditFile}.1`, 'utf8')).trim().split('\n');
  assert.equal(lines.length, 1);
});

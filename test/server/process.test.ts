import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readBuild } from '../../src/build.ts';
import { playableStories } from '../../src/sandbox/playable-stories.ts';
import type { PlaygroundSettings } from '../../src/server/http/playground-settings.ts';
import { readBuiltPage } from '../support/built-page.ts';
import { openSocket } from '../support/server/raw-socket.ts';
import { watchFlow } from '../support/server/transports.ts';

const timeout = 60_000;
const program = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const authorization = 'Bearer demo-key';

/** The real process with its embedded sandbox, once it has said where it listens. */
async function startProcess(
  t: TestContext,
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
) {
  const child = spawn(process.execPath, [...flags, program], {
    env: { ...process.env, PORT: '0', SHUTDOWN_GRACE_MS: '0', DRAIN_MS: '100', ...env },
  });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.setEncoding('utf8');
  const graphqlUrl = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: string) => {
      said += chunk;
      const url = /http:\/\/127\.0\.0\.1:\d+\/graphql/.exec(said)?.[0];
      if (url !== undefined) resolve(url);
    });
    child.on('exit', (code) => reject(new Error(`it ended with ${code}`)));
  });
  return { child, graphqlUrl, said: () => said };
}

async function openFlow(graphqlUrl: string): Promise<string> {
  const response = await fetch(graphqlUrl, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({
      query: 'mutation { createFlow(input: { applicationId: "application-1" }) { flow { uuid } } }',
    }),
  });
  const { data } = await response.json();
  return data.createFlow.flow.uuid;
}

test('a process without work ends with 0 when it is told to', { timeout }, async (t) => {
  const { child, said } = await startProcess(t);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  assert.match(said(), /"signal":"SIGTERM"/);
});

test('the first line of the log tells the version and the commit', { timeout }, async (t) => {
  const { child, said } = await startProcess(t);
  child.kill('SIGTERM');
  await once(child, 'exit');
  // The greeting is no line of the log.
  const [first = ''] = said().match(/^\{.*\}$/m) ?? [];
  const { level, msg, version, commit } = JSON.parse(first);
  assert.deepEqual([level, msg], ['info', 'the gateway is starting']);
  assert.deepEqual({ version, commit }, readBuild());
});

test('a process whose output nobody reads any more answers, and ends when it is told to', {
  timeout,
}, async (t) => {
  const { child, graphqlUrl } = await startProcess(t);
  child.stdout.destroy();
  await once(child.stdout, 'close');
  assert.notEqual(await openFlow(graphqlUrl), '');
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

/** The settings in the page of a process. */
async function readSettings(graphqlUrl: string): Promise<PlaygroundSettings> {
  const response = await fetch(graphqlUrl, { headers: { accept: 'text/html' } });
  const [, text = ''] = /id="settings">(.*?)<\/script>/.exec(await response.text()) ?? [];
  return JSON.parse(text);
}

test('the playground of a process knows its sandbox, and no key that an operator chose', {
  timeout,
}, async (t) => {
  await readBuiltPage();
  const hasDocuments = existsSync(new URL('../../build/docs', import.meta.url));
  const plain = await readSettings((await startProcess(t)).graphqlUrl);
  assert.deepEqual(plain, {
    apiKey: 'demo-key',
    isSandbox: true,
    hasDocuments,
    stories: playableStories,
  });

  const chosen = await startProcess(t, [], { GATEWAY_API_KEY: 'Jq4wXz81-chosen' });
  assert.equal((await readSettings(chosen.graphqlUrl)).apiKey, null);

  const before = await startProcess(t, [], {
    ATLAS_BASE_URL: 'http://127.0.0.1:9',
    ATLAS_CLIENT_ID: 'Jq4wXz81-client',
    ATLAS_CLIENT_SECRET: 'Jq4wXz81-client-secret',
    ATLAS_PRODUCT_TYPE: 'TEST_PRODUCT',
    GATEWAY_API_KEY: 'Jq4wXz81-chosen',
    DATA_DIR: ':memory:',
  });
  assert.deepEqual(await readSettings(before.graphqlUrl), {
    apiKey: null,
    isSandbox: false,
    hasDocuments,
    stories: [],
  });
});

test('each stage of a flow in the embedded sandbox takes as long as the variable says', {
  timeout,
}, async (t) => {
  const { graphqlUrl } = await startProcess(t, [], { SANDBOX_STAGE_MS: '700' });
  const uuid = await openFlow(graphqlUrl);
  const ask = async (query: string) => {
    const response = await fetch(graphqlUrl, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    return (await response.json()).data;
  };
  const startedAt = performance.now();
  await ask(
    `mutation { uploadDocuments(input: { flowUuid: "${uuid}", files: [{ documentId: "pan", url: "https://files.example/pan.jpg" }] }) { userErrors { code } } }`,
  );
  const { waitForFlow } = await ask(
    `{ waitForFlow(uuid: "${uuid}", timeoutMs: 25000) { status { state } } }`,
  );
  assert.equal(waitForFlow.status.state, 'SUCCESS');
  const tookMs = performance.now() - startedAt;
  assert.ok(tookMs >= 2_100, `${tookMs} ms`);
});

test('a process with subscriptions sends them away and ends with 0', { timeout }, async (t) => {
  const { child, graphqlUrl } = await startProcess(t);
  const uuid = await openFlow(graphqlUrl);
  const url = graphqlUrl.replace(/^http/, 'ws');
  const sockets = [await openSocket(t, url), await openSocket(t, url), await openSocket(t, url)];
  for (const socket of sockets) {
    await socket.init(authorization);
    socket.subscribe('1', watchFlow, { uuid });
    assert.equal((await socket.next()).payload.data.flowUpdated.status.state, 'NOT_STARTED');
  }
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  for (const { closed } of sockets) assert.equal((await closed).code, 1001);
  assert.deepEqual(await exited, [0, null]);
});

test('the start command opens no debugger at SIGUSR1', { timeout }, async (t) => {
  const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const [command, ...flags] = JSON.parse(manifest).scripts.start.split(' ').slice(0, -1);
  assert.equal(command, 'node');
  const { child } = await startProcess(t, flags);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  child.kill('SIGUSR1');
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'close'), [0, null]);
  assert.doesNotMatch(stderr, /debugger/i);
});

test('peers that answer nothing do not keep a process that was told to end', {
  timeout,
}, async (t) => {
  const { child, graphqlUrl } = await startProcess(t);
  const uuid = await openFlow(graphqlUrl);
  const socket = await openSocket(t, graphqlUrl.replace(/^http/, 'ws'));
  await socket.init(authorization);
  socket.subscribe('1', watchFlow, { uuid });
  await socket.next();
  socket.socket.pause();
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

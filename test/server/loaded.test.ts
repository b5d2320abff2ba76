import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { createHandClock } from '../support/sandbox/hand-clock.ts';
import { makeDirectory } from '../support/store/adapters.ts';

const timeout = 60_000;
const program = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const apiKey = 'Jq4wXz81-of-this-suite';

/** Modules that a gateway loads only if configured, and their purpose. */
const elsewhere: readonly [what: string, path: string][] = [
  ['Redis', '/node_modules/ioredis/'],
  ['JWTs and grants', '/node_modules/jose/'],
  ['traces', '/node_modules/@opentelemetry/sdk-trace/'],
  ['streams and pages', '/node_modules/graphql-yoga/'],
  ['the playground', '/node_modules/preact/'],
  ['the editors of the playground', '/node_modules/@codemirror/'],
  ['the sandbox', '/src/sandbox/start-sandbox.ts'],
  ['a fetch of undici’s', '/node_modules/undici/lib/web/fetch/'],
];

/** Writes down, at the end of a process, every file it loaded and every part of Node. */
const listing = `
  import { writeFileSync } from 'node:fs';
  import { registerHooks } from 'node:module';
  const files = [];
  registerHooks({ load: (url, context, next) => (files.push(url), next(url, context)) });
  process.on('exit', () => {
    const loaded = [...files, ...process.moduleLoadList].join('\\n');
    writeFileSync(process.env.LISTED + process.pid, loaded);
  });
`;

/** The modules that a gateway loaded until it had answered a query of a flow and ended. */
async function listLoaded(
  t: TestContext,
  directory: string,
  env: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const sandbox = await startSandbox({ clock: createHandClock() });
  t.after(() => sandbox.close());
  const listed = join(directory, 'listed');
  const preload = `data:text/javascript,${encodeURIComponent(listing)}`;
  const child = spawn(process.execPath, ['--import', preload, program], {
    env: {
      PATH: process.env.PATH,
      TMPDIR: directory,
      LISTED: listed,
      PORT: '0',
      DATA_DIR: ':memory:',
      ATLAS_BASE_URL: sandbox.url,
      ATLAS_CLIENT_ID: 'sandbox-client',
      ATLAS_CLIENT_SECRET: 'sandbox-secret',
      ATLAS_PRODUCT_TYPE: 'TEST_PRODUCT',
      GATEWAY_API_KEY: apiKey,
      METRICS_PORT: '0',
      LOG_LEVEL: 'error',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  let url: string | undefined;
  for await (const chunk of child.stdout) {
    url = /http:\S+\/graphql/.exec(String(chunk))?.[0];
    if (url !== undefined) break;
  }
  assert.ok(url, 'it starts');

  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      query: 'mutation { createFlow(input: { applicationId: "a" }) { flow { status { state } } } }',
    }),
  });
  const { data } = await response.json();
  assert.equal(data.createFlow.flow.status.state, 'NOT_STARTED');
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
  return readFileSync(`${listed}${child.pid}`, 'utf8').split('\n');
}

test('a gateway holds nothing that only others need', { timeout }, async (t) => {
  const directory = makeDirectory(t);
  const typeParser = 'NativeModule internal/deps/amaro/dist/index';
  const first = await listLoaded(t, directory);
  assert.ok(first.includes(typeParser), 'the first strips types');
  const later = await listLoaded(t, directory);

  await t.test('it lets an earlier one have stripped the types', () => {
    assert.ok(!later.includes(typeParser));
  });
  await t.test('it serves and calls without fetch', () => {
    assert.ok(later.includes('NativeModule http'));
    assert.ok(!later.includes('NativeModule internal/deps/undici/undici'));
  });
  for (const [what, path] of elsewhere) {
    await t.test(`it does without ${what}`, () => {
      assert.ok(later.some((file) => file.includes('/node_modules/graphql/')));
      assert.deepEqual(
        later.find((file) => file.includes(path)),
        undefined,
      );
    });
  }
});

test('a process that only starts workers loads nothing that answers', { timeout }, async (t) => {
  const loaded = await listLoaded(t, makeDirectory(t), { WORKERS: '2' });
  const isLoaded = (path: string) => loaded.some((file) => file.includes(path));
  assert.ok(isLoaded('/src/compose/primary.ts'));
  assert.ok(!isLoaded('/src/app.ts'));
  assert.ok(!isLoaded('/node_modules/graphql/'));
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Env, noEntrance } from '../support/config/issues-of.ts';
import { makeDirectory } from '../support/store/adapters.ts';

const program = fileURLToPath(new URL('../../src/main.js', import.meta.url));

/** The program with nothing of this process's environment but its path. */
function start(t: TestContext, env: Env) {
  const child = spawn(process.execPath, [program], { env: { PATH: process.env.PATH, ...env } });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // listens on a port, not on a pipe
  server.close();
  await once(server, 'close');
  return port;
}

test('the program ends with 78, says every fault, and starts nothing', async (t) => {
  const port = await freePort();
  let connections = 0;
  const atlas = http.createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
  atlas.on('connection', () => {
    connections += 1;
  });
  await once(atlas, 'listening');
  t.after(() => atlas.close());
  const { port: atlasPort } = atlas.address() as AddressInfo; // listens on a port
  const child = start(t, {
    PORT: String(port),
    ATLAS_BASE_URL: `http://127.0.0.1:${atlasPort}`,
    LOG_LEVEL: 'verbose',
  });
  const [output, faultText, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  assert.deepEqual([code, signal], [78, null]);
  assert.equal(output, '');
  assert.equal(
    faultText,
    [
      'The configuration has 4 fault(s):',
      '  - ATLAS_CLIENT_ID is missing: it is needed once ATLAS_BASE_URL is set.',
      '  - ATLAS_CLIENT_SECRET is missing: it is needed once ATLAS_BASE_URL is set.',
      `  - ${noEntrance}`,
      '  - LOG_LEVEL is unknown: give one of fatal, error, warn, info, debug, silent.',
      '',
    ].join('\n'),
  );
  assert.equal(connections, 0);
  await assert.rejects(fetch(`http://127.0.0.1:${port}/health`));
});

test('with PORT=0 the program prints the port it chose, and answers there', async (t) => {
  const child = start(t, { PORT: '0' });
  let greeting = '';
  for await (const chunk of child.stdout) {
    greeting += chunk;
    if (/Try first/.test(greeting)) break;
  }
  const url = /http:\/\/127\.0\.0\.1:(\d+)\/graphql/.exec(greeting);
  assert.ok(Number(url?.[1]) > 0, greeting);
  assert.notEqual(url?.[1], '4000');
  assert.match(greeting, /demo-key/);
  const health = await fetch(new URL('/health', url?.[0]));
  assert.equal(health.status, 200);
});

test('the program ends with 78 and says why when its store cannot be used', async (t) => {
  const directory = makeDirectory(t);
  writeFileSync(join(directory, 'atlas-gateway.sqlite'), 'none of ours '.repeat(1_000));
  const child = start(t, { PORT: '0', DATA_DIR: directory });
  const [output, faultText, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  assert.equal(code, 78);
  assert.match(output, /^\{[^\n]*"msg":"the gateway is starting"\}\n$/);
  assert.match(faultText, /^\S+ is damaged, or no file of this gateway: [^\n]+\n$/);
});

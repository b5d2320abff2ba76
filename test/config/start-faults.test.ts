import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Env, withAtlas } from '../support/config/issues-of.ts';

const main = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const sandboxMain = fileURLToPath(new URL('../../src/sandbox/main.ts', import.meta.url));
/** Of a network for documentation (RFC 5737). */
const foreignAddress = '192.0.2.1';

async function takePort(t: TestContext): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port; // listens on a port, not on a pipe
}

/** How a program ends that can't start, and what it says. */
async function runProgram(t: TestContext, env: Env, program = main) {
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env.PATH, PORT: '0', DATA_DIR: ':memory:', ...env },
  });
  t.after(() => child.kill('SIGKILL'));
  const [output, faultText, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { output, faultText, end: [code, signal] };
}

const rows: readonly [name: string, envOf: (port: number) => Env, fault: RegExp][] = [
  ['a PORT that is taken', (port) => ({ PORT: `${port}` }), /^PORT (\d+) is taken: .+PORT\.\n$/],
  [
    'a METRICS_PORT that is taken',
    (port) => ({ METRICS_PORT: `${port}` }),
    /^METRICS_PORT (\d+) is taken: .+METRICS_PORT\.\n$/,
  ],
  [
    'an address of another machine',
    () => ({ HOST: foreignAddress }),
    /^HOST 192\.0\.2\.1 is no address of this machine: give .+\.\n$/,
  ],
  [
    'a HOST that has no address',
    () => ({ HOST: 'nowhere.invalid' }),
    /^HOST nowhere\.invalid is a name without an address: give .+\.\n$/,
  ],
];

for (const [name, envOf, fault] of rows) {
  for (const workers of ['1', '2']) {
    test(`${name} ends a start with ${workers} worker(s) with 78 and one sentence`, {
      timeout: 60_000,
    }, async (t) => {
      const port = await takePort(t);
      const env = { ...withAtlas, WORKERS: workers, ...envOf(port) };
      const { output, faultText, end } = await runProgram(t, env);
      assert.deepEqual(end, [78, null]);
      assert.match(faultText, fault);
      const [, named] = fault.exec(faultText) ?? [];
      if (named !== undefined) assert.equal(named, `${port}`);
      assert.doesNotMatch(output, /graphql|^\s+at /m);
    });
  }
}

test('a sandbox whose PORT is taken ends with 78 and one sentence', {
  timeout: 60_000,
}, async (t) => {
  const port = await takePort(t);
  const { faultText, end } = await runProgram(t, { PORT: `${port}` }, sandboxMain);
  assert.deepEqual(end, [78, null]);
  assert.match(
    faultText,
    new RegExp(`^The sandbox can't listen at PORT ${port} .+EADDRINUSE\\.\\n$`),
  );
});

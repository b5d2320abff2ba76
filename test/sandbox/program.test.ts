import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { exchange, openSandbox } from '../support/sandbox/open-sandbox.ts';

const program = fileURLToPath(new URL('../../src/sandbox/main.ts', import.meta.url));

function start(t: TestContext, env: Record<string, string>): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [program], { env: { ...process.env, ...env } });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

/** The output of the program before it goes on. */
async function greetingOf(child: ChildProcessWithoutNullStreams): Promise<string> {
  const [chunk] = await once(child.stdout, 'data');
  return String(chunk);
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`the program says where it runs, works, and ends with 0 on ${signal}`, async (t) => {
    const child = start(t, { PORT: '0' });
    const greeting = await greetingOf(child);
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(greeting)?.[0];
    assert.match(greeting, /sandbox-client/);
    assert.match(greeting, /sandbox-secret/);
    const token = await fetch(`${url}/v1/bulk/authtoken`, { method: 'POST', headers: exchange });
    assert.equal(token.status, 201);
    const fault = await fetch(`${url}/_sandbox/faults`, {
      method: 'POST',
      body: '{"endpoint":"bulkToken","fault":{"status":503}}',
    });
    assert.equal(fault.status, 202);
    child.kill(signal);
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  });
}

for (const PORT of ['abc', '-1', '65536', '80.5', '']) {
  test(`the program ends with 78 and a reason when PORT is "${PORT}"`, async (t) => {
    const child = start(t, { PORT });
    let reason = '';
    child.stderr.on('data', (chunk) => {
      reason += chunk;
    });
    assert.deepEqual(await once(child, 'close'), [78, null]);
    assert.match(reason, /^PORT must be a number from 0 to 65535\n$/);
  });
}

test('the program ends with 78 and a reason when the port is taken', async (t) => {
  const { sandbox } = await openSandbox(t);
  const child = start(t, { PORT: String(sandbox.port) });
  let reason = '';
  child.stderr.on('data', (chunk) => {
    reason += chunk;
  });
  assert.deepEqual(await once(child, 'close'), [78, null]);
  assert.match(reason, /EADDRINUSE/);
});

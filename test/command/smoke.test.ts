import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCommand } from '../support/command/run-command.ts';
import { openGateway } from '../support/open-gateway.ts';

const file = 'https://files.example/pan.jpg';

test('a smoke test runs a flow to its end, and prints no value', async (t) => {
  const { app, apiKey, sandbox } = await openGateway(t);
  const args = ['smoke', app.url, '--file', file, '--file', 'https://files.example/aadhaar.jpg'];
  const { code, stdout, stderr } = await runCommand(args, { ATLAS_GATEWAY_KEY: apiKey });
  assert.deepEqual([code, stderr], [0, ''], stdout);
  const lines = stdout.trim().split('\n');
  assert.equal(lines.length, 7);
  for (const line of lines) assert.match(line, /^ok {4}[a-z ]+, \d+ ms/);
  assert.match(stdout, /2 document\(s\), \d+ cross-check/);
  assert.doesNotMatch(stdout, /smoke-|files\.example|LOS|TEST/);
  assert.equal(sandbox.countCalls('uploadToFlow'), 1);
});

test('without a file a smoke test opens and watches a flow, and uploads nothing', async (t) => {
  const { app, apiKey, sandbox } = await openGateway(t);
  const { code, stdout } = await runCommand(['smoke', app.url], { ATLAS_GATEWAY_KEY: apiKey });
  assert.equal(code, 0, stdout);
  assert.equal(sandbox.countCalls('uploadToFlow'), 0);
});

test('a smoke test ends with 1 at the step that fails, and tells its code', async (t) => {
  const { app, apiKey, sandbox } = await openGateway(t);
  const wrong = await runCommand(['smoke', app.url], { ATLAS_GATEWAY_KEY: 'agk_other' });
  assert.equal(wrong.code, 1);
  assert.match(wrong.stdout, /^fault the key is known, \d+ ms: UNAUTHENTICATED$/m);
  assert.doesNotMatch(wrong.stdout, /agk_other/);
  const blurred = ['smoke', app.url, '--file', 'https://files.example/broken-link/pan.jpg'];
  sandbox.fault('uploadToFlow', { status: 400 });
  const refused = await runCommand(blurred, { ATLAS_GATEWAY_KEY: apiKey });
  assert.equal(refused.code, 1);
  assert.match(refused.stdout, /^fault its documents are uploaded, \d+ ms: [A-Z_]+$/m);
  const gone = await runCommand(['smoke', 'http://127.0.0.1:1'], { ATLAS_GATEWAY_KEY: apiKey });
  assert.deepEqual([gone.code, /lives, \d+ ms: no answer/.test(gone.stdout)], [1, true]);
});

test('a smoke test without a key or with a wrong address is a wrong use', async () => {
  for (const args of [
    ['smoke', 'http://127.0.0.1:1'],
    ['smoke', 'gateway'],
    ['smoke', 'http://a', '--minutes', '0'],
  ]) {
    assert.equal((await runCommand(args)).code, 64, args.join(' '));
  }
});

test('a flow is watched in the terminal until it ends', async (t) => {
  const gateway = await openGateway(t);
  const uuid = await gateway.openFlow();
  await gateway.upload(uuid, 'pan.jpg');
  const { code, stdout, stderr } = await runCommand(['watch', uuid, '--url', gateway.app.url], {
    ATLAS_GATEWAY_KEY: gateway.apiKey,
  });
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(
    stdout.trim().split('\n').at(-1) ?? '',
    /^\d\d:\d\d:\d\d {2}SUCCESS {2}\(upload SUCCESS, /,
  );
});

test('a flow that fails or is not there ends the watch with 1', async (t) => {
  const gateway = await openGateway(t);
  const env = { ATLAS_GATEWAY_KEY: gateway.apiKey };
  const uuid = await gateway.openFlow('fails-1');
  await gateway.upload(uuid, 'pan.jpg');
  const failed = await runCommand(['watch', uuid, '--url', gateway.app.url], env);
  assert.equal(failed.code, 1);
  assert.match(failed.stdout, /FAILED/);
  const missing = await runCommand(['watch', 'LOS-none', '--url', gateway.app.url], env);
  assert.deepEqual([missing.code, missing.stdout, missing.stderr], [1, '', 'NOT_FOUND\n']);
});

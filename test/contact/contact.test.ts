import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { contradictions } from '../../src/contact/contradictions.ts';
import { unseenShapes } from '../../src/contact/unseen-shapes.ts';
import {
  environmentFor,
  openPlayingSandbox,
  runContact,
  variantOf,
} from '../support/contact/run-contact.ts';

const files = [
  'https://files.example/pan.jpg',
  'https://files.example/aadhaar.jpg',
  'https://files.example/unrecognised.jpg',
];

test('a walk through the sandbox tells every open point and ends with 0', async (t) => {
  const sandbox = await openPlayingSandbox(t, { stageMs: 20 });
  const port = await freePort();
  const { code, stdout, stderr } = await runContact(['--yes', ...files], {
    ...environmentFor(sandbox.url),
    ATLAS_SANDBOX_BASE_URL: sandbox.url,
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    PORT: String(port),
  });
  assert.equal(code, 0, stdout + stderr);
  for (const { id } of [...contradictions, ...unseenShapes]) {
    assert.notEqual(variantOf(stdout, id), undefined, id);
  }
  assert.equal(
    variantOf(stdout, 'K1'),
    'uploadToFlow: array; uploadBulk: array; uploadDocstream: object',
  );
  assert.equal(variantOf(stdout, 'K5'), 'one for the request');
  assert.equal(variantOf(stdout, 'K6'), 'UUID behind a prefix');
  assert.equal(variantOf(stdout, 'K9'), 'fails alone, under 200');
  assert.equal(variantOf(stdout, 'K13'), '409');
  assert.equal(variantOf(stdout, 'K14'), 'yes');
  assert.equal(variantOf(stdout, 'X4'), 'flat');
  assert.equal(variantOf(stdout, 'X16'), 'in the header token');
  assert.match(stdout, /\n {2}nothing: all of it is read\n/);
});

test('every token family, the flow, the match and both batches are called', async (t) => {
  const sandbox = await openPlayingSandbox(t, { stageMs: 20 });
  await runContact(['--yes', ...files], {
    ...environmentFor(sandbox.url),
    ATLAS_SANDBOX_BASE_URL: sandbox.url,
  });
  assert.deepEqual([...new Set(sandbox.calls.map(({ name }) => name))].toSorted(), [
    'bulkExtracts',
    'bulkToken',
    'docstreamExtracts',
    'docstreamToken',
    'flowExtracts',
    'flowStatus',
    'initFlow',
    'matchAddresses',
    'uploadBulk',
    'uploadDocstream',
    'uploadToFlow',
    'verificationToken',
  ]);
});

test('without a terminal and without --yes a walk stops at ten calls', async (t) => {
  const sandbox = await openPlayingSandbox(t, { stageMs: 60_000 });
  const { stdout, stderr } = await runContact(files, environmentFor(sandbox.url));
  assert.equal(sandbox.calls.length, 10);
  assert.match(stdout, /10 calls were made/);
  assert.match(stderr, /Give --yes to go on/);
});

test('fields under file_data and members of other names are told', async (t) => {
  const sandbox = await openPlayingSandbox(t, {
    stageMs: 20,
    placement: 'file_data',
    crossCheckNames: { leftValue: 'value_on_left', rightValue: 'value_on_right' },
  });
  const { code, stdout } = await runContact(
    ['--yes', 'https://files.example/invoice.pdf', 'https://files.example/delivery-order.pdf'],
    environmentFor(sandbox.url),
  );
  assert.equal(code, 0, stdout);
  assert.equal(variantOf(stdout, 'X4'), 'under file_data');
  assert.match(stdout, /ATLAS_CROSS_CHECK_NAMES: the member value_on_left is in no row/);
});

const faults: readonly [name: string, args: string[], env: Record<string, string>, RegExp][] = [
  ['no Atlas is named', files, {}, /ATLAS_BASE_URL is missing/],
  [
    'the file of a secret is missing',
    files,
    { ...environmentFor('http://127.0.0.1:9'), ATLAS_CLIENT_SECRET: 'file:/nowhere/secret' },
    /ATLAS_CLIENT_SECRET names a file/,
  ],
  ['no file is given', [], environmentFor('http://127.0.0.1:9'), /at least one FILE_URL/],
  ['a file is no address', ['pan.jpg'], environmentFor('http://127.0.0.1:9'), /A FILE_URL is no/],
  ['an option is unknown', ['--no', ...files], environmentFor('http://127.0.0.1:9'), /arguments/],
  ['nothing answers', files, environmentFor('http://127.0.0.1:9'), /cannot be reached/],
];
for (const [name, args, env, expected] of faults) {
  test(`the program ends with 78 and a sentence if ${name}`, async () => {
    const { code, stdout, stderr } = await runContact(args, env);
    assert.equal(code, 78);
    assert.equal(stdout, '');
    assert.match(stderr, expected);
  });
}

test('the program ends with 78 if the credentials are refused or the port is taken', async (t) => {
  const sandbox = await openPlayingSandbox(t, {});
  const env = environmentFor(sandbox.url);
  const refused = await runContact(files, { ...env, ATLAS_CLIENT_SECRET: 'another-secret' });
  assert.equal(refused.code, 78);
  assert.match(refused.stderr, /refused by Atlas/);
  assert.ok(!refused.stderr.includes('another-secret'));
  const taken = await runContact(files, {
    ...env,
    PUBLIC_URL: sandbox.url,
    PORT: String(sandbox.port),
  });
  assert.equal(taken.code, 78);
  assert.match(taken.stderr, /PORT cannot be opened/);
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import { startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { type Replica, startReplica } from '../support/fleet/fleet-processes.ts';
import { redisIsMissing, startRedis } from '../support/start-redis.ts';
import { makeDirectory } from '../support/store/adapters.ts';

const options = { skip: redisIsMissing, timeout: 120_000 };
const password = 'pass-word.of~this:suite';
const createFlow =
  'mutation { createFlow(input: { applicationId: "application-1", idempotencyKey: "key-1" }) { flow { uuid } } }';

/** A key and a certificate for localhost, signed by itself. */
function makeCertificate(t: TestContext) {
  const directory = makeDirectory(t);
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-keyout', key, '-out', certificate];
  const algorithm = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...algorithm, '-days', '2', ...subject, ...files], {
    stdio: 'ignore',
  });
  return { key, certificate };
}

/** A Redis that speaks TLS alone, to a user who may do no more than a gateway needs. */
async function startSecured(t: TestContext) {
  const { key, certificate } = makeCertificate(t);
  const rights = ['~atlas-gateway:*', '&atlas-gateway:*', '+@all', '-@dangerous', '+info'];
  const { port } = await startRedis(t, (own) => [
    ...['--port', '0', '--tls-port', String(own), '--tls-auth-clients', 'no'],
    ...['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate],
    ...['--user', 'default', 'off', '--user', 'gateway', 'on', `>${password}`, ...rights],
  ]);
  const urlWith = (given: string) =>
    `rediss://gateway:${encodeURIComponent(given)}@localhost:${port}/0`;
  return { certificate, urlWith };
}

async function startReplicaOn(t: TestContext, redisUrl: string, certificate: string) {
  const sandbox = await startSandbox();
  t.after(() => sandbox.close());
  return await startReplica(t, {
    ATLAS_BASE_URL: sandbox.url,
    REDIS_URL: redisUrl,
    NODE_EXTRA_CA_CERTS: certificate,
    LOG_LEVEL: 'debug',
  });
}

function assertSilent({ log }: Replica): void {
  for (const word of [password, encodeURIComponent(password), 'rediss:']) {
    assert.ok(!log().includes(word), word);
  }
}

test(
  'Redis is spoken to by TLS, as the user of the address, within its rights',
  options,
  async (t) => {
    const { certificate, urlWith } = await startSecured(t);
    const replica = await startReplicaOn(t, urlWith(password), certificate);
    const { redis } = await (await fetch(`${replica.url}/ready`)).json();
    assert.equal(redis, 'answers');
    const opened = await replica.ask(createFlow);
    assert.ok(opened.data?.createFlow?.flow, JSON.stringify(opened));
    const listed = await replica.ask('{ flows(first: 5) { edges { node { uuid } } } }');
    assert.equal(listed.data?.flows?.edges?.length, 1, JSON.stringify(listed));
    assertSilent(replica);
    assert.equal(await replica.stop(), 0);
    assert.doesNotMatch(replica.log(), /"level":"error"/);
  },
);

test(
  'no personal value, no key of a caller and no token lies in Redis as it is',
  options,
  async (t) => {
    const { url } = await startRedis(t);
    const sandbox = await startSandbox({ stageMs: 1 });
    t.after(() => sandbox.close());
    const replica = await startReplica(t, { ATLAS_BASE_URL: sandbox.url, REDIS_URL: url });
    const uuid = (await replica.ask(createFlow)).data.createFlow.flow.uuid;
    await replica.ask(
      'mutation ($input: UploadDocumentsInput!) { uploadDocuments(input: $input) { userErrors { code } } }',
      {
        input: {
          flowUuid: uuid,
          files: [{ documentId: 'pan', url: 'https://files.example/pan.jpg?signature=s-1' }],
        },
      },
    );
    const read = await replica.ask(
      'query ($uuid: String!) { waitForFlow(uuid: $uuid, timeoutMs: 10000) { status { state } documents { documentId extraction { ... on IdentityExtraction { name { value } } } } } }',
      { uuid },
    );
    const name = read.data?.waitForFlow?.documents?.[0]?.extraction?.name?.value;
    assert.match(name, /PERSON/);
    const token = sandbox.calls.find(({ name }) => name === 'flowStatus')?.headers.token;
    assert.ok(token);
    const redis = new Redis(url);
    t.after(() => redis.disconnect());
    const all: string[] = [];
    for (const key of await redis.keys('*')) {
      const dumped = await redis.dumpBuffer(key);
      all.push(key, dumped?.toString('latin1') ?? '');
    }
    assert.ok(all.length > 10);
    for (const word of [token, name, 'PERSON', 'key-1', 'files.example', 's-1']) {
      assert.ok(!all.join('\n').includes(word), word);
    }
  },
);

test('a wrong password is no reason to stop, and is not told', options, async (t) => {
  const { certificate, urlWith } = await startSecured(t);
  const wrong = `not-${password}`;
  const replica = await startReplicaOn(t, urlWith(wrong), certificate);
  const { redis } = await (await fetch(`${replica.url}/ready`)).json();
  assert.match(redis, /^does not answer/);
  // Its last lines are written when it ends.
  assert.equal(await replica.stop(), 0);
  assert.match(replica.log(), /Redis does not answer/);
  assertSilent(replica);
});

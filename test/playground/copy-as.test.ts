import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bodyOf, type CopiedOperation } from '../../playground/src/copy-as/copied.ts';
import { languages } from '../../playground/src/copy-as/languages.ts';
import { readOperation } from '../../playground/src/copy-as/read-operation.ts';
import { beginJourney } from '../../playground/src/journey.ts';
import { findTopic, topics } from '../../playground/src/topics.ts';
import { type OpenGateway, openGateway } from '../support/open-gateway.ts';

const timeout = 60_000;
const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

/** Texts that end a literal of some language where they are not escaped. */
const awkward = `it's "so" \\ $HOME \${a} \`b\` \\(c) #"x"# """ \\u0041 é नाम`;

function writtenAs(name: string, operation: CopiedOperation): string {
  const language = languages.find((each) => each.name === name);
  assert.ok(language, name);
  return language.write(operation);
}

/** An operation of the playground with the ids of a journey. */
function copied(id: string, { graphqlUrl }: OpenGateway, flowUuid = 'flow-1'): CopiedOperation {
  const [{ query, variables }] = findTopic(id).examples;
  const journey = { ...beginJourney('copied-1', 'key-1'), flowUuid };
  return readOperation({
    url: graphqlUrl,
    query,
    variables: JSON.stringify(variables(journey)),
  });
}

/** Runs code of the project's own runtime in a file beside its packages; returns its output. */
async function runCode(t: TestContext, code: string, key: string): Promise<string> {
  const directory = await mkdtemp(join(root, 'test', 'copied-'));
  t.after(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, 'copied.mjs'), code);
  const { stdout } = await run(process.execPath, [join(directory, 'copied.mjs')], {
    env: { ATLAS_GATEWAY_KEY: key },
    timeout: 30_000,
  });
  return stdout;
}

test('the command for curl runs as it stands, whatever the operation holds', {
  timeout,
}, async (t) => {
  const gateway = await openGateway(t);
  const env = { PATH: process.env.PATH, ATLAS_GATEWAY_KEY: gateway.apiKey };
  async function curl(operation: CopiedOperation): Promise<string> {
    const { stdout } = await run('sh', ['-c', writtenAs('curl', operation)], { env });
    return stdout;
  }

  await t.test('a query gets its answer', async () => {
    const { data } = JSON.parse(await curl(copied('viewer', gateway)));
    assert.equal(data.viewer.callerId, 'gateway-key');
  });
  await t.test('awkward characters arrive as they are', async () => {
    const operation = readOperation({
      url: gateway.graphqlUrl,
      query:
        'query ($source: String!) { addressMatch(applicationId: "a", source: $source, target: "b") { sourceAddress } }',
      variables: JSON.stringify({ source: awkward }),
    });
    const { data } = JSON.parse(await curl(operation));
    assert.equal(data.addressMatch.sourceAddress, awkward);
  });
  await t.test('a subscription is followed to its end', async () => {
    const uuid = await gateway.openFlow();
    await gateway.upload(uuid, 'pan.jpg');
    const events = await curl(copied('watch', gateway, uuid));
    assert.match(events, /"state":"SUCCESS"/);
    assert.match(events, /event: complete/);
  });
});

for (const name of ['JavaScript', 'Apollo']) {
  test(`the code for ${name} runs as it stands`, { timeout }, async (t) => {
    const gateway = await openGateway(t);
    const { apiKey } = gateway;

    await t.test('a query', async (part) => {
      const output = await runCode(part, writtenAs(name, copied('viewer', gateway)), apiKey);
      assert.match(output, /"callerId": "gateway-key"/);
    });
    await t.test('a mutation with awkward variables', async (part) => {
      const operation = {
        ...copied('open', gateway),
        variables: { input: { applicationId: awkward } },
      };
      const output = await runCode(part, writtenAs(name, operation), apiKey);
      assert.match(output, /"state": "NOT_STARTED"/);
      const { data } = await gateway.ask(
        '{ flows(first: 1) { edges { node { applicationId } } } }',
      );
      assert.equal(data.flows.edges[0].node.applicationId, awkward);
    });
    await t.test('the subscription of a flow', async (part) => {
      const uuid = await gateway.openFlow();
      await gateway.upload(uuid, 'pan.jpg');
      const code = writtenAs(name, copied('watch', gateway, uuid));
      // Apollo's client keeps its socket; the others end with the flow.
      const ending =
        name === 'Apollo'
          ? code.replace('next: (', 'complete: () => process.exit(), next: (')
          : code;
      const output = await runCode(part, ending, apiKey);
      assert.match(output, /"crossCheck":"COMPLETED"/);
    });
  });
}

test('JavaScript goes by graphql-ws for a subscription that the kit has not', {
  timeout,
}, async (t) => {
  const gateway = await openGateway(t);
  const { data } = await gateway.ask(
    'mutation { createBatch(input: { files: [{ documentId: "a", url: "https://files.example/pan.jpg" }] }) { batch { batchId } } }',
  );
  const { batchId } = data.createBatch.batch;
  const operation = { ...copied('watch-batch', gateway), variables: { batchId } };
  const output = await runCode(t, writtenAs('JavaScript', operation), gateway.apiKey);
  assert.match(output, /"isComplete":true/);
});

/** The text that the first literal of Kotlin behind a word stands for. */
function readKotlin(code: string, before: string): string {
  const [, literal = ''] = new RegExp(`${before}("(?:[^"\\\\$]|\\\\.)*")`).exec(code) ?? [];
  return JSON.parse(literal.replaceAll('\\$', '$'));
}

/** The text that the first raw literal of Swift behind a word stands for. */
function readSwift(code: string, before: string): string {
  const [, signs = '', text = ''] = new RegExp(`${before}(#+)"(.*?)"\\1\\D`).exec(code) ?? [];
  assert.ok(!text.includes(`\\${signs}`), 'nothing in it is an escape');
  return text;
}

test('literals of Kotlin and Swift stand for the body that is sent', async (t) => {
  const gateway = await openGateway(t);
  const operations = topics.map(({ id }) => copied(id, gateway));
  const hard = { ...copied('open', gateway), variables: { input: { applicationId: awkward } } };
  for (const operation of [...operations, hard]) {
    const body = JSON.parse(bodyOf(operation));
    assert.deepEqual(JSON.parse(readKotlin(writtenAs('Kotlin', operation), 'val body = ')), body);
    assert.deepEqual(JSON.parse(readSwift(writtenAs('Swift', operation), 'Data\\(')), body);
  }
});

test('no code holds a key, and each says where it belongs', async (t) => {
  const gateway = await openGateway(t);
  for (const { name, write } of languages) {
    for (const { id } of topics) {
      const code = write(copied(id, gateway));
      assert.ok(!code.includes(gateway.apiKey), name);
      assert.match(code, /ATLAS_GATEWAY_KEY|token: String/, name);
      assert.ok(code.includes(gateway.graphqlUrl.replace(/^http/, '')), name);
    }
  }
});

test('an operation that can’t be read says why', () => {
  const url = 'https://gateway.example/graphql';
  assert.throws(() => readOperation({ url, query: '{', variables: '' }), /Syntax Error/);
  assert.throws(() => readOperation({ url, query: '{ a }', variables: '{' }), /not JSON/);
  assert.throws(() => readOperation({ url, query: '{ a }', variables: '[]' }), /no JSON object/);
  const query = 'fragment F on Flow { uuid }';
  assert.throws(() => readOperation({ url, query, variables: '' }), /no operation/);
});

test('the watch of the kit takes the place of a plain subscription of a flow alone', () => {
  const url = 'https://gateway.example/graphql';
  const variables = '{"uuid": "flow-1", "n": 1}';
  const watchedOf = (query: string) => readOperation({ url, query, variables }).watched;
  assert.deepEqual(
    watchedOf('subscription ($uuid: String!) { flowUpdated(uuid: $uuid) { uuid } }'),
    { uuid: 'flow-1', select: 'uuid' },
  );
  assert.equal(watchedOf('subscription { flowUpdated(uuid: "b") { uuid } }')?.uuid, 'b');
  for (const query of [
    'subscription { flowUpdated(uuid: "b", after: 3) { uuid } }',
    'subscription { other: flowUpdated(uuid: "b") { uuid } }',
    'subscription ($n: Int) { flowUpdated(uuid: "b") { timeline(first: $n) { edges { cursor } } } }',
    'subscription { flowUpdated(uuid: "b") { ...F } } fragment F on Flow { uuid }',
    'subscription { batchUpdated(batchId: "b") { batchId } }',
  ]) {
    assert.equal(watchedOf(query), null, query);
  }
});

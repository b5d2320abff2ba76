import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

const compiler = createRequire(import.meta.url).resolve('relay-compiler/cli.js');
const schema = new URL('../../schema.graphql', import.meta.url);

/** Compiles the documents against `schema.graphql`; each is named by its key. */
async function compile(t: TestContext, documents: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), 'relay-'));
  t.after(() => rm(folder, { recursive: true }));
  const source = join(folder, 'source');
  await mkdir(source);
  await copyFile(schema, join(folder, 'schema.graphql'));
  for (const [name, document] of Object.entries(documents)) {
    const text = `import { graphql } from 'relay-runtime';\ngraphql\`${document}\`;\n`;
    await writeFile(join(source, `${name}.ts`), text);
  }
  const config = {
    src: './source',
    schema: './schema.graphql',
    language: 'typescript',
    eagerEsModules: true,
    customScalarTypes: { Date: 'string', DateTime: 'string', URL: 'string' },
  };
  await writeFile(join(folder, 'relay.config.json'), JSON.stringify(config));

  const { promise, resolve } = Promise.withResolvers<{ exitCode: number; output: string }>();
  const args = [compiler, 'relay.config.json', '--noWatchman'];
  const child = execFile(process.execPath, args, { cwd: folder }, (_error, stdout, stderr) =>
    resolve({ exitCode: child.exitCode ?? -1, output: `${stdout}${stderr}` }),
  );
  const { exitCode, output } = await promise;
  const artifacts = new Map<string, string>();
  const generated = join(source, '__generated__');
  for (const name of await readdir(generated).catch(() => [])) {
    artifacts.set(
      name.replace(/\.graphql\.ts$/, ''),
      await readFile(join(generated, name), 'utf8'),
    );
  }
  return { exitCode, output, artifacts };
}

test('relay-compiler compiles fragments, queries, mutations and subscriptions of the graph', async (t) => {
  const { exitCode, output, artifacts } = await compile(t, {
    FlowPage: `
      query FlowPageQuery($uuid: String!) {
        flow(uuid: $uuid) {
          id
          ...FlowStatus_flow
          documents { ...DocumentRow_document }
          crossCheckSummary(threshold: 70) { total passed lowest { field similarityScore } }
        }
      }`,
    FlowStatus: `
      fragment FlowStatus_flow on Flow {
        status { state isTerminal freshness { observedAt } }
      }`,
    DocumentRow: `
      fragment DocumentRow_document on Document @refetchable(queryName: "DocumentRowQuery") {
        documentId
        state
        failure { code reason }
        extraction {
          __typename
          lowestConfidence
          ... on IdentityExtraction { name { value } dateOfBirth { date } }
          ... on AadhaarExtraction { aadhaarNumber { masked redactedImageUrl } }
          fields { name kind value }
        }
      }`,
    OpenFlow: `
      mutation OpenFlowMutation($input: CreateFlowInput!) {
        createFlow(input: $input) {
          flow { ...FlowStatus_flow }
          userErrors { code message path }
        }
      }`,
    WatchFlow: `
      subscription WatchFlowSubscription($uuid: String!) {
        flowUpdated(uuid: $uuid) { ...FlowStatus_flow }
      }`,
    AnyThing: `
      query AnyThingQuery($id: ID!, $ids: [ID!]!) {
        node(id: $id) {
          __typename
          ... on Flow { uuid }
          ...DocumentRow_document @alias(as: "row")
        }
        nodes(ids: $ids) { id }
      }`,
  });

  assert.equal(exitCode, 0, output);
  assert.deepEqual([...artifacts.keys()].toSorted(), [
    'AnyThingQuery',
    'DocumentRowQuery',
    'DocumentRow_document',
    'FlowPageQuery',
    'FlowStatus_flow',
    'OpenFlowMutation',
    'WatchFlowSubscription',
  ]);
  assert.match(artifacts.get('DocumentRowQuery') ?? '', /node\(id: \$id\)/);
});

test('relay-compiler takes the documents of a batch for a connection it can page', async (t) => {
  const { exitCode, output, artifacts } = await compile(t, {
    BatchPage: `
      query BatchPageQuery($batchId: String!) {
        batch(batchId: $batchId, service: SANDBOX) { ...BatchDocuments_batch }
      }`,
    BatchDocuments: `
      fragment BatchDocuments_batch on Batch
      @argumentDefinitions(count: { type: "Int", defaultValue: 50 }, cursor: { type: "String" })
      @refetchable(queryName: "BatchDocumentsPageQuery") {
        progress { arrived missing isComplete }
        documents(first: $count, after: $cursor) @connection(key: "BatchDocuments_documents") {
          edges { node { id documentId state } }
        }
      }`,
  });

  assert.equal(exitCode, 0, output);
  const page = artifacts.get('BatchDocumentsPageQuery') ?? '';
  // Relay adds these itself, and only to what fulfils its specification of a connection.
  assert.match(page, /documents\(first: \$count, after: \$cursor\)/);
  for (const added of ['cursor', 'endCursor', 'hasNextPage']) assert.match(page, RegExp(added));
});

test('relay-compiler refuses what the graph does not promise', async (t) => {
  const { exitCode, output } = await compile(t, {
    Wrong: 'query WrongQuery { flow(uuid: "any-flow") { nothing } }',
  });

  assert.notEqual(exitCode, 0);
  assert.match(output, /nothing/);
});

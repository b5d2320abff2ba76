import assert from 'node:assert/strict';
import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { createClient } from 'graphql-sse';
import { flowTopics } from '../../playground/src/flow-topics.ts';
import { beginJourney } from '../../playground/src/journey.ts';
import { variables } from '../../src/config/variables.ts';
import { fileHints } from '../../src/sandbox/hints.ts';
import { stories } from '../../src/sandbox/stories.ts';
import { errorCodes } from '../../src/schema/operation/errors.ts';
import { blocksOf, linksOf, readDocument, sectionOf, tableOf } from '../support/docs/markdown.ts';
import { openGateway } from '../support/open-gateway.ts';

const root = new URL('../../', import.meta.url).pathname;
/** Every document; pages whose name is a parameter are made by the build. */
const documents = globSync('{*,docs/**/*,bench/*,ops/**/*,clients/web/*}.md', {
  cwd: root,
  exclude: ['**/node_modules/**'],
}).filter((path) => !path.includes('['));
const manifest = JSON.parse(readDocument('package.json'));

interface Step {
  readonly query: string;
  readonly variables: Record<string, unknown>;
  readonly answer: unknown;
}

/** The operations of the journey, each with its variables and the answer that is promised. */
function readJourney(): Step[] {
  const blocks = blocksOf(readDocument('docs/partner/journey.md'));
  return blocks.flatMap(({ language, code }, index) =>
    language !== 'graphql'
      ? []
      : [
          {
            query: code,
            variables: JSON.parse(blocks[index + 1]?.code ?? ''),
            answer: JSON.parse(blocks[index + 2]?.code ?? ''),
          },
        ],
  );
}

test('the journey has the answers that its page shows', async (t) => {
  const gateway = await openGateway(t, { sandbox: { stageMs: 100 } });
  const journey = readJourney();
  assert.equal(journey.length, 5);
  for (const { query, variables: given, answer } of journey) {
    if (!query.startsWith('subscription')) {
      const { data, errors } = await gateway.ask(query, given);
      assert.equal(errors, undefined);
      assert.deepEqual({ data }, answer);
      continue;
    }
    const client = createClient({ url: gateway.graphqlUrl, headers: { ...gateway.headers } });
    t.after(() => client.dispose());
    let last: Record<string, unknown> | null | undefined;
    for await (const { data } of client.iterate({ query, variables: given })) last = data;
    assert.deepEqual({ data: last }, answer);
  }
});

test('the journey of the documents is the one that the playground opens with', () => {
  const journey = {
    ...beginJourney('application-1', 'key-1'),
    flowUuid: 'LOS-6ee7de5b-1d76-430a-a907-e7e9674bbb95',
  };
  assert.deepEqual(
    readJourney().map(({ query, variables: given }) => [query.trim(), given]),
    flowTopics
      .slice(0, 5)
      .map(({ examples: [{ query, variables }] }) => [query, variables(journey)]),
  );
});

test('the configuration page lists every variable with its default', () => {
  const table = tableOf(readDocument('docs/operator/configuration.md'));
  assert.deepEqual([...table.keys()].sort(), Object.keys(variables).sort());
  for (const [name, fallback] of Object.entries(variables)) {
    assert.equal(table.get(name)?.[0], fallback === null ? '' : `\`${fallback}\``, name);
  }
});

test('the page of errors lists every code with its cause and cure', () => {
  const table = tableOf(readDocument('docs/reference/errors.md'));
  assert.deepEqual([...table.keys()].sort(), [...errorCodes].sort());
  for (const [code, cells] of table) assert.ok(cells.every(Boolean), code);
});

test('the page of the sandbox tells every story in its own words, with its result', () => {
  const table = tableOf(sectionOf(readDocument('docs/sandbox.md'), 'Stories'));
  assert.deepEqual(
    [...table].map(([name, [about, happens]]) => [name, about, happens]),
    stories.map(({ name, about, happens }) => [name, about.join(', '), happens]),
  );
  for (const [name, [, , shown]] of table) assert.ok(shown, name);
});

test('the page of the sandbox tells the effect of every word in the name of a file', () => {
  assert.deepEqual(
    [...tableOf(sectionOf(readDocument('docs/sandbox.md'), 'File names'))],
    fileHints.map(({ word, happens }) => [word, [happens]]),
  );
});

test('each dependency has its reason, and none that is gone has one', () => {
  const page = readDocument('docs/dependencies.md');
  const table = tableOf(page);
  assert.deepEqual([...table.keys()].sort(), Object.keys(manifest.dependencies).sort());
  for (const name of Object.keys(manifest.devDependencies)) {
    assert.ok(page.includes(`\`${name}\``), name);
  }
});

test('each script that a document names is there', () => {
  for (const path of documents) {
    const named = readDocument(path).matchAll(/`npm run ([\w:]+)/g);
    for (const [, name = ''] of named) assert.ok(name in manifest.scripts, `${path}: ${name}`);
  }
});

test('each link between documents leads to a file and a heading', () => {
  for (const path of documents) {
    for (const target of linksOf(readDocument(path))) {
      const [file = '', anchor] = target.split('#');
      const to = file === '' ? path : join(dirname(path), file);
      assert.ok(existsSync(join(root, to)), `${path}: ${target}`);
      if (anchor === undefined) continue;
      const anchors = [...readDocument(to).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
        title
          .toLowerCase()
          .replaceAll(/[^\w\s-]/g, '')
          .replaceAll(/\s+/g, '-'),
      );
      assert.ok(anchors.includes(anchor), `${path}: ${target}`);
    }
  }
});

test('each document is reached by links from the README', () => {
  const reached = new Set(['README.md']);
  for (const path of reached) {
    for (const target of linksOf(readDocument(path))) {
      const file = join(dirname(path), target.split('#')[0] ?? '');
      if (file.endsWith('.md')) reached.add(file);
    }
  }
  const lost = documents.filter((path) => path.startsWith('docs/') && !reached.has(path));
  assert.deepEqual(lost, []);
});

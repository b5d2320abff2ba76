import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { createClient } from 'graphql-sse';
import { variables } from '../src/config/variables.ts';
import { fileHints } from '../src/sandbox/hints.ts';
import { stories } from '../src/sandbox/stories.ts';
import { errorCodes } from '../src/schema/operation/errors.ts';
import { createReadyOperations } from '../src/server/http/ready-operations.ts';
import { openGateway } from './support/open-gateway.ts';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));

interface Step {
  readonly query: string;
  readonly variables: Record<string, unknown>;
  readonly answer: unknown;
}

/** The operations of the journey, each with its variables and the answer that is promised. */
function readJourney(): Step[] {
  const block = '```(?:graphql|json)\\n([\\s\\S]*?)```[^`]*';
  return [...section('The journey').matchAll(new RegExp(block + block + block, 'g'))].map(
    ([, query = '', variablesText = '', answer = '']) => ({
      query,
      variables: JSON.parse(variablesText),
      answer: JSON.parse(answer),
    }),
  );
}

function section(title: string): string {
  const [, text = ''] = new RegExp(`\\n## ${title}\\n([\\s\\S]*?)(?=\\n## |$)`).exec(readme) ?? [];
  assert.notEqual(text, '', `the README has a section ${title}`);
  return text;
}

/** The cells of a table's rows, by the word in the first. */
function readTable(title: string): Map<string, string[]> {
  const rows = section(title).matchAll(/^\| `([\w@/.-]+)` \|(.*)\|$/gm);
  return new Map(
    [...rows].map(([, name = '', cells = '']) => [
      name,
      cells.split('|').map((cell) => cell.trim()),
    ]),
  );
}

function withoutComments(query: string): string {
  return query.replace(/^#.*\n/gm, '').trim();
}

test('the journey of the README runs as it stands', async (t) => {
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

test('the journey of the README is the one the playground opens with', () => {
  const operations = createReadyOperations({
    applicationId: 'application-1',
    flowUuid: 'LOS-6ee7de5b-1d76-430a-a907-e7e9674bbb95',
  });
  const inReadme = readJourney().map(({ query, variables: given }) => [query.trim(), given]);
  assert.deepEqual(
    inReadme,
    operations.slice(0, 5).map((each) => [withoutComments(each.query), JSON.parse(each.variables)]),
  );
});

test('the README lists every variable with its default', () => {
  const table = readTable('Configuration');
  assert.deepEqual([...table.keys()].sort(), Object.keys(variables).sort());
  for (const [name, fallback] of Object.entries(variables)) {
    assert.equal(table.get(name)?.[0], fallback === null ? '' : `\`${fallback}\``, name);
  }
});

test('the README lists every error code with its cause and cure', () => {
  const table = readTable('Errors');
  assert.deepEqual([...table.keys()].sort(), [...errorCodes].sort());
  for (const [code, cells] of table) assert.ok(cells.every(Boolean), code);
});

test('the README tells every story in its own words, and what comes of it', () => {
  const table = readTable('Stories');
  assert.deepEqual(
    [...table].map(([name, [about, happens]]) => [name, about, happens]),
    stories.map(({ name, about, happens }) => [name, about.join(', '), happens]),
  );
  for (const [name, [, , shown]] of table) assert.ok(shown, name);
});

test('the README tells what every word in the name of a file does', () => {
  assert.deepEqual(
    [...readTable('File names')],
    fileHints.map(({ word, happens }) => [word, [happens]]),
  );
});

test('the README gives a reason for every dependency, and for none that is gone', () => {
  const table = readTable('Dependencies');
  assert.deepEqual([...table.keys()].sort(), Object.keys(manifest.dependencies).sort());
  for (const name of Object.keys(manifest.devDependencies)) {
    assert.ok(section('Dependencies').includes(`\`${name}\``), name);
  }
});

test('every script the README names is there', () => {
  const named = [...readme.matchAll(/`npm run ([\w:]+)/g)].map(([, name = '']) => name);
  for (const name of named) assert.ok(name in manifest.scripts, name);
});

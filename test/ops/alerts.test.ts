import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { type MetricRow, metrics } from '../../src/observe/metrics.ts';
import { createRegistry } from '../../src/observe/registry.ts';
import { makeDirectory } from '../support/store/adapters.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, 'ops/prometheus');
const rulesText = readFileSync(join(folder, 'rules.yaml'), 'utf8');
const casesText = readFileSync(join(folder, 'rules.test.yaml'), 'utf8');

/** A rule of the file: one that records, or one that alerts. */
interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: { readonly severity: string };
  readonly annotations?: { readonly runbook: string };
}
const rules: readonly Rule[] = parse(rulesText).groups.flatMap(
  (group: { readonly rules: readonly Rule[] }) => group.rules,
);
const alerts = rules.filter(({ alert }) => alert !== undefined);
const runbooks = readdirSync(join(root, 'docs/operator/runbooks'));

const isInstalled = await run('promtool', ['--version']).then(
  () => true,
  () => false,
);
/** In CI a missing promtool is a failure; elsewhere it skips. */
const skip =
  !isInstalled && process.env.CI !== 'true' ? 'needs promtool (Debian: prometheus)' : false;

test('the rules fire for their trouble, and are silent without it', { skip }, async () => {
  await run('promtool', ['test', 'rules', 'rules.test.yaml'], { cwd: folder });
});

test('a rule with another threshold does not pass its cases', { skip }, async (t) => {
  const directory = makeDirectory(t);
  writeFileSync(join(directory, 'rules.test.yaml'), casesText);
  const changes: readonly (readonly [string, string])[] = [
    ['> 0.5\n', '> 0.9\n'],
    ['offset 1d', 'offset 30h'],
  ];
  for (const [from, to] of changes) {
    assert.ok(rulesText.includes(from), from);
    writeFileSync(join(directory, 'rules.yaml'), rulesText.replace(from, to));
    const tested = run('promtool', ['test', 'rules', 'rules.test.yaml'], { cwd: directory });
    await assert.rejects(tested, from);
  }
});

test('every alert has its two cases, a severity and a page that says what to do', () => {
  const listed = readFileSync(join(root, 'docs/operator/runbooks/README.md'), 'utf8');
  for (const { alert = '', labels, annotations } of alerts) {
    for (const end of ['fires', 'is silent'])
      assert.ok(casesText.includes(`- name: ${alert} ${end}\n`));
    assert.match(labels?.severity ?? '', /^(page|ticket)$/, alert);
    const path = annotations?.runbook ?? '';
    assert.ok(existsSync(join(root, path)), path);
    const page = readFileSync(join(root, path), 'utf8');
    assert.ok(page.startsWith(`# ${alert}\n`), path);
    for (const part of ['Meaning', 'Look here', 'Do this'])
      assert.ok(page.includes(`\n## ${part}\n`));
    assert.ok(listed.includes(`| [${alert}](${basename(path)}) | ${labels?.severity} |`), alert);
  }
  const pages = alerts.map(({ annotations }) => basename(annotations?.runbook ?? ''));
  assert.deepEqual(runbooks.toSorted(), ['README.md', ...pages].toSorted());
});

test('every metric and label value of a rule is one that there is', async () => {
  const { text } = await createRegistry().scrape();
  const served = new Set([...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name = '']) => name));
  for (const { expr, alert, record } of rules) {
    const about = alert ?? record ?? '';
    for (const [name = ''] of expr.matchAll(/\b(?:atlas_gateway|nodejs|process)_\w+(?=\{)/g)) {
      const base = name.replace(/_(bucket|sum|count)$/, '');
      assert.ok(served.has(base), `${about}: ${name}`);
      const row: MetricRow | undefined = Object.entries<MetricRow>(metrics).find(
        ([each]) => each === base,
      )?.[1];
      const [, selected = ''] = new RegExp(`${name}\\{([^}]*)\\}`).exec(expr) ?? [];
      const labels = [...selected.matchAll(/(\w+)=/g)].map(([, label = '']) => label);
      const known = ['job', 'le', ...(row?.labels ?? [])];
      assert.deepEqual(
        labels.filter((label) => !known.includes(label)),
        [],
        about,
      );
      const [, bound] = /le="([^"]+)"/.exec(selected) ?? [];
      if (bound !== undefined) assert.ok(row?.buckets?.includes(Number(bound)), `${about}: le`);
    }
  }
});

test('every objective is recorded, shown on the dashboard and told of', () => {
  const dashboard = readFileSync(join(root, 'ops/grafana/atlas-gateway.json'), 'utf8');
  const page = readFileSync(join(root, 'docs/operator/runbooks/README.md'), 'utf8');
  const objectives = rules.flatMap(({ record }) => (record?.endsWith('30d') ? [record] : []));
  assert.equal(objectives.length, 3);
  for (const objective of objectives) {
    assert.ok(dashboard.includes(objective), objective);
    assert.ok(page.includes(objective), objective);
  }
});

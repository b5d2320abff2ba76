import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { type MetricRow, metrics } from '../../src/observe/metrics.ts';
import { createRegistry } from '../../src/observe/registry.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: {
    readonly h: number;
    readonly w: number;
    readonly x: number;
    readonly y: number;
  };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const file = new URL('../../ops/grafana/atlas-gateway.json', import.meta.url);
const dashboard: {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly query: unknown }[] };
} = JSON.parse(await readFile(file, 'utf8'));
const graphs = dashboard.panels.filter(({ type }) => type !== 'row');
const queries = [
  ...graphs.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ...dashboard.templating.list.map(({ query }) => JSON.stringify(query)),
];

/** Every name of a series in the queries, without what a histogram adds to its own. */
const queried = new Set(
  queries
    .flatMap((query) => query.match(/\b(?:atlas_gateway|nodejs|process)_\w+/g) ?? [])
    .map((name) => name.replace(/_(bucket|sum|count)$/, '')),
);

test('every metric that the dashboard asks for is one of the gateway', async () => {
  const { text } = await createRegistry().scrape();
  const served = new Set([...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name));
  assert.ok(queried.size > 10);
  assert.deepEqual(
    [...queried].filter((name) => !served.has(name)),
    [],
  );
});

test('every metric of the gateway has its place on the dashboard', () => {
  assert.deepEqual(
    Object.keys(metrics).filter((name) => !queried.has(name)),
    [],
  );
});

test('each grouping and filter of the dashboard is a label of its metric', () => {
  const fromPrometheus = ['job', 'instance', 'le', 'kind'];
  for (const { targets = [], title } of graphs) {
    for (const { expr, legendFormat } of targets) {
      const names = Object.keys(metrics).filter((name) => new RegExp(`\\b${name}`).test(expr));
      const rows = Object.entries<MetricRow>(metrics).filter(([name]) => names.includes(name));
      const labels = new Set([...rows.flatMap(([, row]) => row.labels), ...fromPrometheus]);
      const used = [
        ...[...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', ')),
        ...[...expr.matchAll(/(\w+)=~/g)].map(([, label = '']) => label),
        ...[...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label),
      ];
      assert.deepEqual(
        used.filter((label) => !labels.has(label)),
        [],
        title,
      );
    }
  }
});

test('every panel says what its figure means, stands alone and has an id of its own', () => {
  const { panels } = dashboard;
  for (const { title, description = '' } of graphs) assert.match(description, /\.$/, title);
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const taken = panels.flatMap(({ gridPos: { h, w, x, y } }) =>
    Array.from({ length: h * w }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
  );
  assert.equal(new Set(taken).size, taken.length);
});

test('every metric explains itself and is named as Prometheus would have it', () => {
  for (const [name, { type, help, buckets }] of Object.entries<MetricRow>(metrics)) {
    assert.match(help, /\.$/, name);
    assert.equal(type === 'counter', name.endsWith('_total'), name);
    assert.equal(type === 'histogram', name.endsWith('_seconds'), name);
    assert.equal(type === 'histogram', buckets !== undefined, name);
  }
});

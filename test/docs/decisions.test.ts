import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

const root = new URL('../../', import.meta.url).pathname;
const records = globSync('docs/adr/[0-9]*.md', { cwd: root }).toSorted();
const index = read('docs/adr/README.md');

test('the decisions are numbered without a gap and listed with their titles', () => {
  assert.ok(records.length >= 12);
  records.forEach((file, place) => {
    const name = file.split('/').at(-1) ?? '';
    const [, number = '', title = ''] = /^# (\d+)\. (.+)$/m.exec(read(file)) ?? [];
    assert.equal(Number(number), place + 1, file);
    assert.ok(name.startsWith(number.padStart(4, '0')), file);
    assert.ok(index.includes(`| [${number}](${name}) | ${title} |`), file);
  });
});

test('every decision has its context, decision, consequences and the facts that would change it', () => {
  for (const file of records) {
    const headings = [...read(file).matchAll(/^## (.+)\n\n\S/gm)].map(([, heading]) => heading);
    assert.deepEqual(
      headings,
      ['Context', 'Decision', 'Consequences', 'Facts that would change it'],
      file,
    );
  }
});

test('every file and script that a decision names exists', () => {
  const { scripts } = JSON.parse(read('package.json'));
  for (const file of records) {
    const text = read(file);
    for (const [, path = ''] of text.matchAll(/`((?:src|test|bench|docs)\/[^`]+)`/g)) {
      assert.ok(existsSync(join(root, path)), `${file} names ${path}`);
    }
    for (const [, script = ''] of text.matchAll(/`npm run ([\w:]+)`/g)) {
      assert.ok(script in scripts, `${file} names ${script}`);
    }
  }
});

/** Figures that decisions quote, with the row of bench/README.md that has them. */
const quoted: readonly [record: string, figure: string, row: RegExp][] = [
  ['0001', '16.7', /when callbacks come \|[^|]*\| 16\.7 \|/],
  ['0001', '199', /10 readers each: calls of Atlas a second \|[^|]*\| 199 \|/],
  ['0002', '9.7 KiB', /10,000 WebSockets: KiB a reader \| [\d.]+ \| 9\.7 \|/],
  ['0002', '16.8 KiB', /10,000 event streams: KiB a reader \| [\d.]+ \| 16\.8 \|/],
  ['0006', '1.10', /10,000 WebSockets: change to a reader, p99, ms \| \d+ \| \d+ \| 1\.10 \|/],
  ['0007', '1.31 ms', /on the disk \| 1\.31 \|/],
  ['0007', '0.07 ms', /a change of status, written \| 0\.07 \|/],
  ['0011', '0.11 ms', /0 ms, again \|.*\| 0\.11 \|/],
  ['0011', '0.51 ms', /0 ms, Q2 \|.*\| 0\.51 \|/],
];

test('the figures that decisions quote are those of the benchmarks', () => {
  const measured = read('bench/README.md');
  for (const [record, figure, row] of quoted) {
    const file = records.find((each) => each.includes(`/${record}-`)) ?? '';
    assert.ok(read(file).includes(figure), `${file} quotes ${figure}`);
    assert.match(measured, row, `${figure} of ${file}`);
  }
});

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

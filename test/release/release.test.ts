import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { noticesFile, toNotices } from '../../ops/release/third-party-notices.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const manifest = JSON.parse(read('package.json'));
const changelog = read('CHANGELOG.md');
/** The headings that Keep a Changelog knows, and the one for the schema. */
const headings = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security', 'Schema'];

test('the newest version of the changelog is that of the package, the lock file and the image', () => {
  const [, newest] = /^## \[(\d[^\]]*)\] - \d{4}-\d\d-\d\d$/m.exec(changelog) ?? [];
  assert.equal(newest, manifest.version);
  const lock = JSON.parse(read('package-lock.json'));
  assert.deepEqual([lock.version, lock.packages[''].version], [newest, newest]);
  assert.match(read('Dockerfile'), new RegExp(`^ARG VERSION=${newest}$`, 'm'));
  assert.ok(read('SECURITY.md').includes(`${newest?.split('.')[0]}.x`));
});

test('the changelog has its unreleased part first, and no heading of its own making', () => {
  const versions = [...changelog.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
  assert.equal(versions[0], '[Unreleased]');
  for (const title of versions.slice(1)) assert.match(title ?? '', /^\[\S+\] - \d{4}-\d\d-\d\d$/);
  const parts = [...changelog.matchAll(/^### (.*)$/gm)].map(([, title = '']) => title);
  assert.deepEqual(
    parts.filter((title) => !headings.includes(title)),
    [],
  );
});

test('the third-party notices are those of the lock file', () => {
  const notices = readFileSync(noticesFile, 'utf8');
  assert.equal(notices, toNotices(), 'run npm run notices');
  for (const [name, version] of Object.entries(manifest.dependencies)) {
    assert.ok(notices.includes(`\n${name} ${version}\n  licence: `), name);
  }
  for (const name of Object.keys(manifest.devDependencies)) {
    assert.ok(!notices.includes(`\n${name} ${manifest.devDependencies[name]}\n`), name);
  }
});

/** A package in the bill of materials. */
interface Component {
  readonly name: string;
  readonly version: string;
  readonly properties: readonly { readonly name: string; readonly value: string }[];
}

test('the bill of materials names every package that an image contains, and marks all others', async () => {
  const run = promisify(execFile);
  const { stdout } = await run('npm', ['run', '--silent', 'sbom'], { cwd: root, maxBuffer: 1e8 });
  const bill: { readonly bomFormat: string; readonly components: Component[] } = JSON.parse(stdout);
  assert.equal(bill.bomFormat, 'CycloneDX');
  const isMarked = ({ properties }: Component) =>
    properties.some(({ name }) => name === 'cdx:npm:package:development');
  const contained = bill.components.filter((each) => !isMarked(each));
  const found = new Set(contained.map(({ name, version }) => `${name} ${version}`));
  const listed = [...toNotices().matchAll(/^(\S+ \S+)\n {2}licence: /gm)].map(([, each]) => each);
  assert.deepEqual([...found].toSorted(), listed.toSorted());
});

test('the licence grants nothing, as the manifest says', () => {
  assert.equal(manifest.license, 'UNLICENSED');
  assert.match(read('LICENSE'), /All rights reserved[\s\S]*No licence is granted/);
});

test('an image tells its version and commit, and holds the notices', () => {
  const dockerfile = read('Dockerfile');
  for (const label of ['title', 'version', 'revision', 'created', 'licenses']) {
    assert.ok(dockerfile.includes(`org.opencontainers.image.${label}=`), label);
  }
  assert.match(dockerfile, /^RUN .*\$COMMIT.* > COMMIT$/m);
  const sent = read('.dockerignore').split('\n');
  for (const file of ['LICENSE', 'THIRD_PARTY_NOTICES']) {
    assert.ok(sent.includes(`!${file}`), file);
    assert.match(dockerfile, new RegExp(`^COPY .*\\b${file}\\b`, 'm'));
  }
});

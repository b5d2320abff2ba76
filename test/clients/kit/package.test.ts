import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const kit = `${root}clients/web/`;
const manifest = JSON.parse(await readFile(`${kit}package.json`, 'utf8'));

/** The bytes of a module with all it imports, minified and gzipped, without the peers. */
async function sizeOf(file: string): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [`${kit}src/${file}`],
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    external: Object.keys(manifest.peerDependencies).flatMap((name) => [name, `${name}/*`]),
  });
  return gzipSync(outputFiles[0]?.contents ?? '').byteLength;
}

test('the kit is at most 6 KiB, minified and gzipped', async () => {
  const bytes = await sizeOf('client.ts');
  assert.ok(bytes > 1024 && bytes <= 6 * 1024, `${bytes} bytes`);
});

test('the built package is imported by Node and by TypeScript under its name', async (t) => {
  await run(process.execPath, [`${kit}build.ts`], { cwd: root });
  const folder = await mkdtemp(join(root, 'node_modules', '.kit-'));
  t.after(() => rm(folder, { recursive: true }));
  await run('mkdir', ['-p', `${folder}/node_modules/@atlas-gateway`]);
  await symlink(`${kit}dist`, `${folder}/node_modules/@atlas-gateway/client`);
  const imports = `
    import { createAtlasClient } from '@atlas-gateway/client';
    import { createAtlasHooks } from '@atlas-gateway/client/react';
    import { createCacheOptions } from '@atlas-gateway/client/apollo';
    import { createGraphcacheOptions } from '@atlas-gateway/client/urql';
    import { codegenScalars } from '@atlas-gateway/client/scalars';
    const client = createAtlasClient({ url: 'http://127.0.0.1:9/graphql', getToken: () => 'key' });
    client.close();
    const facts = [createAtlasHooks(client), createCacheOptions(), createGraphcacheOptions(), codegenScalars];
    process.stdout.write(String(facts.length));
  `;
  await writeFile(`${folder}/app.mts`, imports);
  await writeFile(
    `${folder}/tsconfig.json`,
    JSON.stringify({
      compilerOptions: {
        strict: true,
        noEmit: true,
        target: 'es2024',
        module: 'nodenext',
        skipLibCheck: true,
        types: ['node'],
      },
      files: ['app.mts'],
    }),
  );

  await run('tsc', ['--project', folder]);
  await writeFile(`${folder}/app.mjs`, imports);
  const { stdout } = await run(process.execPath, [`${folder}/app.mjs`]);

  assert.equal(stdout, '4');
});

test('every export of the package is a file, and every file is used', async () => {
  const exported: string[] = Object.values(manifest.exports);
  const files = globSync('src/**/*', { cwd: kit, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const { metafile } = await build({
    entryPoints: exported.map((file) => `${kit}${file}`),
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    outdir: tmpdir(),
    external: Object.keys(manifest.peerDependencies).flatMap((name) => [name, `${name}/*`]),
    absWorkingDir: kit,
  });
  const used = Object.keys(metafile.inputs).map((file) => join(kit, file));
  const typesOnly = files
    .filter((file) => !used.includes(file))
    .map((file) => file.slice(kit.length));
  assert.deepEqual(typesOnly, ['src/transport.ts']);
});

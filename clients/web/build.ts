import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Writes the package as it is published: `dist/` with JavaScript modules, their types and a manifest
 * whose exports name them.
 */
const root = fileURLToPath(new URL('.', import.meta.url));
const dist = `${root}dist`;

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
const { status } = spawnSync('tsc', ['--project', `${root}tsconfig.build.json`], {
  stdio: 'inherit',
});
if (status !== 0) process.exit(1);
for (const file of globSync('src/**/*.json', { cwd: root })) {
  cpSync(`${root}${file}`, `${dist}/${file.slice('src/'.length)}`);
}

const {
  private: _,
  exports,
  ...manifest
} = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const published = Object.fromEntries(
  Object.entries<string>(exports).map(([name, path]) => {
    const file = path.replace('./src/', './');
    if (file.endsWith('.json')) return [name, file];
    const base = file.replace(/\.ts$/, '');
    return [name, { types: `${base}.d.ts`, default: `${base}.js` }];
  }),
);
const text = JSON.stringify({ ...manifest, exports: published }, null, 2);
writeFileSync(`${dist}/package.json`, `${text}\n`);
cpSync(`${root}README.md`, `${dist}/README.md`);

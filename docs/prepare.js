// Builds the documents after the packages are installed; without the development packages, as in a
// production install, there is nothing to build them with, and the gateway says so at /docs.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const vitepress = `${root}node_modules/vitepress/bin/vitepress.js`;
if (existsSync(vitepress)) {
  const { status } = spawnSync(process.execPath, [vitepress, 'build', 'docs'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  process.exitCode = status ?? 1;
}

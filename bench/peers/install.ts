import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('mercurius/', import.meta.url));
const lockFile = `${folder}package-lock.json`;
/** A copy of the lock file from which the packages were installed. */
const installedFile = `${folder}node_modules/.installed-lock.json`;

/**
 * Installs Mercurius and the packages of its duties, which have a `package.json` of their own, unless
 * they are installed as their lock file says. Throws if npm fails.
 */
export function installPeers(): void {
  const lock = readFileSync(lockFile, 'utf8');
  if (existsSync(installedFile) && readFileSync(installedFile, 'utf8') === lock) return;
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error('the packages of the benchmark’s peers could not be installed');
  writeFileSync(installedFile, lock);
}

if (import.meta.main) installPeers();

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The directory of the built documents; builds them where `npm ci` did not. */
export function builtDocuments(): string {
  const directory = `${root}build/docs`;
  if (!existsSync(`${directory}/policy.json`)) {
    const { status, stderr } = spawnSync('npm', ['run', 'docs'], { cwd: root, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  }
  return directory;
}

import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The version and the commit of the running source. */
export interface Build {
  /** The version of `package.json`, by Semantic Versioning. */
  readonly version: string;
  /** The full hash of the git commit; null where neither an image nor a checkout tells it. */
  readonly commit: string | null;
}

const gatewayRoot = fileURLToPath(new URL('../', import.meta.url));
const hashPattern = /^[\da-f]{40}(?:[\da-f]{24})?$/;

/**
 * Reads the build of the gateway. The commit is the content of the file `COMMIT`, which an image has,
 * or else the HEAD of the checkout, which is read from its files: a host needs no git for it.
 */
export function readBuild(root = gatewayRoot): Build {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const written = readText(join(root, 'COMMIT'));
  return { version, commit: toHash(written) ?? readHead(root) };
}

/** Returns one line with the version and the commit, as `--version` prints it. */
export function toBuildLine({ version, commit }: Build): string {
  return commit === null ? version : `${version} (${commit.slice(0, 12)})`;
}

/** Returns the commit that HEAD names (gitrepository-layout(5)); null where there is no checkout. */
function readHead(root: string): string | null {
  const directory = findGitDirectory(root);
  const head = readText(join(directory, 'HEAD'));
  const [, ref] = /^ref: (refs\/[^\s]+)$/.exec(head) ?? [];
  if (ref === undefined) return toHash(head);
  // The branches of a linked worktree stand in the repository that it belongs to.
  const common = resolve(directory, readText(join(directory, 'commondir')) || '.');
  return toHash(readText(join(common, ref))) ?? findPacked(common, ref);
}

/** Returns the directory of the repository; a linked worktree has a file in its place. */
function findGitDirectory(root: string): string {
  const path = join(root, '.git');
  const [, linked] = /^gitdir: (.+)$/.exec(readText(path)) ?? [];
  return linked === undefined ? path : resolve(dirname(path), linked);
}

function findPacked(directory: string, ref: string): string | null {
  const lines = readText(join(directory, 'packed-refs')).split('\n');
  return toHash(lines.find((line) => line.endsWith(` ${ref}`))?.split(' ')[0] ?? '');
}

function toHash(text: string): string | null {
  return hashPattern.test(text) ? text : null;
}

/** Returns the text of a file without the blanks around it; empty where it can't be read. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

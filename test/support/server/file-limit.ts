import { execFileSync } from 'node:child_process';

/** Bounds how large a file a process may write, as a full disk would; null ends that (prlimit(1)). */
export function limitFiles(pid: number, bytes: number | null): void {
  execFileSync('prlimit', ['--pid', `${pid}`, `--fsize=${bytes ?? 'unlimited'}:unlimited`]);
}

/** Why files can't be bounded here; false where they can. */
export function whyNoFileLimit(): string | false {
  try {
    limitFiles(process.pid, null);
    return false;
  } catch {
    return 'needs prlimit (Debian: util-linux)';
  }
}

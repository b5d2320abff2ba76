import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { pause } from './clock.ts';

const leastMs = 5_000;
const mostMs = 20_000;
const stepMs = 250;
const noiseKiB = 1_024;

/**
 * The resident memory of a process in KiB once it has come to rest: when five seconds have brought
 * it down by no more than a MiB, or after twenty.
 */
export async function settledKiB(pid: number): Promise<number> {
  let least = residentKiB(pid);
  let quietMs = 0;
  for (let waitedMs = 0; waitedMs < mostMs && quietMs < leastMs; waitedMs += stepMs) {
    await pause(stepMs);
    const now = residentKiB(pid);
    quietMs = now < least - noiseKiB ? 0 : quietMs + stepMs;
    least = Math.min(least, now);
  }
  return residentKiB(pid);
}

/** The resident memory of a process in KiB, now. */
export function residentKiB(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** How long a process has kept a processor busy so far, in milliseconds, to the next ten. */
export function busyMs(pid: number): number {
  // proc_pid_stat(5): the name ends with the last parenthesis; utime and stime are fields 14 and 15.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** How many files a process of this user may open. */
export function mostOpenFiles(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1];
  return hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
}

/** Keeps a process and all its threads to one processor; false where that can't be done. */
export function pinTo(processor: number, pid: number): boolean {
  if (availableParallelism() < 2) return false;
  const place = ['-a', '-c', '-p', String(processor), String(pid)];
  return spawnSync('taskset', place, { stdio: 'ignore' }).status === 0;
}

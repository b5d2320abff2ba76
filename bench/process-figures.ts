import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
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

/** How long all threads of a process have kept a processor busy so far, in milliseconds. */
export function busyMs(pid: number): number {
  const folder = `/proc/${pid}/task`;
  let busyNs = 0;
  for (const thread of readdirSync(folder)) {
    // The kernel's sched-stats: the first figure is the time on the processor, in nanoseconds.
    busyNs += Number(readFileSync(`${folder}/${thread}/schedstat`, 'utf8').split(' ')[0]);
  }
  return busyNs / 1e6;
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

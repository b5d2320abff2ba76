import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pause } from '../clock.ts';
import { type Subject, startGatewaySubject } from './subjects.ts';

/** A gateway that tells what it holds. */
export interface TellingSubject {
  readonly subject: Subject;
  /**
   * Its heap in MiB when all garbage has been collected. Resident memory says more of how much room
   * V8 took for garbage than of what a cache keeps.
   */
  heldMiB(): Promise<number>;
  stop(): Promise<void>;
}

const lookMs = 20;

/** Starts one. */
export async function startTelling(atlasUrl: string): Promise<TellingSubject> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-held-'));
  const file = join(folder, 'held');
  const teller = new URL('tell-held.js', import.meta.url).href;
  const subject = await startGatewaySubject(atlasUrl, {
    execArgv: ['--expose-gc', '--import', teller],
    env: {
      HELD_FILE: file,
    },
  });
  return {
    subject,
    async heldMiB() {
      rmSync(file, { force: true });
      process.kill(subject.pid, 'SIGWINCH');
      while (!existsSync(file) || readFileSync(file, 'utf8') === '') await pause(lookMs);
      return Number(readFileSync(file, 'utf8')) / 1024 / 1024;
    },
    async stop() {
      await subject.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

import { type SandboxOptions, startSandbox } from '../../../src/sandbox/start-sandbox.ts';

const program = fileURLToPath(new URL('../../../src/contact/main.ts', import.meta.url));

/** Starts a sandbox whose flows move on by the system's clock. */
export async function openPlayingSandbox(t: TestContext, options: SandboxOptions) {
  const sandbox = await startSandbox(options);
  t.after(() => sandbox.close());
  return sandbox;
}

/** The environment of a walk before an Atlas that knows the sandbox's credentials. */
export function environmentFor(atlasUrl: string): Record<string, string> {
  return {
    ATLAS_BASE_URL: atlasUrl,
    ATLAS_CLIENT_ID: 'sandbox-client',
    ATLAS_CLIENT_SECRET: 'sandbox-secret',
    ATLAS_PRODUCT_TYPE: 'POC_CDL',
    POLL_INTERVAL_MS: '50',
  };
}

/** Runs the program without a terminal. Returns its exit code and all that it printed. */
export async function runContact(args: readonly string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

/** The variant that a report tells for a point; undefined where it has no line for it. */
export function variantOf(report: string, id: string): string | undefined {
  return new RegExp(`^  ${id} +[^\\n]*?: (.*)$`, 'm').exec(report)?.[1];
}

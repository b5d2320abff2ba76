import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';

const program = process.env.REDIS_SERVER ?? findProgram('redis-server', 'valkey-server');

/** Why tests that need a Redis are not run here; false where they are. CI runs them in any case. */
export const redisIsMissing: string | false =
  program === undefined && process.env.CI !== 'true'
    ? 'needs redis-server (Debian: redis-server)'
    : false;

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Stops its process, so that it answers nothing; its sockets stay open. */
  pause(): void;
  resume(): void;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same port; with what it kept, if it was told to keep anything. */
  restart(): Promise<void>;
}

/** A Redis of its own on a free port, gone with the test; options are those of its command line. */
export async function startRedis(
  t: TestContext,
  toOptions: (port: number) => readonly string[] = () => [],
): Promise<TestRedis> {
  if (program === undefined) throw new Error('redis-server is not installed');
  const redisServer = program;
  const directory = mkdtempSync(join(tmpdir(), 'atlas-gateway-redis-'));
  const port = await findFreePort();
  let child = await start();
  t.after(async () => {
    await kill();
    rmSync(directory, { recursive: true, force: true });
  });

  async function start() {
    const server = spawn(
      redisServer,
      [
        '--port',
        `${port}`,
        '--bind',
        '127.0.0.1',
        '--save',
        '',
        '--dir',
        directory,
        ...toOptions(port),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await new Promise<void>((resolve, reject) => {
      let said = '';
      server.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        said += chunk;
        if (/Ready to accept connections/i.test(said)) resolve();
      });
      server.once('exit', (code) => reject(new Error(`Redis ended with ${code}: ${said}`)));
    });
    return server;
  }

  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    kill,
    async restart() {
      await kill();
      child = await start();
    },
  };
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function findProgram(...names: string[]): string | undefined {
  const directories = (process.env.PATH ?? '').split(delimiter);
  const paths = names.flatMap((name) => directories.map((directory) => join(directory, name)));
  return paths.find((path) => existsSync(path));
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Program, startProgram } from '../../../bench/processes.ts';
import { hashKey } from '../../../src/identity/api-keys.ts';
import { scopes } from '../../../src/identity/scopes.ts';
import type { GraphAnswer } from '../open-gateway.ts';
import { startRedis, type TestRedis } from '../start-redis.ts';
import type { SandboxDuties } from './sandbox-process.ts';

const main = fileURLToPath(new URL('../../../src/main.js', import.meta.url));
export const apiKey = 'test-key-of-this-fleet';
export const secret = 'a-secret-of-this-fleet';
/** An address that no name server knows: a flow that Atlas reports to it has to be polled. */
export const nobody = 'https://callbacks.invalid.example/nobody';

/** One gateway as it is run in earnest, in a process of its own. */
export interface Replica {
  readonly url: string;
  /** Whether it listens, as far as is known here. */
  readonly isUp: () => boolean;
  readonly ask: (query: string, variables?: Record<string, unknown>) => Promise<GraphAnswer>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Ends it as an operator would, and answers with what it exited. */
  stop(): Promise<number | null>;
  /** Starts it again, on the same port. */
  restart(): Promise<void>;
  /** Every line of its log so far. */
  readonly log: () => string;
  /** The id of its process, the first of several. */
  pid(): number;
  /** The processes that it has started, by their ids. */
  children(): number[];
}

export interface FleetProcesses {
  readonly redis: TestRedis;
  readonly sandbox: Program<SandboxDuties>;
  readonly replicas: readonly Replica[];
  /** Opens a flow by a replica; one that Atlas reports to somebody else has to be polled. */
  openFlow(replica: Replica, applicationId: string, isPolled?: boolean): Promise<string>;
}

/** A Redis, an Atlas and so many gateways, gone with the test. */
export async function startFleet(
  t: TestContext,
  count: number,
  env: Readonly<Record<string, string>> = {},
): Promise<FleetProcesses> {
  const redis = await startRedis(t);
  const sandbox = startProgram<SandboxDuties>(new URL('sandbox-process.ts', import.meta.url));
  t.after(() => sandbox.stop());
  const atlasUrl = await sandbox.call('url');
  const replicas = await Promise.all(
    Array.from({ length: count }, () =>
      startReplica(t, { ATLAS_BASE_URL: atlasUrl, REDIS_URL: redis.url, ...env }),
    ),
  );

  return {
    redis,
    sandbox,
    replicas,
    async openFlow(replica, applicationId, isPolled = false) {
      const input = isPolled
        ? { applicationId, callbackUrl: nobody, authUrl: nobody }
        : { applicationId };
      const answer = await replica.ask(createFlow, { input });
      const uuid = answer.data?.createFlow?.flow?.uuid;
      if (typeof uuid !== 'string') throw new Error(`no flow: ${JSON.stringify(answer)}`);
      return uuid;
    },
  };
}

export const createFlow =
  'mutation ($input: CreateFlowInput!) { createFlow(input: $input) { flow { uuid } userErrors { code } } }';

/** A gateway by itself. */
export async function startReplica(
  t: TestContext,
  env: Readonly<Record<string, string>>,
): Promise<Replica> {
  const tenantsFile = writeTenants(t);
  let said = '';
  let isUp = false;
  let { child, url } = await start('0');
  t.after(kill);

  async function start(port: string): Promise<{ child: ChildProcess; url: string }> {
    const started = spawn(process.execPath, [main], {
      env: {
        PATH: process.env.PATH,
        PORT: port,
        TENANTS_FILE: tenantsFile,
        CALLBACK_SECRET: secret,
        POLL_INTERVAL_MS: '2000',
        SHUTDOWN_GRACE_MS: '0',
        DRAIN_MS: '500',
        AUDIT_LOG: '/dev/null',
        LOG_LEVEL: 'warn',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const listening = Promise.withResolvers<string>();
    let spoken = '';
    const hear = (chunk: string) => {
      said += chunk;
      spoken += chunk;
      const listensAt = /(http:\/\/127\.0\.0\.1:\d+)\/graphql/.exec(spoken)?.[1];
      if (listensAt !== undefined) listening.resolve(listensAt);
    };
    started.stdout.setEncoding('utf8').on('data', hear);
    started.stderr.setEncoding('utf8').on('data', hear);
    started.once('exit', (code) => {
      isUp = false;
      listening.reject(new Error(`a gateway ended with ${code}: ${spoken}`));
    });
    const address = await listening.promise;
    isUp = true;
    return { child: started, url: address };
  }

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    isUp = false;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const exited = once(child, 'exit');
    child.kill(signal);
    const [code] = await exited;
    return code;
  }

  async function kill(): Promise<void> {
    await end('SIGKILL');
  }

  return {
    url,
    isUp: () => isUp,
    ask: (query, variables) => askAt(url, query, variables),
    kill,
    stop: () => end('SIGTERM'),
    async restart() {
      ({ child, url } = await start(new URL(url).port));
    },
    pid: () => child.pid ?? 0,
    log: () => said,
    children: () =>
      readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
        .split(' ')
        .filter((id) => id.trim() !== '')
        .map(Number),
  };
}

/** Posts one operation; rejects when nobody listens. */
export async function askAt(
  url: string,
  query: string,
  variables?: Record<string, unknown>,
): Promise<GraphAnswer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return await response.json();
}

/** Writes the one tenant of a fleet, whose key has every scope; returns the path of the file. */
function writeTenants(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-tenants-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'tenants.json');
  const tenant = {
    id: 'default',
    atlas: { clientId: 'sandbox-client', clientSecret: 'sandbox-secret' },
    productType: 'TEST_PRODUCT',
    callbackHosts: [new URL(nobody).hostname],
    keys: [{ name: 'gateway-key', sha256: hashKey(apiKey), scopes }],
  };
  writeFileSync(path, JSON.stringify({ tenants: [tenant] }), { mode: 0o600 });
  return path;
}

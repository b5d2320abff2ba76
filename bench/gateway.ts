import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashKey } from '../src/identity/api-keys.ts';
import { scopes } from '../src/identity/scopes.ts';
import { within } from './clock.ts';

/** The gateway as it is run in earnest: its own process, its own main file. */
export interface Gateway {
  readonly pid: number;
  readonly url: string;
  readonly apiKey: string;
  /** Opens a flow; one that Atlas reports to somebody else has to be polled. */
  openFlow(applicationId: string, isPolled?: boolean): Promise<string>;
  /** Ends it as an operator would, and resolves when it has ended. */
  stop(): Promise<void>;
}

export interface GatewayOptions {
  readonly atlasUrl: string;
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Options of Node, for a profile. */
  readonly execArgv?: readonly string[];
  /** Where its log goes, as in production, and not through this process. */
  readonly logFile?: string;
}

const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
/** The options of Node in `npm start`. */
export const nodeOptions: readonly string[] = scripts.start.split(' ').slice(1, -1);

const apiKey = 'bench-key-of-this-machine';
/** A host that no name server knows: a flow that Atlas reports to it has to be polled. */
const callbackHost = 'callbacks.invalid.example';
/** The one tenant, and its one key with every scope. */
const tenants = [
  {
    id: 'default',
    atlas: { clientId: 'sandbox-client', clientSecret: 'sandbox-secret' },
    productType: 'BENCH',
    callbackHosts: [callbackHost],
    keys: [{ name: 'gateway-key', sha256: hashKey(apiKey), scopes }],
  },
];
const startMs = 60_000;
const lookMs = 2;
const stopMs = 60_000;
const createFlow = `mutation ($input: CreateFlowInput!) {
  createFlow(input: $input) { flow { uuid } userErrors { code } }
}`;

/** Starts a gateway before an Atlas, with room for as many readers as files can be opened. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const main = new URL('../src/main.js', import.meta.url).pathname;
  const { logFile } = options;
  const child = spawn(process.execPath, [...nodeOptions, ...(options.execArgv ?? []), main], {
    stdio: ['ignore', logFile === undefined ? 'pipe' : openSync(logFile, 'w'), 'inherit'],
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      PORT: String(options.port ?? 0),
      ATLAS_BASE_URL: options.atlasUrl,
      TENANTS_FILE: writeTenants(),
      CALLBACK_SECRET: 'a-secret-that-survives-a-restart',
      LOG_LEVEL: 'warn',
      POLL_INTERVAL_MS: '5000',
      MAX_SUBSCRIPTIONS: '100000',
      MAX_SUBSCRIPTIONS_PER_CALLER: '100000',
      DATA_DIR: ':memory:',
      ...options.env,
    },
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await within(startMs, 'the start of the gateway', addressOf(child, logFile));

  return {
    pid: child.pid ?? 0,
    url,
    apiKey,
    async openFlow(applicationId, isPolled = false) {
      const elsewhere = `https://${callbackHost}/nobody`;
      const input = isPolled
        ? { applicationId, callbackUrl: elsewhere, authUrl: elsewhere }
        : { applicationId };
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
        body: JSON.stringify({ query: createFlow, variables: { input } }),
      });
      const text = await response.text();
      const flowUuid: unknown = JSON.parse(text).data?.createFlow?.flow?.uuid;
      if (typeof flowUuid !== 'string') throw new Error(`no flow was opened: ${text}`);
      return flowUuid;
    },
    async stop() {
      child.kill('SIGTERM');
      await within(stopMs, 'the end of the gateway', ended);
      process.off('exit', kill);
    },
  };
}

/** Writes the tenants to a file of this process alone, removed at its end; returns its path. */
function writeTenants(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-tenants-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'tenants.json');
  writeFileSync(path, JSON.stringify({ tenants }), { mode: 0o600 });
  return path;
}

/** Where it says that it listens, in the first lines it writes. */
async function addressOf(child: ChildProcess, logFile?: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = '';
  const look = () => {
    const url = /(http:\/\/[\w.:]+)\/graphql/.exec(text)?.[1];
    if (url !== undefined) resolve(url);
  };
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    if (text.length < 10_000) text += chunk;
    look();
  });
  const timer = setInterval(() => {
    if (logFile !== undefined) text = readFileSync(logFile, 'utf8');
    look();
  }, lookMs);
  child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}: ${text}`)));
  try {
    return await promise;
  } finally {
    clearInterval(timer);
  }
}

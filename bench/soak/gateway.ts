import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { scopes } from '../../src/identity/scopes.ts';
import { nowMs, pause } from '../clock.ts';
import { startGateway } from '../gateway.ts';
import { operationTimeoutMs } from './faults.ts';

/** The memory of the gateway's process after a garbage collection. */
export interface Held {
  readonly heapBytes: number;
  readonly residentBytes: number;
  readonly sockets: number;
  readonly timers: number;
}

/** The gateway of a soak: two tenants, its log and audit in files, and a probe inside. */
export interface SoakGateway {
  readonly url: string;
  readonly keys: Readonly<Record<string, string>>;
  hold(): Promise<Held>;
  /** Metrics by name, each the sum over its labels. */
  metrics(names: readonly string[]): Promise<Readonly<Record<string, number>>>;
  /** Lines of the log that tell of a fault of the gateway's own. */
  errorLines(): readonly string[];
  stop(): Promise<void>;
}

const probeMs = 30_000;
const lookMs = 20;

/** Starts it before an Atlas that knows each tenant by the client id `<tenant>-client`. */
export async function startSoakGateway(
  atlasUrl: string,
  tenants: readonly string[],
  metricsPort: number,
): Promise<SoakGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-soak-'));
  const probeFile = join(folder, 'probe');
  const logFile = join(folder, 'log');
  const tenantsFile = join(folder, 'tenants.json');
  writeFileSync(probeFile, '');
  writeFileSync(tenantsFile, JSON.stringify({ tenants: tenants.map(toTenant) }), { mode: 0o600 });
  const gateway = await startGateway({
    atlasUrl,
    logFile,
    execArgv: ['--expose-gc', '--import', new URL('probe.ts', import.meta.url).href],
    env: {
      // In the file, for each tenant.
      ATLAS_CLIENT_ID: '',
      ATLAS_CLIENT_SECRET: '',
      ATLAS_PRODUCT_TYPE: '',
      GATEWAY_API_KEY: '',
      TENANTS_FILE: tenantsFile,
      SOAK_PROBE_FILE: probeFile,
      AUDIT_LOG: join(folder, 'audit'),
      LOG_LEVEL: 'info',
      METRICS_PORT: String(metricsPort),
      OPERATION_TIMEOUT_MS: String(operationTimeoutMs),
      POLL_INTERVAL_MS: '1000',
    },
  });

  const readProbe = () => readFileSync(probeFile, 'utf8').split('\n').filter(Boolean);

  return {
    url: gateway.url,
    keys: Object.fromEntries(tenants.map((tenant) => [tenant, keyOf(tenant)])),
    async hold() {
      const before = readProbe().length;
      process.kill(gateway.pid, 'SIGWINCH');
      for (const until = nowMs() + probeMs; nowMs() < until; ) {
        const line = readProbe()[before];
        if (line !== undefined) return JSON.parse(line);
        await pause(lookMs);
      }
      throw new Error(`the probe told nothing in ${probeMs} ms`);
    },
    async metrics(names) {
      const lines = (await get(`http://127.0.0.1:${metricsPort}/metrics`)).split('\n');
      const sumOf = (name: string) =>
        lines
          .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
          .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
      return Object.fromEntries(names.map((name) => [name, sumOf(name)]));
    },
    errorLines: () =>
      readFileSync(logFile, 'utf8')
        .split('\n')
        .filter((line) => line.includes('"level":"error"')),
    async stop() {
      await gateway.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Over a connection that is closed behind it: those of the gateway are counted. */
async function get(url: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request(url, { agent: false }, resolve).once('error', reject).end();
  return await text(await promise);
}

function keyOf(tenant: string): string {
  return `agk_of-${tenant}-for-this-soak`;
}

function toTenant(id: string) {
  const sha256 = createHash('sha256').update(keyOf(id)).digest('hex');
  return {
    id,
    atlas: { clientId: `${id}-client`, clientSecret: `${id}-secret` },
    productType: 'SOAK',
    keys: [{ name: 'soak', sha256, scopes }],
  };
}

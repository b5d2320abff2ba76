import cluster from 'node:cluster';
import { readFileSync } from 'node:fs';
import closeWithGrace, { type Options } from 'close-with-grace';
import { readBuild } from './build.ts';
import { startPrimary } from './compose/primary.ts';
import { mostShutdownMs } from './compose/shutdown.ts';
import type { AtlasConfig, Config } from './config/config.ts';
import { ConfigError } from './config/config-error.ts';
import { loadConfig } from './config/load-config.ts';
import { loadTenants } from './config/load-tenants.ts';
import { variables } from './config/variables.ts';
import { ListenError } from './listening.ts';
import { createLog } from './logging/log.ts';
import { openOutput } from './logging/output.ts';
import { openAuditFile } from './privacy/audit-file.ts';
import type { Sandbox } from './sandbox/start-sandbox.ts';
import { toUrlHost } from './server/http/reachable-host.ts';
import { StoreError } from './store/store.ts';

const configurationFault = 78; // EX_CONFIG of sysexits.h
/** How much longer than its workers a primary may take to end. */
const spareMs = 2_000;

const config = loadOrExit();
const output = openOutput();
const log = createLog(config.logLevel, output);
const build = readBuild();
if (cluster.isPrimary) {
  const { version, commit } = build;
  log.info('the gateway is starting', { version, commit: commit ?? undefined });
}
if (cluster.isPrimary) for (const warning of config.warnings) log.warn(warning);
if (config.workers > 1 && cluster.isPrimary) await runPrimary();
else await runGateway();

/** Runs the gateway in this process; one of several, if the primary has started it. */
async function runGateway(): Promise<void> {
  // A process that only starts workers does not load the gateway.
  const { startApp } = await import('./app.ts');
  const sandbox = config.atlas ? null : await openSandbox(config);
  const settings = await toPlaygroundSettings(config, sandbox);
  const app = await orExit(() =>
    startApp({
      config: { ...config, atlas: config.atlas ?? toAtlasConfig(sandbox) },
      log,
      build,
      auditFile: openAuditFile(config.audit.place, output),
      playground: { settings },
    }),
  );
  const readFile = (path: string) => readFileSync(path, 'utf8');
  process.on('SIGHUP', () => {
    app.reload(() => loadTenants({ env: process.env, readFile, now: Date.now }));
  });
  closeAtEnd(async () => {
    await app.close();
    await sandbox?.close();
  });
  // A reader of this line may end the process at once, so signals are handled from before it.
  if (cluster.isPrimary) process.stdout.write(`${greeting(app.url, config, sandbox)}\n`);
}

/** Runs workers, which are gateways on one port. */
async function runPrimary(): Promise<void> {
  const primary = await orExit(() =>
    startPrimary({
      config,
      log,
      onListening: (port) => {
        const url = `http://${toUrlHost(config.host)}:${port}`;
        process.stdout.write(`${greeting(url, config, null)}\n`);
      },
      onFault: () => process.exit(configurationFault),
    }),
  );
  process.on('SIGHUP', primary.reload);
  closeAtEnd(primary.close);
}

/**
 * Ends the process in order at a signal or a fault. To a worker the primary, the terminal and a
 * service manager may each send one: all but the first count for nothing.
 */
function closeAtEnd(close: () => Promise<void>): void {
  const ending = cluster.isPrimary ? [] : (['SIGTERM', 'SIGINT'] as const);
  const grace: Options = {
    // A primary waits for its workers.
    delay: mostShutdownMs(config) + (cluster.isPrimary ? spareMs : 0),
    logger: false,
    skip: ['SIGHUP', ...ending],
  };
  const { close: end } = closeWithGrace(grace, async ({ signal, err }) => {
    if (err) log.error('the process failed', { error: err.name });
    if (signal) log.info('closing', { signal });
    await close();
  });
  let isEnding = false;
  for (const signal of ending) {
    process.on(signal, () => {
      if (!isEnding) end();
      isEnding = true;
    });
  }
}

function loadOrExit(): Config {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(configurationFault);
  }
}

async function orExit<Value>(start: () => Promise<Value> | Value): Promise<Value> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof StoreError || error instanceof ListenError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(configurationFault);
  }
}

/** Loads the sandbox only where no Atlas is configured. */
async function openSandbox({ tenants, sandboxStageMs }: Config): Promise<Sandbox> {
  const { startSandbox } = await import('./sandbox/start-sandbox.ts');
  return await startSandbox({
    credentials: tenants.map(({ credentials }) => credentials),
    stageMs: sandboxStageMs,
  });
}

/**
 * The facts in the page of the playground. It shows the sandbox's well-known key; a key that the
 * operator chose is asked for.
 */
async function toPlaygroundSettings({ shownApiKey }: Config, running: Sandbox | null) {
  if (running === null) return { apiKey: null, isSandbox: false, stories: [] };
  const { playableStories } = await import('./sandbox/playable-stories.ts');
  const isWellKnown = shownApiKey === variables.GATEWAY_API_KEY;
  return {
    apiKey: isWellKnown ? shownApiKey : null,
    isSandbox: true,
    stories: playableStories,
  };
}

function toAtlasConfig(running: Sandbox | null): AtlasConfig {
  if (running === null) throw new Error('neither Atlas nor a sandbox');
  return { baseUrl: running.url, sandboxBaseUrl: running.url };
}

function greeting(url: string, { shownApiKey }: Config, running: Sandbox | null): string {
  const lines = [
    `Atlas Gateway   ${url}/graphql   (open it in a browser for the playground)`,
    running
      ? `Atlas           ${running.url}   an embedded sandbox with synthetic data`
      : 'Atlas           as configured by ATLAS_BASE_URL',
    running
      ? `API key         ${shownApiKey}   send it as Authorization: Bearer ${shownApiKey}`
      : 'Callers         as configured',
  ];
  if (running) lines.push('Try first       the button Run the journey in the playground');
  return lines.join('\n');
}

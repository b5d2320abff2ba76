import closeWithGrace from 'close-with-grace';
import { startApp } from './app.ts';
import type { AtlasConfig, Config } from './config/config.ts';
import { ConfigError } from './config/config-error.ts';
import { loadConfig } from './config/load-config.ts';
import { createLog } from './log.ts';
import { flowUuidFor } from './sandbox/identifiers.ts';
import { type Sandbox, startSandbox } from './sandbox/server.ts';

const configurationFault = 78; // EX_CONFIG of sysexits.h
const demoApplicationId = 'application-1';

const config = loadOrExit();
const log = createLog(config.logLevel);
for (const warning of config.warnings) log.warn(warning);

const sandbox = config.atlas ? null : await startSandbox();
const app = await startApp({
  config: { ...config, atlas: config.atlas ?? toAtlasConfig(sandbox) },
  log,
  playground: sandbox
    ? {
        apiKey: config.apiKey,
        applicationId: demoApplicationId,
        flowUuid: flowUuidFor(demoApplicationId, 1),
        remarks: [
          'An applicationId such as slow-1, fails-1 or busy-6-1',
          'plays a story: see Stories in the README.',
        ],
      }
    : {
        apiKey: null,
        applicationId: 'your-application-id',
        flowUuid: 'the uuid that createFlow answered',
      },
});
closeWithGrace({ delay: config.drainMs + 15_000, logger: false }, async ({ signal, err }) => {
  if (err) log.error('the process fails', { error: err.name });
  if (signal) log.info('closing', { signal });
  await app.close();
  await sandbox?.close();
});
// Whoever reads this may end the process at once, so signals are heeded from before it.
process.stdout.write(`${greeting(app.url, config, sandbox)}\n`);

function loadOrExit(): Config {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(configurationFault);
  }
}

function toAtlasConfig(running: Sandbox | null): AtlasConfig {
  if (running === null) throw new Error('neither Atlas nor a sandbox');
  const credentials = { clientId: 'sandbox-client', clientSecret: 'sandbox-secret' };
  return {
    baseUrl: running.url,
    sandboxBaseUrl: running.url,
    ...credentials,
    addressClientId: credentials.clientId,
    addressClientSecret: credentials.clientSecret,
  };
}

function greeting(url: string, { apiKey }: Config, running: Sandbox | null): string {
  const lines = [
    `Atlas Gateway   ${url}/graphql   (open it in a browser for the playground)`,
    running
      ? `Atlas           ${running.url}   an embedded sandbox with synthetic data`
      : 'Atlas           as configured by ATLAS_BASE_URL',
    running
      ? `API key         ${apiKey}   send it as Authorization: Bearer ${apiKey}`
      : 'API key         as configured by GATEWAY_API_KEY',
  ];
  if (running) lines.push('Try first       the tabs of the playground, from left to right');
  return lines.join('\n');
}

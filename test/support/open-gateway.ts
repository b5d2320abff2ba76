import { Writable } from 'node:stream';
import type { TestContext } from 'node:test';
import { type App, type AppOptions, startApp } from '../../src/app.ts';
import { readBuild } from '../../src/build.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { Clock } from '../../src/live/clock.ts';
import { createLog } from '../../src/logging/log.ts';
import { playableStories } from '../../src/sandbox/playable-stories.ts';
import {
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from '../../src/sandbox/start-sandbox.ts';
import type { PlaygroundSettings } from '../../src/server/http/playground-settings.ts';
import { readBuiltPage } from './built-page.ts';

/** The answer of the graph to one operation. */
export interface GraphAnswer {
  // A test names the shape it expects by what it asserts.
  readonly data?: ReturnType<typeof JSON.parse>;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: Readonly<Record<string, unknown>>;
  }[];
}

export interface OpenGateway {
  readonly app: App;
  readonly sandbox: Sandbox;
  /** The graph's address. */
  readonly graphqlUrl: string;
  readonly webSocketUrl: string;
  readonly apiKey: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Every line of the log so far, parsed. */
  readonly logLines: () => Record<string, unknown>[];
  /** Every line of the audit so far, parsed. */
  readonly auditLines: () => Record<string, unknown>[];
  /** Posts one operation with the key. */
  ask(query: string, variables?: Record<string, unknown>): Promise<GraphAnswer>;
  /** Opens a flow through the graph and answers its uuid. */
  openFlow(applicationId?: string): Promise<string>;
  /** Uploads files by name; a document's id is its file's name. */
  upload(flowUuid: string, ...fileNames: string[]): Promise<GraphAnswer>;
}

export interface GatewayOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly sandbox?: SandboxOptions;
  readonly config?: Partial<Config>;
  /** The key that `ask` sends; by default that of the environment. */
  readonly apiKey?: string;
  /** A sandbox that runs already and is closed elsewhere, in place of one of its own. */
  readonly atlas?: Sandbox;
  readonly clock?: Clock;
  /** Facts in the page of the playground that differ from those of a sandbox. */
  readonly page?: Partial<PlaygroundSettings>;
  readonly authenticate?: AppOptions['authenticate'];
  readonly requestTimeoutMs?: number;
  /** Where the audit goes in place of `auditLines`. */
  readonly auditFile?: AppOptions['auditFile'];
  readonly fastPath?: AppOptions['fastPath'];
}

/** A gateway and a sandbox of its own on free ports, closed with the test. */
export async function openGateway(
  t: TestContext,
  options: GatewayOptions = {},
): Promise<OpenGateway> {
  const sandbox = options.atlas ?? (await startSandbox({ stageMs: 60, ...options.sandbox }));
  const [credentials] = options.sandbox?.credentials ?? [
    { clientId: 'sandbox-client', clientSecret: 'sandbox-secret' },
  ];
  const apiKey = options.apiKey ?? 'test-key-of-this-suite';
  const config = loadConfig({
    PORT: '0',
    ATLAS_BASE_URL: sandbox.url,
    ATLAS_CLIENT_ID: credentials?.clientId,
    ATLAS_CLIENT_SECRET: credentials?.clientSecret,
    ATLAS_PRODUCT_TYPE: 'TEST_PRODUCT',
    GATEWAY_API_KEY: apiKey,
    POLL_INTERVAL_MS: '50',
    SHUTDOWN_GRACE_MS: '0',
    DRAIN_MS: '0',
    DATA_DIR: ':memory:',
    ...options.env,
  });
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(...String(chunk).split('\n').filter(Boolean));
      done();
    },
  });
  const audit: string[] = [];
  if (config.atlas === null) throw new Error('the suite always names an Atlas');
  const app = await startApp({
    config: { ...config, ...options.config, atlas: config.atlas },
    log: createLog(config.logLevel, sink),
    build: readBuild(),
    auditFile: options.auditFile ?? { write: (line) => void audit.push(line) },
    ...(options.clock ? { clock: options.clock } : {}),
    ...(options.requestTimeoutMs ? { requestTimeoutMs: options.requestTimeoutMs } : {}),
    ...(options.fastPath ? { fastPath: options.fastPath } : {}),
    ...(options.authenticate ? { authenticate: options.authenticate } : {}),
    playground: {
      settings: {
        apiKey,
        isSandbox: true,
        hasDocuments: false,
        stories: playableStories,
        ...options.page,
      },
      readFiles: readBuiltPage,
    },
  });
  t.after(async () => {
    await app.close();
    if (options.atlas === undefined) await sandbox.close();
  });
  const graphqlUrl = `${app.url}/graphql`;
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };

  const gateway: OpenGateway = {
    app,
    sandbox,
    graphqlUrl,
    webSocketUrl: graphqlUrl.replace(/^http/, 'ws'),
    apiKey,
    headers,
    logLines: () => lines.map((line) => JSON.parse(line)),
    auditLines: () => audit.map((line) => JSON.parse(line)),
    async ask(query, variables) {
      const body = JSON.stringify({ query, variables });
      const response = await fetch(graphqlUrl, { method: 'POST', headers, body });
      return await response.json();
    },
    async openFlow(applicationId = 'application-1') {
      const answer = await gateway.ask(
        'mutation ($input: CreateFlowInput!) { createFlow(input: $input) { flow { uuid } userErrors { code } } }',
        { input: { applicationId } },
      );
      const { createFlow } = answer.data ?? {};
      if (!createFlow?.flow) throw new Error(`no flow: ${JSON.stringify(answer)}`);
      return createFlow.flow.uuid;
    },
    upload(flowUuid, ...fileNames) {
      const files = fileNames.map((name) => ({
        documentId: name,
        url: `https://files.example/${name}`,
      }));
      return gateway.ask(
        'mutation ($input: UploadDocumentsInput!) { uploadDocuments(input: $input) { flow { uuid } documents { documentId state } userErrors { code message path } } }',
        { input: { flowUuid, files } },
      );
    },
  };
  return gateway;
}

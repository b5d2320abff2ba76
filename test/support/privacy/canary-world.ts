import type { TestContext } from 'node:test';
import type { Scope } from '../../../src/identity/scopes.ts';
import { systemClock } from '../../../src/live/clock.ts';
import { openProvider } from '../identity/open-provider.ts';
import { toKey, toSettings } from '../identity/tenant-settings.ts';
import { transports } from '../limits/transports.ts';
import { openOtlpReceiver } from '../observe/otlp-receiver.ts';
import { type GraphAnswer, type OpenGateway, openGateway } from '../open-gateway.ts';
import { createHandClock } from '../sandbox/hand-clock.ts';
import { lastAddresses } from '../server/atlas-calls.ts';
import { makeDirectory } from '../store/adapters.ts';
import { everyScopeBut } from './open-callers.ts';

/** Every secret of the gateway, of its callers and of its Atlas, by name. */
const secrets = {
  'the key of somebody who sees all': 'test-key-of-this-suite',
  'the key of somebody who sees masks': 'agk_quux-the-key-that-sees-masks',
  'the key of somebody without scopes': 'agk_quux-the-key-without-scopes',
  'the callback secret': 'quux-callback-secret-of-this-suite',
  'the audit secret': 'quux-audit-secret-of-this-suite',
  'the token of the sandbox account': 'quux-sandbox-callback-token',
  'the client secret': 'quux-7Jk2vQ9xTf4LwZ8rB1nY',
  'the address client secret': 'quux-M3pD6sHc0UgE5aXoK9iR',
} as const;

/** The outputs, by their place. */
export interface Sinks {
  /** Answers to whoever may see personal data; without their errors. */
  readonly clear: string[];
  /** All other answers. */
  readonly masked: string[];
  readonly errors: string[];
}

export interface CanaryWorld extends OpenGateway {
  readonly uuid: string;
  /** Where the gateway keeps what outlives it. */
  readonly directory: string;
  readonly batchId: string;
  readonly addresses: ReturnType<typeof lastAddresses>;
  readonly sinks: Sinks;
  /** Sends an operation as everybody on every transport. */
  askAll(query: string, options?: AskAllOptions): Promise<void>;
  /** The same on one transport, each time the next, as the next of those who get as far as Atlas. */
  askOne(query: string, options?: AskAllOptions): Promise<void>;
  /** Sends anything by HTTP, and keeps all of its answer. */
  fetchAll(url: string, init?: RequestInit): Promise<void>;
  /** The secrets above and those that were made meanwhile. */
  secrets(): (readonly [name: string, secret: string])[];
  readonly scrape: () => Promise<string>;
  /** Ends the gateway, so that all its spans are there. */
  readonly spans: () => Promise<string>;
}

export interface AskAllOptions {
  readonly variables?: Record<string, unknown> | undefined;
  /** The preparation of each run. */
  readonly before?: () => void;
}

/** A gateway before an Atlas that echoes, with everybody who can come to it. */
export async function openCanaryWorld(t: TestContext): Promise<CanaryWorld> {
  const clock = createHandClock();
  const receiver = await openOtlpReceiver(t);
  const provider = await openProvider(t);
  const directory = makeDirectory(t);
  const client = { clientId: 'quux-client', clientSecret: secrets['the client secret'] };
  const masked: readonly Scope[] = everyScopeBut('pii:read');
  const tenant = toSettings('acme', {
    credentials: {
      ...client,
      addressClientId: 'quux-address-client',
      addressClientSecret: secrets['the address client secret'],
    },
    productType: 'TEST_PRODUCT',
    sandboxCallbackToken: secrets['the token of the sandbox account'],
    keys: [
      toKey(secrets['the key of somebody who sees all'], { name: 'clear' }),
      toKey(secrets['the key of somebody who sees masks'], {
        name: 'masked',
        scopes: new Set(masked),
      }),
      toKey(secrets['the key of somebody without scopes'], { name: 'none', scopes: new Set() }),
    ],
  });
  const address = {
    clientId: 'quux-address-client',
    clientSecret: secrets['the address client secret'],
  };
  let passedMs = 0;
  const gateway = await openGateway(t, {
    clock: {
      now: () => Date.now() + passedMs,
      monotonicMs: () => systemClock.monotonicMs() + passedMs,
      after: (delayMs, act) => systemClock.after(delayMs / 5, act),
    },
    sandbox: { clock, stageMs: 1000, credentials: [client, address] },
    config: {
      tenants: [tenant],
      audit: { place: 'stdout', secret: secrets['the audit secret'] },
      jwt: provider.trust,
    },
    env: {
      CALLBACK_SECRET: secrets['the callback secret'],
      LOG_LEVEL: 'debug',
      METRICS_PORT: '0',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      PII_CACHE_SECONDS: '0',
      DATA_DIR: directory,
    },
  });
  const { sandbox, app } = gateway;
  const uuid = await gateway.openFlow();
  const addresses = lastAddresses(sandbox);
  await gateway.upload(uuid, 'pan.jpg');
  sandbox.finishFlow(uuid, 'SUCCESS');
  await sandbox.waitForCallback(uuid);
  const created = await gateway.ask(
    'mutation { createBatch(input: { files: [{ documentId: "1", url: "https://files.example/pan.jpg" }] }) { batch { batchId } } }',
  );
  clock.advance(2_000);
  const { batchId } = created.data.createBatch.batch;
  const granted = await gateway.ask(
    'mutation ($input: IssueFlowGrantInput!) { issueFlowGrant(input: $input) { token } }',
    { input: { flowUuid: uuid, canReadDocuments: true, ttlSeconds: 86_400 } },
  );
  const made = {
    'a grant': granted.data.issueFlowGrant.token as string,
    'a JWT': await provider.sign({
      scope: masked.join(' '),
      exp: Math.floor(Date.now() / 1000) + 86_400,
    }),
  };
  const sinks: Sinks = { clear: [], masked: [], errors: [] };
  const callers = [
    secrets['the key of somebody who sees all'],
    secrets['the key of somebody who sees masks'],
    secrets['the key of somebody without scopes'],
    made['a grant'],
    made['a JWT'],
    'quux-a-key-of-nobody',
  ];

  let turn = 0;

  async function askAs(
    caller: string,
    ask: (typeof transports)[number][1],
    query: string,
    { variables, before = () => {} }: AskAllOptions = {},
  ): Promise<void> {
    const headers = { ...gateway.headers, authorization: `Bearer ${caller}` };
    before();
    const sent = { query, ...(variables ? { variables } : {}) };
    const answer = await ask({ ...gateway, headers }, sent).catch((error: unknown) => ({
      // A socket that was closed says so and nothing else; so does an answer that is none.
      errors: [{ message: JSON.stringify(error), extensions: {} }],
    }));
    sandbox.clearFaults();
    keep(caller, answer);
    // Failures are long ago by now: no circuit is open, and no try is too many.
    passedMs += 60_000;
  }

  function keep(caller: string, { errors, ...rest }: GraphAnswer): void {
    const isClear = caller === callers[0];
    sinks[isClear ? 'clear' : 'masked'].push(JSON.stringify(rest));
    if (errors) sinks.errors.push(JSON.stringify(errors));
  }

  return {
    ...gateway,
    uuid,
    directory,
    batchId,
    addresses,
    sinks,
    async askAll(query, options) {
      for (const caller of callers) {
        for (const [, ask] of transports) await askAs(caller, ask, query, options);
      }
    },
    async askOne(query, options) {
      turn += 1;
      const [, ask] = transports[turn % transports.length] ?? [];
      const caller = callers[Math.floor(turn / transports.length) % 2];
      if (ask && caller) await askAs(caller, ask, query, options);
    },
    async fetchAll(url, init) {
      const response = await fetch(url, { redirect: 'manual', ...init });
      const headers = JSON.stringify([...response.headers]);
      sinks.errors.push(`${response.status} ${headers} ${await response.text()}`);
    },
    secrets: () =>
      [
        ...Object.entries(secrets),
        ...Object.entries(made),
        ...new Set(sandbox.calls.flatMap(({ headers }) => headers.token ?? [])),
      ].map((entry) =>
        typeof entry === 'string' ? (['a token of Atlas', entry] as const) : entry,
      ),
    scrape: async () => await (await fetch(app.metricsUrl ?? '')).text(),
    async spans() {
      await app.close();
      return receiver.text();
    },
  };
}

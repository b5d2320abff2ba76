import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import type { EndpointName } from '../../../src/atlas/api/endpoints.ts';
import { type Clock, systemClock } from '../../../src/live/clock.ts';
import type { Fault } from '../../../src/sandbox/fault-queue.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/start-sandbox.ts';
import { toKey, toSettings } from '../identity/tenant-settings.ts';
import { type GraphAnswer, openGateway } from '../open-gateway.ts';

/** A tenant whose calls alone go wrong, so that its tokens, budget and breakers are its own. */
export interface Faulty {
  readonly clientId: string;
  readonly headers: Readonly<Record<string, string>>;
  ask(query: string, variables?: Record<string, unknown>): Promise<GraphAnswer>;
  /** Has the tenant's next `times` calls (all) of an endpoint go wrong. */
  fault(name: EndpointName, fault: Fault, times?: number): void;
  /** How many calls of an endpoint the tenant made since it last asked to begin counting. */
  countCalls(name: EndpointName): number;
  beginCounting(): void;
  /** Opens a flow at Atlas without the gateway, and returns its uuid. */
  openElsewhere(): Promise<string>;
  /** Waits until it made so many. */
  waitForCalls(name: EndpointName, count: number): Promise<void>;
}

/** One gateway and one sandbox with a tenant for each row, and one more that nothing happens to. */
export interface FaultyWorld {
  readonly sandbox: Sandbox;
  readonly graphqlUrl: string;
  readonly webSocketUrl: string;
  /** A tenant that nobody has had yet. */
  next(): Faulty;
  /** Reads a flow as the tenant that nothing happens to: fresh, and without an error. */
  readAsBystander(): Promise<void>;
  /** How many flows and batches are watched. */
  countWatched(): number;
  /** How many sockets to the sandbox are open. */
  countSockets(): number;
  /** The most that were open at once. */
  mostSockets(): number;
  /** Waits until no more timers run than before the first row, and the lanes are empty. */
  comeToRest(): Promise<void>;
  /** Sets the gateway's clock forward; no timer runs any sooner for it. */
  letPass(ms: number): void;
  /** The log lines that an outage does not explain. */
  faultsOfOurOwn(): readonly unknown[];
}

export const mostConnections = 24;
const always = Number.POSITIVE_INFINITY;
const readStatus =
  'query ($uuid: String!) { flow(uuid: $uuid) { status { freshness { stale } } } }';
/** No server listens there: what is told of a flow's end is another test's. */
const elsewhere = 'https://nowhere.invalid.example/nobody';

/** Opens it for so many rows, closed with the test; what is left open then fails the test. */
export async function openFaultyWorld(
  t: TestContext,
  rows: number,
  operationTimeoutMs = 30_000,
): Promise<FaultyWorld> {
  const ids = ['bystander', ...Array.from({ length: rows }, (_, row) => `row-${row}`)];
  const sandbox = await startSandbox({
    stageMs: 1,
    credentials: ids.map((id) => ({ clientId: `${id}-client`, clientSecret: `${id}-secret` })),
  });
  const timers = createCountedTimers();
  const sockets = countSocketsTo(t, sandbox.port);
  const gateway = await openGateway(t, {
    atlas: sandbox,
    clock: timers.clock,
    env: {
      ATLAS_CONCURRENCY: String(mostConnections),
      OPERATION_TIMEOUT_MS: String(operationTimeoutMs),
      PII_CACHE_SECONDS: '0',
    },
    config: {
      tenants: ids.map((id) =>
        toSettings(id, {
          keys: [toKey(`key-of-${id}`)],
          productType: 'SAMPLE',
          callbackHosts: ['nowhere.invalid.example'],
        }),
      ),
    },
  });

  t.after(async () => {
    // The gateway is closed by now, and so must be what it opened.
    while (sockets.count() > 0) await turn();
    await sandbox.close();
  });

  function as(id: string): Faulty {
    const clientId = `${id}-client`;
    const headers = { ...gateway.headers, authorization: `Bearer key-of-${id}` };
    let countedFrom = 0;
    const faulty: Faulty = {
      clientId,
      headers,
      async ask(query, variables) {
        const body = JSON.stringify({ query, variables });
        const response = await fetch(gateway.graphqlUrl, { method: 'POST', headers, body });
        return await response.json();
      },
      fault: (name, fault, times = always) => sandbox.fault(name, fault, times, clientId),
      beginCounting() {
        countedFrom = sandbox.calls.length;
      },
      countCalls: (name) =>
        sandbox.calls
          .slice(countedFrom)
          .filter((call) => call.name === name && clientOf(call.headers) === clientId).length,
      async openElsewhere() {
        const post = async (path: string, headers: Record<string, string>, body?: object) => {
          const sent = { method: 'POST', headers, body: body ? JSON.stringify(body) : null };
          return await (await fetch(`${sandbox.url}${path}`, sent)).json();
        };
        const credentials = { 'Client-Id': clientId, 'Client-Secret': `${id}-secret` };
        const { access_token } = await post('/v3/verification/authtoken', credentials);
        const { flow_uuid } = await post(
          '/v3/verification/flow/init',
          { Token: access_token, 'content-type': 'application/json' },
          {
            product_type: 'SAMPLE',
            application_id: 'application-of-another',
            auth_url: elsewhere,
            callback_url: elsewhere,
          },
        );
        return flow_uuid;
      },
      async waitForCalls(name, count) {
        while (faulty.countCalls(name) < count) await turn();
      },
    };
    return faulty;
  }

  const bystander = as('bystander');
  const uuid = await openFlow(bystander);
  const atRest = timers.count();
  let given = 0;

  return {
    sandbox,
    graphqlUrl: gateway.graphqlUrl,
    webSocketUrl: gateway.webSocketUrl,
    next() {
      const id = `row-${given}`;
      given += 1;
      assert.ok(given <= rows, 'there are no more tenants');
      return as(id);
    },
    async readAsBystander() {
      const { data, errors } = await bystander.ask(readStatus, { uuid });
      assert.equal(errors, undefined);
      assert.deepEqual(data, { flow: { status: { freshness: { stale: false } } } });
    },
    countWatched: gateway.app.countWatched,
    countSockets: sockets.count,
    mostSockets: sockets.most,
    async comeToRest() {
      while (timers.count() > atRest) await turn();
    },
    letPass: timers.letPass,
    faultsOfOurOwn: () => gateway.logLines().filter(({ level }) => level === 'error'),
  };
}

/** Opens a flow as a tenant, and answers its uuid. */
export async function openFlow({ ask }: Pick<Faulty, 'ask'>): Promise<string> {
  const { data } = await ask(
    'mutation ($input: CreateFlowInput!) { createFlow(input: $input) { flow { uuid } } }',
    { input: { applicationId: 'application-1', callbackUrl: elsewhere, authUrl: elsewhere } },
  );
  return data.createFlow.flow.uuid;
}

/** Lets everything happen that is ready to. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Whose call it was: a token of the sandbox names its client, in force or not. */
function clientOf(headers: Readonly<Record<string, string>>): unknown {
  const [, claims] = (headers.token ?? '').split('.');
  if (claims === undefined) return headers['client-id'] ?? headers.client_id;
  return JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')).sub;
}

/** The clock on the wall, or one that is ahead of it, which knows how many timers are to come. */
function createCountedTimers() {
  let pending = 0;
  let aheadMs = 0;
  const clock: Clock = {
    now: () => systemClock.now() + aheadMs,
    monotonicMs: () => systemClock.monotonicMs() + aheadMs,
    after(delayMs, act) {
      let isPending = true;
      pending += 1;
      const end = () => {
        if (isPending) pending -= 1;
        isPending = false;
      };
      const cancel = systemClock.after(delayMs, () => {
        end();
        act();
      });
      return () => {
        end();
        cancel();
      };
    },
  };
  const letPass = (ms: number): void => {
    aheadMs += ms;
  };
  return { clock, count: () => pending, letPass };
}

/** Counts the client's sockets to a port, as undici tells of them. */
function countSocketsTo(t: TestContext, port: number) {
  const channel = 'undici:client:connected';
  const open = new Set<Socket>();
  let most = 0;
  const onConnected = (message: unknown) => {
    const told = message as { connectParams: { port: string }; socket: Socket }; // undici's docs
    if (told.connectParams.port !== String(port)) return;
    open.add(told.socket);
    most = Math.max(most, open.size);
    told.socket.once('close', () => open.delete(told.socket));
  };
  subscribe(channel, onConnected);
  t.after(() => void unsubscribe(channel, onConnected));
  return { count: () => open.size, most: () => most };
}

import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { Service } from '../../../src/atlas/api/endpoints.ts';
import { AtlasError } from '../../../src/atlas/api/errors.ts';
import type { Tenant } from '../../../src/atlas/api/tenant.ts';
import {
  type AtlasClient,
  type AtlasClientOptions,
  createAtlasClient,
} from '../../../src/atlas/client/client.ts';
import { createDeadlines } from '../../../src/atlas/deadline/deadline.ts';
import type { AtlasCallRecord } from '../../../src/atlas/resilience/observer.ts';
import { createTransport, type TransportOptions } from '../../../src/atlas/transport/transport.ts';
import {
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from '../../../src/sandbox/start-sandbox.ts';
import { toTenantId } from '../tenant-id.ts';

/** A tenant with the sandbox's default credentials, or with some of its own. */
export function tenantNamed(
  id: string,
  clientId = 'sandbox-client',
  clientSecret = 'sandbox-secret',
): Tenant {
  return {
    id: toTenantId(id),
    credentials: {
      clientId,
      clientSecret,
      addressClientId: clientId,
      addressClientSecret: clientSecret,
    },
  };
}

export interface ClientOptions extends Partial<Omit<AtlasClientOptions, 'baseUrls'>> {
  readonly transport?: TransportOptions;
}

/** A client whose four services live at one address, or at those given; closed with the test. */
export function openClientAt(
  t: TestContext,
  address: string | Readonly<Record<Service, string>>,
  { transport = {}, ...options }: ClientOptions = {},
): { client: AtlasClient; reported: AtlasCallRecord[] } {
  const reported: AtlasCallRecord[] = [];
  const client = createAtlasClient({
    baseUrls:
      typeof address === 'string'
        ? { verification: address, bulk: address, docstream: address, address }
        : address,
    openTransport: (origin) => createTransport(origin, transport),
    onCall: (call) => reported.push(call),
    // The least of chance is no pause between two tries.
    random: () => 0,
    ...options,
  });
  t.after(() => client.close());
  return { client, reported };
}

/** A sandbox and a client that talks to it, both closed with the test. */
export async function openClient(
  t: TestContext,
  {
    sandbox: sandboxOptions,
    ...options
  }: ClientOptions & { readonly sandbox?: SandboxOptions } = {},
): Promise<{ client: AtlasClient; sandbox: Sandbox; reported: AtlasCallRecord[]; tenant: Tenant }> {
  const sandbox = await startSandbox({ stageMs: 60_000, ...sandboxOptions });
  t.after(() => sandbox.close());
  return { ...openClientAt(t, sandbox.url, options), sandbox, tenant: tenantNamed('acme') };
}

/** Deadlines that come when the test says so. */
export function createHandDeadlines() {
  const running = new Set<() => void>();
  const startDeadline = createDeadlines({
    timeoutMs: 15_000,
    after(_delayMs, act) {
      running.add(act);
      return () => running.delete(act);
    },
  });
  return {
    startDeadline,
    /** Ends every wait that is under way. */
    pass(): void {
      for (const end of [...running]) end();
    },
  };
}

/** A flow that is there to be asked about. */
export async function openFlow(client: AtlasClient, tenant: Tenant): Promise<string> {
  const flowUuid = await client.call(tenant, 'initFlow', flowToOpen);
  if (flowUuid === null) throw new Error('no flow was opened');
  return flowUuid;
}

/** No server listens at its addresses. */
export const flowToOpen = {
  product_type: 'SAMPLE_PRODUCT',
  application_id: 'app-0001',
  auth_url: 'http://127.0.0.1:9/auth',
  callback_url: 'http://127.0.0.1:9/callback',
};

/** One file of a multiupload. */
export const oneFile = [{ file_url: 'https://files.example/in/pan.jpg', document_id: 'doc-1' }];

/** A plain HTTP server under the test's own hand. */
export async function openServer(
  t: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ url: string; close: () => Promise<void> }> {
  const server = http.createServer(answer);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  async function close(): Promise<void> {
    const closed = Promise.withResolvers<void>();
    server.close(() => closed.resolve());
    server.closeAllConnections();
    await closed.promise;
  }
  t.after(close);
  const { port } = server.address() as AddressInfo; // listens on a port, not on a pipe
  return { url: `http://127.0.0.1:${port}`, close };
}

/** The AtlasError that a call ends in; whatever else it ends in fails the test. */
export async function failureOf(call: Promise<unknown>): Promise<AtlasError> {
  const ended = await call.then(
    (answer) => new Error(`was answered: ${JSON.stringify(answer)}`),
    (error: unknown) => error,
  );
  if (ended instanceof AtlasError) return ended;
  throw ended;
}

import type { TestContext } from 'node:test';
import {
  type EndpointName,
  endpointRow,
  tokenEndpoints,
} from '../../../src/atlas/api/endpoints.ts';
import {
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from '../../../src/sandbox/start-sandbox.ts';
import { createHandClock, type HandClock } from './hand-clock.ts';

/** The response. The body is as loose as JSON is: a test asserts the members that it is about. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ReturnType<typeof JSON.parse>;
}

/** A sandbox whose clock stands still, and a client that knows its way. */
export interface OpenSandbox {
  readonly sandbox: Sandbox;
  readonly clock: HandClock;
  /** Calls an endpoint as it stands in the table, with nothing but what is given. */
  ask(name: EndpointName, input?: unknown, headers?: Record<string, string>): Promise<Reply>;
  /** Calls with a good token or good static credentials. */
  call(name: EndpointName, input?: unknown): Promise<Reply>;
  /** A fresh token. */
  token(family: keyof typeof tokenEndpoints, credentials?: Record<string, string>): Promise<string>;
  /** Opens a flow of the application id and hands in files called after the names. */
  flowWith(...fileNames: string[]): Promise<string>;
}

/** The headers of the default client. */
export const exchange = { 'Client-Id': 'sandbox-client', 'Client-Secret': 'sandbox-secret' };
const fixed = { client_id: 'sandbox-client', client_secret: 'sandbox-secret' };

/** The parameters of a flow; no server listens at its addresses. */
export const application = {
  product_type: 'SAMPLE_PRODUCT',
  application_id: 'app-0001',
  auth_url: 'http://127.0.0.1:9/auth',
  callback_url: 'http://127.0.0.1:9/callback',
};

/** Files of a multiupload, with document ids from doc-1. */
export function filesNamed(...names: string[]) {
  return names.map((name, place) => ({
    file_url: `https://files.example/in/${name}`,
    document_id: `doc-${place + 1}`,
  }));
}

/** Starts a sandbox with stages of 1000 ms; it is closed after the test. */
export async function openSandbox(
  t: TestContext,
  options: SandboxOptions = {},
): Promise<OpenSandbox> {
  const clock = createHandClock();
  const sandbox = await startSandbox({ clock, stageMs: 1000, ...options });
  t.after(() => sandbox.close());

  async function ask(name: EndpointName, input?: unknown, headers?: Record<string, string>) {
    const { method, path } = endpointRow(name);
    const url = new URL(path, sandbox.url);
    if (method === 'GET') {
      for (const [member, value] of Object.entries(input ?? {})) {
        url.searchParams.set(member, String(value));
      }
      return toReply(await fetch(url, { headers: headers ?? {} }));
    }
    const body = input === undefined ? null : JSON.stringify(input);
    return toReply(await fetch(url, { method, body, headers: headers ?? {} }));
  }

  async function token(family: keyof typeof tokenEndpoints, credentials = exchange) {
    const { body } = await ask(tokenEndpoints[family], undefined, credentials);
    return String(body.access_token);
  }

  async function call(name: EndpointName, input?: unknown) {
    const { service } = endpointRow(name);
    const headers = service === 'address' ? fixed : { Token: await token(service) };
    return ask(name, input, headers);
  }

  async function flowWith(...fileNames: string[]) {
    const opened = await call('initFlow', application);
    const flow_uuid = String(opened.body.flow_uuid);
    if (fileNames.length > 0) {
      await call('uploadToFlow', { flow_uuid, file_urls: filesNamed(...fileNames) });
    }
    return flow_uuid;
  }

  return { sandbox, clock, ask, call, token, flowWith };
}

async function toReply(response: Response): Promise<Reply> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text && JSON.parse(text) };
}

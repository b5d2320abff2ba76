import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { ReceivedRequest } from './evidence.ts';

/** The addresses that Atlas is told to call. */
export interface CallbackAddresses {
  readonly callbackUrl: string;
  readonly authUrl: string;
}

/** An HTTP server that records how Atlas calls back. */
export interface CallbackReceiver {
  readonly addresses: CallbackAddresses;
  /** True if PUBLIC_URL leads to this process. */
  readonly canReceive: boolean;
  readonly received: readonly ReceivedRequest[];
  /** Resolves at the first callback, or after `ms` milliseconds. */
  waitForCallback(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Addresses of no host (RFC 2606): Atlas asks for some, and no callback can arrive. */
const nowhere: CallbackAddresses = {
  callbackUrl: 'https://callback.invalid/atlas/callback',
  authUrl: 'https://callback.invalid/atlas/auth',
};
const mostBodyBytes = 8 * 1024 * 1024;
const probeTimeoutMs = 10_000;

/**
 * Listens where PUBLIC_URL is said to lead, and asks itself there. Without PUBLIC_URL nothing listens.
 * Rejects if the port cannot be opened.
 */
export async function startCallbackReceiver({
  publicUrl,
  host,
  port,
}: {
  readonly publicUrl: string | null;
  readonly host: string;
  readonly port: number;
}): Promise<CallbackReceiver> {
  const received: ReceivedRequest[] = [];
  const called = Promise.withResolvers<void>();
  if (publicUrl === null) {
    return {
      addresses: nowhere,
      canReceive: false,
      received,
      waitForCallback: async () => {},
      close: async () => {},
    };
  }
  const secret = randomBytes(24).toString('base64url');
  const token = randomBytes(24).toString('base64url');
  const server = createServer((request, response) => {
    const kind = kindOf(request, secret);
    if (kind === null) {
      response.writeHead(404).end();
      return;
    }
    if (kind === 'probe') {
      response.end(token);
      return;
    }
    readText(request).then(
      (text) => {
        received.push({
          kind,
          method: request.method ?? '',
          headerNames: Object.keys(request.headers).filter((name) => !usualHeaders.has(name)),
          tokenHeader: headerWith(request, token),
          json: toJson(text),
        });
        response.setHeader('content-type', 'application/json');
        // The documentation does not name the member that Atlas reads (CONTRACT 5.1).
        const issued = { access_token: token, token, Token: token, expires_in: 3600 };
        response.end(JSON.stringify(kind === 'auth' ? issued : { status: 'ok' }));
        if (kind === 'callback') called.resolve();
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const base = `${publicUrl}/atlas`;
  const canReceive = await leadsHere(`${base}/probe/${secret}`, token);
  return {
    addresses: canReceive
      ? { callbackUrl: `${base}/callback/${secret}`, authUrl: `${base}/auth/${secret}` }
      : nowhere,
    canReceive,
    received,
    async waitForCallback(ms) {
      if (!canReceive) return;
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, ms);
      await Promise.race([called.promise, late.promise]);
      clearTimeout(timer);
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const usualHeaders = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-length',
  'content-type',
  'host',
  'transfer-encoding',
  'user-agent',
]);

function kindOf({ url }: IncomingMessage, secret: string): 'auth' | 'callback' | 'probe' | null {
  const [, kind, given] = /^\/atlas\/(auth|callback|probe)\/([\w-]+)$/.exec(url ?? '') ?? [];
  if (given !== secret) return null;
  return kind === 'auth' || kind === 'callback' ? kind : 'probe';
}

function headerWith({ headers }: IncomingMessage, token: string): string | null {
  const found = Object.entries(headers).find(([, value]) => String(value).includes(token));
  return found?.[0] ?? null;
}

async function leadsHere(url: string, token: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(probeTimeoutMs);
    const response = await fetch(url, { redirect: 'error', signal });
    return (await response.text()) === token;
  } catch {
    return false;
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > mostBodyBytes) throw new Error('the body is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

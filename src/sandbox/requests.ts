import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { shortErrorResponse } from './error-response.ts';

const maxBodyBytes = 1024 * 1024;
const notedHeaders = [
  'accept',
  'authorization',
  'client-id',
  'client-secret',
  'client_id',
  'client_secret',
  'content-type',
  'token',
  'traceparent',
  'tracestate',
  'user-agent',
  'x-request-id',
] as const;

/** Path and query of a request line. A name that comes twice counts once, the last time. */
export function toTarget(url: string): { path: string; query: Record<string, string> } {
  const mark = url.indexOf('?');
  if (mark === -1) return { path: url, query: {} };
  const query = Object.fromEntries(new URLSearchParams(url.slice(mark + 1)));
  return { path: url.slice(0, mark), query };
}

/** The headers that say who asks and what for. */
export function toNotedHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const noted: Record<string, string> = {};
  for (const name of notedHeaders) {
    const value = headers[name];
    if (typeof value === 'string') noted[name] = value;
  }
  return noted;
}

/**
 * The whole body as text; null when it is over 1 MiB, of which no more is kept. Rejects when the
 * caller goes away in the middle of it.
 */
export async function readText(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Going no further must not take away the socket that the refusal leaves by.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > maxBodyBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The JSON of a body; no body is an empty object, so that the refusal can name what is missing. */
export function loadJson(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    throw shortErrorResponse(400, 'Request body is not valid JSON');
  }
}

/** Returns a body for the call log: its JSON, else its text, else nothing. */
export function toNotedBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { toReviver } from '../../atlas/json/raw-number.ts';
import { acceptedCodings, readBody } from './body.ts';
import { isJson } from './refusal.ts';

const mostBodyBytes = 1024 * 1024;

/**
 * The members of a request for an operation (GraphQL over HTTP, 5.1). There may be no text where
 * `extensions` says which one is meant.
 */
export const operationParams = z
  .strictObject({
    query: z.string().nullish(),
    operationName: z.string().nullish(),
    variables: z.record(z.string(), z.unknown()).nullish(),
    extensions: z.record(z.string(), z.unknown()).nullish(),
  })
  .refine(({ query, extensions }) => query != null || extensions?.persistedQuery !== undefined, {
    path: ['query'],
  });

export type OperationParams = z.output<typeof operationParams>;

/** Why a request holds no operation that can be read, and the HTTP status that says so. */
export interface UnreadableOperation {
  readonly status: number;
  readonly problem: string;
  /** What the answer's head says besides. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a request brought along: the text of its body, null for a GET, and what can be read in it. */
export interface Sent {
  readonly text: string | null;
  /** Undefined where the text is no JSON. */
  readonly given: unknown;
}

/** Reads what a request's body holds, or the query of a GET. Rejects when the request breaks off. */
export async function readSent(request: IncomingMessage): Promise<Sent | UnreadableOperation> {
  if (request.method === 'GET') return { text: null, given: fromQuery(request) };
  if (request.method !== 'POST')
    return { status: 405, problem: 'Send an operation by GET or POST.' };
  // Anything else could be posted by a form, without a preflight.
  if (!isJson(request.headers['content-type'])) {
    return { status: 415, problem: 'The body must be application/json.' };
  }
  const body = await readBody(request, mostBodyBytes);
  if (body === 'too long') return { status: 413, problem: 'The body is too long.' };
  if (body === 'not UTF-8') return { status: 400, problem: 'The body is not in UTF-8.' };
  if (body === 'broken coding') {
    return { status: 400, problem: 'The body is not what its Content-Encoding says.' };
  }
  if (body === 'unknown coding') {
    // RFC 9110, 15.5.16.
    const headers = { 'accept-encoding': acceptedCodings, connection: 'close' };
    return {
      status: 415,
      problem: `The body must come plain, or as one of ${acceptedCodings}.`,
      headers,
    };
  }
  return { text: body.text, given: parseJson(body.text) };
}

/** Reads the operation in a request by a shape. */
export async function readOperation<Shape extends z.ZodType>(
  request: IncomingMessage,
  shape: Shape,
): Promise<z.output<Shape> | UnreadableOperation> {
  const sent = await readSent(request);
  return 'problem' in sent ? sent : parseOperation(shape, sent.given);
}

/** Takes what was sent for an operation of a shape. */
export function parseOperation<Shape extends z.ZodType>(
  shape: Shape,
  given: unknown,
): z.output<Shape> | UnreadableOperation {
  const parsed = shape.safeParse(given);
  if (parsed.success) return parsed.data;
  const member = parsed.error.issues[0]?.path.join('.');
  const problem = member
    ? `${member}: this is missing, or not what an operation holds there.`
    : 'The request does not hold an operation as a JSON object.';
  return { status: 400, problem };
}

function fromQuery(request: IncomingMessage): Record<string, unknown> {
  const params: Record<string, unknown> = Object.fromEntries(
    new URL(request.url ?? '/', 'http://localhost').searchParams,
  );
  for (const name of ['variables', 'extensions']) {
    const text = params[name];
    // What is no JSON stays a text, and is refused by the shape.
    if (typeof text === 'string') params[name] = parseJson(text) ?? text;
  }
  return params;
}

function parseJson(text: string): unknown {
  try {
    // Some clients put a byte order mark in front (RFC 8259, 8.1).
    const json = text.startsWith('\ufeff') ? text.slice(1) : text;
    return JSON.parse(json, toReviver(json));
  } catch {
    return undefined;
  }
}

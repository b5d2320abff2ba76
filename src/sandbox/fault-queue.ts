import { z } from 'zod';
import { type EndpointName, endpoints } from '../atlas/api/endpoints.ts';

/** As many bytes as no honest answer has, and as a process can still hold a few times. */
const mostBytes = 64 * 1024 * 1024;

const fault = z.union([
  z.strictObject({ delayMs: z.number().nonnegative() }),
  z.strictObject({ dripMs: z.number().nonnegative() }),
  z.strictObject({ hangUp: z.enum(['before', 'after']) }),
  z.strictObject({ reset: z.enum(['before', 'after']) }),
  z.strictObject({ bend: z.enum(['extra-members', 'wrong-types', 'drift']) }),
  z.strictObject({ padToBytes: z.number().int().min(1).max(mostBytes) }),
  z.strictObject({ hang: z.literal(true) }),
  z.strictObject({ expiredToken: z.literal(true) }),
  z.strictObject({
    rawBody: z.string(),
    status: z.number().int().min(200).max(599).exactOptional(),
    contentType: z.string().exactOptional(),
  }),
  z.strictObject({
    status: z.number().int().min(200).max(599),
    body: z.unknown().optional(),
    headers: z.record(z.string(), z.string()).exactOptional(),
  }),
]);

/**
 * A way to misbehave for one call:
 * - `status`: another answer; `rawBody`: another one, sent as it stands;
 * - `delayMs`: the right answer, but late; `dripMs`: byte by byte, so far apart;
 * - `bend`: the right answer in another shape, see `bend-answer.ts`;
 * - `padToBytes`: the right answer with blanks behind it, as JSON allows;
 * - `hangUp`: the socket closed `before` or `after` the request took effect;
 * - `reset`: the same by RST, and `before` the body of the request was read;
 * - `hang`: no answer at all;
 * - `expiredToken`: the token is refused here and dead from now on.
 */
export type Fault = z.infer<typeof fault>;

/** The body of `POST /_sandbox/faults`. */
export const faultRequest = z.strictObject({
  endpoint: z.enum(Object.keys(endpoints) as [EndpointName, ...EndpointName[]]),
  fault,
  times: z.number().int().min(1).max(1_000_000).default(1),
  clientId: z.string().min(1).exactOptional(),
});

/** The misbehaviour that is still to come, in the order in which it was asked for. */
export interface FaultQueue {
  /** For the next `times` calls of an endpoint, of one client if it is named; `Infinity`: all. */
  add(name: EndpointName, fault: Fault, times: number, clientId?: string): void;
  /** Uses up one that is meant for a client, or for anybody. */
  take(name: EndpointName, clientId: string | null): Fault | null;
  clear(): void;
}

interface QueuedFault {
  readonly fault: Fault;
  readonly clientId: string | undefined;
  times: number;
}

/** Starts honest. */
export function createFaultQueue(): FaultQueue {
  const queues = new Map<EndpointName, QueuedFault[]>();

  function add(name: EndpointName, fault: Fault, times: number, clientId?: string): void {
    queues.set(name, [...(queues.get(name) ?? []), { fault, times, clientId }]);
  }

  function take(name: EndpointName, clientId: string | null): Fault | null {
    const queue = queues.get(name) ?? [];
    const first = queue.find((each) => each.clientId === undefined || each.clientId === clientId);
    if (first === undefined) return null;
    first.times -= 1;
    if (first.times <= 0) queue.splice(queue.indexOf(first), 1);
    return first.fault;
  }

  return { add, take, clear: () => queues.clear() };
}

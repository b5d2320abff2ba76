import type { EndpointName } from '../atlas/api/endpoints.ts';

/** One call that reached the sandbox, refused or not. */
export interface SandboxCall {
  readonly name: EndpointName;
  /** By the sandbox's clock, in milliseconds. */
  readonly at: number;
  /** Those that say who asks and what for; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** The JSON of the body, its text if it is none, undefined without a body. */
  readonly body: unknown;
  /** 0 until it is answered, and for good when it never is. */
  readonly status: number;
}

/** A log of the last 50,000 calls. */
export interface CallLog {
  readonly calls: readonly SandboxCall[];
  /** How many arrived since the last `clear`, of one endpoint or of all. */
  count(name?: EndpointName): number;
  clear(): void;
  /** Notes a call on arrival; the answer notes the status. */
  record(call: Omit<SandboxCall, 'status'>): (status: number) => void;
  /** The first call noted since the last `clear` that fits, or the next one that will. */
  waitFor(name: EndpointName, fits?: (call: SandboxCall) => boolean): Promise<SandboxCall>;
  /** Rejects those that still wait. */
  close(): void;
}

interface CallWaiter {
  readonly fits: (call: SandboxCall) => boolean;
  readonly resolve: (call: SandboxCall) => void;
  readonly reject: (reason: Error) => void;
}

const maxCalls = 50_000;

/** Starts with an empty log. */
export function createCallLog(): CallLog {
  const calls: SandboxCall[] = [];
  const counts = new Map<EndpointName, number>();
  const waiting = new Set<CallWaiter>();

  function count(name?: EndpointName): number {
    if (name !== undefined) return counts.get(name) ?? 0;
    return [...counts.values()].reduce((sum, each) => sum + each, 0);
  }

  function clear(): void {
    calls.length = 0;
    counts.clear();
  }

  function record(call: Omit<SandboxCall, 'status'>): (status: number) => void {
    const recorded = { ...call, status: 0 };
    calls.push(recorded);
    if (calls.length > maxCalls) calls.shift();
    counts.set(call.name, count(call.name) + 1);
    notifyWaiters(recorded);
    return (status) => {
      recorded.status = status;
      notifyWaiters(recorded);
    };
  }

  function notifyWaiters(call: SandboxCall): void {
    for (const waiter of waiting) {
      if (!waiter.fits(call)) continue;
      waiting.delete(waiter);
      waiter.resolve(call);
    }
  }

  function waitFor(name: EndpointName, fits: (call: SandboxCall) => boolean = () => true) {
    const matches = (call: SandboxCall) => call.name === name && fits(call);
    const past = calls.find(matches);
    if (past !== undefined) return Promise.resolve(past);
    const { promise, resolve, reject } = Promise.withResolvers<SandboxCall>();
    waiting.add({ fits: matches, resolve, reject });
    return promise;
  }

  function close(): void {
    for (const { reject } of waiting) reject(new Error('the sandbox was closed'));
    waiting.clear();
  }

  return { calls, count, clear, record, waitFor, close };
}

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Credential } from '../negative/credentials.ts';
import type { Sent, Things } from '../negative/row.ts';
import { exchange, type Received, toRequest } from '../negative/wires.ts';
import { openWorld, type World } from '../negative/world.ts';
import type { GatewayOptions } from '../open-gateway.ts';
import { createHandClock } from '../sandbox/hand-clock.ts';

/** What is sent to both ways, by whom. */
export interface Case {
  readonly what: string;
  /** Acme, with all scopes, by default. */
  readonly as?: Credential;
  readonly sent: (things: Things) => Sent;
  /** How often it was sent before. */
  readonly before?: number;
  /** What is different with Atlas meanwhile. */
  readonly meanwhile?: (world: World) => void;
  /** The way it takes where both are open; whichever it is where nothing is said. */
  readonly way?: Way;
}

/** Cases that are sent to one pair of gateways, which have what they are about in their options. */
export interface CaseGroup {
  readonly what: string;
  readonly options?: GatewayOptions;
  /** For whom each is sent; for both forms of JSON and for who says nothing by default. */
  readonly accepts?: readonly (string | undefined)[];
  readonly cases: readonly Case[];
  /** How many lines they all leave in the audit; none by default. */
  readonly records?: number;
}

export type Way = 'plain' | 'yoga';

/** An answer as it came, and what it left in the log and in the audit. */
export interface Heard extends Received {
  readonly way: Way | undefined;
  readonly log: readonly object[];
  readonly audit: readonly object[];
}

/** Two gateways, each over a sandbox of its own in the same state, of which one goes the long way only. */
export interface TwoWays {
  /** Sends the same to both, and holds them to the same answer and traces; answers what it is. */
  compare(sent: Case, accept?: string): Promise<Heard>;
  /** The same of an operation whose caller leaves as soon as Atlas is asked, and never answers. */
  compareLeft(query: (things: Things) => string): Promise<void>;
  /** Holds all that was measured so far to be the same. */
  compareMetrics(): Promise<void>;
}

/** Opens them, closed with the test. */
export async function openTwoWays(t: TestContext, options: GatewayOptions = {}): Promise<TwoWays> {
  // The rate limit has no clock but the process's.
  t.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 0, 15, 9, 30) });
  const open = async (more: GatewayOptions = {}) => {
    const clock = createHandClock();
    const world = await openWorld(t, {
      ...options,
      ...more,
      env: { METRICS_PORT: '0', AUDIT_SECRET: 'the-audit-secret-of-this-suite', ...options.env },
      sandbox: { clock, stageMs: 1_000 },
    });
    // The batch is read, too.
    clock.advance(2_000);
    return world;
  };
  const worlds = [await open(), await open({ fastPath: async () => false })] as const;
  let count = 0;

  return {
    async compare(given, accept) {
      count += 1;
      const requestId = `request-${String(count).padStart(6, '0')}`;
      const [short, long] = await Promise.all(
        worlds.map((world) => hear(t, world, given, { accept, requestId })),
      );
      const what = accept === undefined ? given.what : `${given.what}, for ${accept}`;
      assert.ok(short && long);
      assert.ok(short.status >= 200, what);
      assert.deepEqual({ ...short, way: '' }, { ...long, way: '' }, what);
      assert.notEqual(long.way, 'plain', what);
      if (given.way !== undefined) assert.equal(short.way, given.way, what);
      return short;
    },
    async compareLeft(query) {
      const [short, long] = await Promise.all(worlds.map((world) => leave(world, query)));
      assert.ok(short);
      assert.deepEqual({ ...short, way: '' }, { ...long, way: '' });
      assert.deepEqual([short.way, long?.way], ['plain', 'yoga']);
    },
    async compareMetrics() {
      const [short, long] = await Promise.all(worlds.map(scrape));
      assert.ok(short && short.length > 50, 'something is measured');
      assert.deepEqual(short, long);
    },
  };
}

async function leave(
  world: World,
  query: (things: Things) => string,
): Promise<Pick<Heard, 'way' | 'log' | 'audit'>> {
  const { sandbox, graphqlUrl, headers, app } = world;
  const [lines, records] = [world.logLines().length, world.auditLines().length];
  sandbox.fault('flowStatus', { hang: true });
  sandbox.clearCalls();
  const gone = new AbortController();
  const answer = fetch(graphqlUrl, {
    method: 'POST',
    headers: { ...headers, 'x-request-id': 'request-that-is-left' },
    body: JSON.stringify({ query: query(world.things) }),
    signal: gone.signal,
  });
  await sandbox.waitForCall('flowStatus');
  gone.abort();
  await assert.rejects(answer);
  const own = () =>
    world
      .logLines()
      .slice(lines)
      .filter(({ route }) => route !== '/health');
  // The request is over first, and its call then.
  while (!own().some(({ outcome }) => outcome === 'cancelled')) await fetch(`${app.url}/health`);
  return {
    way: toWay(own()),
    log: own().map(toSameLine),
    audit: world.auditLines().slice(records),
  };
}

interface Under {
  readonly accept: string | undefined;
  readonly requestId: string;
}

async function hear(
  t: TestContext,
  world: World,
  { as = 'acme', sent, before = 0, meanwhile }: Case,
  { accept, requestId }: Under,
): Promise<Heard> {
  const address = { url: world.graphqlUrl, credential: world.credentials.get(as) ?? '' };
  const given = sent(world.things);
  const { headers = [] } = given;
  const hasId = headers.some((line) => /^x-request-id:/i.test(line));
  const known = { ...given, headers: hasId ? headers : [...headers, `X-Request-Id: ${requestId}`] };
  const request = toRequest(address, known, accept);
  meanwhile?.(world);
  const [lines, records] = [world.logLines().length, world.auditLines().length];
  for (let times = 0; times < before; times += 1) await exchange(t, request);
  const { status, head, text } = await exchange(t, request);
  const log = world.logLines().slice(lines);
  const heard: Heard = {
    status,
    head: head.filter((line) => !/^date:/i.test(line)),
    text,
    way: toWay(log),
    log: log.map(toSameLine),
    audit: world
      .auditLines()
      .slice(records)
      .map(({ time: _, ...line }) => line),
  };
  // Whose id was not taken has one that is made up.
  const [, id] = /"x-request-id: ([^"]+)"/.exec(JSON.stringify(head)) ?? [];
  if (id === undefined || id === requestId) return heard;
  return JSON.parse(JSON.stringify(heard).replaceAll(id, 'made-up'));
}

/** A line of the log without its time and its way, and without the random id of a watcher's own call. */
function toSameLine({ time: _, lane: __, stack: ___, ...line }: Record<string, unknown>): object {
  return isUuid(line.requestId) ? { ...line, requestId: 'random' } : line;
}

function isUuid(id: unknown): boolean {
  return typeof id === 'string' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(id);
}

function toWay(log: readonly Record<string, unknown>[]): Way | undefined {
  const lane = log.findLast(({ msg }) => msg === 'request')?.lane;
  return lane === 'plain' || lane === 'yoga' ? lane : undefined;
}

/** All that is measured, in an order of its own, but what is of the process, which both are in. */
async function scrape({ app }: World): Promise<readonly string[]> {
  if (app.metricsUrl === null) throw new Error('no metrics are served');
  const text = await (await fetch(app.metricsUrl)).text();
  return text
    .split('\n')
    .filter((line) => !/^(# \w+ )?(process|nodejs)_/.test(line))
    .toSorted();
}

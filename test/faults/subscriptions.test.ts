import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { exceptions, type MatrixRow, matrix, type Outcome } from '../support/faults/matrix.ts';
import {
  type Faulty,
  type FaultyWorld,
  openFaultyWorld,
  openFlow,
} from '../support/faults/open-faulty.ts';
import { openEvents } from '../support/server/event-reader.ts';
import { type Message, openSocket } from '../support/server/raw-socket.ts';

const watchFlow =
  'subscription ($uuid: String!) { flowUpdated(uuid: $uuid) { status { state freshness { stale } } } }';
const upload = `mutation ($input: UploadDocumentsInput!) {
  uploadDocuments(input: $input) { userErrors { code } }
}`;
const files = [{ documentId: 'pan', url: 'https://files.example/pan.jpg' }];

/** The effect of a fault on a reader: none, a stale state, or an error that ends the stream. */
type Seen = 'nothing' | 'stale' | Outcome;

/** It follows from what a query of a flow that is known is told. */
function toSeen(told: Outcome): Seen {
  switch (told) {
    case 'data':
      return 'nothing';
    case 'stale data':
      return 'stale';
    // An answer in a form nobody knows may be a proxy's, once others were good.
    case 'ATLAS_CONTRACT_BROKEN':
      return 'stale';
    // There is no such flow.
    case 'null':
      return 'NOT_FOUND';
    default:
      return told;
  }
}

type Subscribe = (
  t: TestContext,
  world: FaultyWorld,
  tenant: Faulty,
  uuid: string,
) => Promise<{ next(): Promise<Message>; leave(): void }>;

const transports: Readonly<Record<string, Subscribe>> = {
  async 'a WebSocket'(t, { webSocketUrl }, { headers }, uuid) {
    const socket = await openSocket(t, webSocketUrl);
    await socket.init(headers.authorization ?? '');
    socket.subscribe('1', watchFlow, { uuid });
    return {
      async next() {
        const { type, payload } = await socket.next();
        return type === 'error' ? { errors: payload } : payload;
      },
      leave: () => socket.socket.close(),
    };
  },
  async 'a stream of events'(t, { graphqlUrl }, { headers }, uuid) {
    const reader = await openEvents(t, graphqlUrl, {
      method: 'POST',
      headers: { ...headers, accept: 'text/event-stream' },
      body: { query: watchFlow, variables: { uuid } },
    });
    return { next: async () => (await reader.next()).data, leave: reader.leave };
  },
};

const known = 'flowStatus of a known flow';
const rows = Object.entries(matrix).flatMap(([what, row]) =>
  Object.entries(transports).map(([transport, subscribe]) => {
    const [told, calls] = exceptions[known]?.[what] ?? row.expected.known;
    const seen = toSeen(told);
    return { title: `${what}, over ${transport}: ${seen}`, row, seen, calls, subscribe };
  }),
);

for (const isSlow of [false, true]) {
  const chosen = rows.filter(({ row }) => (row.isSlow ?? false) === isSlow);
  const title = isSlow ? 'silence' : 'a bad answer';
  test(`a reader of a flow bears ${title} of Atlas, and hears how the flow goes on`, {
    concurrency: 12,
  }, async (t) => {
    const world = await openFaultyWorld(t, chosen.length, isSlow ? 2_000 : 60_000);
    await Promise.all(
      chosen.map(({ title, row, seen, calls, subscribe }) =>
        t.test(title, async (t) => {
          const tenant = world.next();
          const uuid = await openFlow(tenant);
          const reader = await subscribe(t, world, tenant, uuid);
          assert.deepEqual(toStatus(await reader.next()), { state: 'NOT_STARTED', stale: false });
          // As often as one look asks, and the next one finds Atlas well.
          tenant.fault('flowStatus', row.fault, row.times ?? calls);
          tenant.beginCounting();
          await tenant.waitForCalls('flowStatus', calls);
          await world.readAsBystander();
          if (seen !== 'nothing' && seen !== 'stale') {
            const { errors } = await reader.next();
            assert.equal(errors[0].extensions.code, seen);
            return;
          }
          if (seen === 'stale') {
            const status = toStatus(await reader.next());
            assert.deepEqual(status, { state: 'NOT_STARTED', stale: true });
          }
          // Until then nobody asks.
          if (isHeldOff(row)) return reader.leave();
          await tenant.ask(upload, { input: { flowUuid: uuid, files } });
          for (let state = ''; state !== 'SUCCESS'; ) {
            const status = toStatus(await reader.next());
            assert.equal(status.stale, false);
            state = status.state;
          }
        }),
      ),
    );
    await world.comeToRest();
    assert.equal(world.countWatched(), 0);
    assert.deepEqual(world.faultsOfOurOwn(), []);
  });
}

function toStatus({ data, errors }: Message): { state: string; stale: boolean } {
  assert.equal(errors, undefined, JSON.stringify(errors));
  const { state, freshness } = data.flowUpdated.status;
  return { state, stale: freshness.stale };
}

/** Whether Atlas named a time before which it does not want to be asked. */
function isHeldOff({ fault }: MatrixRow): boolean {
  return 'headers' in fault && fault.headers?.['Retry-After'] === '60';
}

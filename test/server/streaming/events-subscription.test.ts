import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type OpenGateway, openGateway } from '../../support/open-gateway.ts';
import { openEvents } from '../../support/server/event-reader.ts';
import { openParts } from '../../support/server/part-reader.ts';
import { openSocket } from '../../support/server/raw-socket.ts';
import { overEvents, type Subscribe, transports } from '../../support/server/transports.ts';
import { acme, openTenants } from '../../support/tenants/open-tenants.ts';

const list =
  '{ events(first: 100, filter: { kinds: [FLOW_OPENED] }) { edges { node { id kind cursor } } } }';
const subscribeTo = (args = '(kinds: [FLOW_OPENED])') => `subscription { events${args} {
  __typename
  ... on Event { id kind cursor flow { applicationId } }
  ... on EventsUnavailable { oldestCursor }
} }`;

const overParts: Subscribe = async (t, gateway, _uuid, query) => {
  const parts = await openParts(t, gateway, { query });
  return { next: async () => (await parts.next()).payload, leave: parts.leave };
};
const everywhere = { ...transports, 'a multipart answer': overParts };

async function readLog(gateway: Pick<OpenGateway, 'ask'>) {
  const { data } = await gateway.ask(list);
  return data.events.edges.map(({ node }: { node: { id: string } }) => node);
}

/** Opens so many flows at once, so that their events come in a burst. */
async function openMany(gateway: OpenGateway, count: number): Promise<void> {
  const mutation = Array.from(
    { length: count },
    (_, place) =>
      `f${place}: createFlow(input: { applicationId: "application-${place}" }) { flow { uuid } }`,
  ).join('\n');
  const { errors } = await gateway.ask(`mutation { ${mutation} }`);
  assert.equal(errors, undefined);
}

for (const [name, subscribe] of Object.entries(everywhere)) {
  test(`over ${name} every event of a burst comes, in order, from the cursor on`, async (t) => {
    const gateway = await openTenants(t);
    await openMany(gateway, 3);
    const [first] = await readLog(gateway);
    const query = subscribeTo(`(after: "${first.cursor}", kinds: [FLOW_OPENED])`);
    const { next } = await subscribe(t, gateway, '', query);
    const told = [(await next()).data.events, (await next()).data.events];
    await openMany(gateway, 40);
    while (told.length < 42) told.push((await next()).data.events);
    const logged = await readLog(gateway);
    assert.deepEqual(
      told.map(({ id }) => id),
      logged.slice(1).map(({ id }: { id: string }) => id),
    );
    assert.equal(told[0].__typename, 'FlowOpened');
    assert.match(told[41].flow.applicationId, /^application-\d+$/);
  });

  test(`over ${name} a log that no longer reaches back is told of first`, async (t) => {
    const gateway = await openTenants(t);
    await openMany(gateway, 2);
    const [first, second] = await readLog(gateway);
    const old = Buffer.from('log 7').toString('base64url');
    const { next } = await subscribe(
      t,
      gateway,
      '',
      subscribeTo(`(after: "${old}", kinds: [FLOW_OPENED])`),
    );
    assert.deepEqual((await next()).data.events, {
      __typename: 'EventsUnavailable',
      oldestCursor: first.cursor,
    });
    assert.equal((await next()).data.events.id, first.id);
    assert.equal((await next()).data.events.id, second.id);
  });
}

test('a subscription that shows the same of two events tells both', async (t) => {
  const gateway = await openTenants(t);
  await openMany(gateway, 3);
  const old = Buffer.from('log 7').toString('base64url');
  const { next } = await overEvents('text/event-stream')(
    t,
    gateway,
    '',
    `subscription { ...all } fragment all on Subscription { events(after: "${old}", kinds: [FLOW_OPENED]) { __typename } }`,
  );
  const names = [await next(), await next(), await next(), await next()];
  assert.deepEqual(
    names.map(({ data }) => data.events.__typename),
    ['EventsUnavailable', 'FlowOpened', 'FlowOpened', 'FlowOpened'],
  );
});

test('a stream of events is taken up by the id of the message read last', async (t) => {
  const gateway = await openTenants(t);
  await openMany(gateway, 4);
  const logged = await readLog(gateway);
  const open = (headers: Record<string, string>, query: string) =>
    openEvents(t, gateway.graphqlUrl, {
      method: 'POST',
      headers: { ...gateway.headers, accept: 'text/event-stream', ...headers },
      body: { query },
    });
  const query = subscribeTo(`(after: "${logged[0].cursor}", kinds: [FLOW_OPENED])`);
  const before = await open({}, query);
  await before.next();
  const { id } = await before.next();
  assert.ok(id);
  before.leave();
  const later = await open({ 'last-event-id': id }, query);
  assert.equal((await later.next()).data.data.events.id, logged[3].id);
});

test('a reader that takes nothing for a while loses nothing', async (t) => {
  const gateway = await openTenants(t, { env: { RATE_LIMIT_PER_MINUTE: '600000' } });
  const socket = await openSocket(t, gateway.webSocketUrl);
  await socket.init(`Bearer ${gateway.apiKey}`);
  socket.subscribe('1', subscribeTo());
  await socket.isHeard();
  await openMany(gateway, 1);
  await socket.next();
  socket.socket.pause();
  for (let round = 0; round < 5; round += 1) await openMany(gateway, 40);
  socket.socket.resume();
  const told = new Set<string>();
  while (told.size < 200) {
    const { type, payload } = await socket.next();
    assert.equal(type, 'next', JSON.stringify(payload));
    assert.equal(payload.data.events.__typename, 'FlowOpened');
    told.add(payload.data.events.id);
  }
});

test('a subscription to events is refused to a caller without the scope, and told of bad arguments', async (t) => {
  const gateway = await openGateway(t);
  const stream = overEvents('text/event-stream');
  const refused = await (await stream(t, gateway, '', subscribeTo())).next();
  assert.equal(refused.errors[0].message, 'This needs the scope events:read.');
  const tenants = await openTenants(t, { tenants: [acme()] });
  for (const [args, message] of [
    ['(after: "x")', 'after: this is not a cursor of the event log.'],
    ['(kinds: [])', 'kinds: must name a kind.'],
  ] as const) {
    const { errors } = await (await stream(t, tenants, '', subscribeTo(args))).next();
    assert.deepEqual([errors[0].message, errors[0].extensions.code], [message, 'BAD_USER_INPUT']);
  }
});

test('two tenants that subscribe alike are each told of their own events', async (t: TestContext) => {
  const gateway = await openTenants(t);
  const [ours, theirs] = await Promise.all(
    [gateway.acme, gateway.bolt].map((view) =>
      overEvents('text/event-stream')(t, { ...gateway, ...view } as OpenGateway, '', subscribeTo()),
    ),
  );
  // A subscription is in place once it has told an event.
  await Promise.all([gateway.acme.openFlow('of acme'), gateway.bolt.openFlow('of bolt')]);
  assert.equal((await ours?.next())?.data.events.flow.applicationId, 'of acme');
  assert.equal((await theirs?.next())?.data.events.flow.applicationId, 'of bolt');
});

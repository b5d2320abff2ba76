import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createFakeClock } from '../../support/live/fake-clock.ts';
import { openGateway } from '../../support/open-gateway.ts';
import { openCallers } from '../../support/privacy/open-callers.ts';
import { createHandClock } from '../../support/sandbox/hand-clock.ts';

const list = `query ($first: Int!, $after: String, $filter: FlowFilter, $orderBy: FlowOrder) {
  flows(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    edges { cursor node { applicationId } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

/** A gateway with seven flows, opened a second after each other; the third has ended. */
async function openSeven(t: TestContext) {
  const clock = createFakeClock();
  const gateway = await openGateway(t, { clock, sandbox: { clock: createHandClock() } });
  const uuids: string[] = [];
  for (let place = 1; place <= 7; place += 1) {
    uuids.push(await gateway.openFlow(`application-${place}`));
    await clock.advance(1_000);
  }
  const [, , third = ''] = uuids;
  gateway.sandbox.finishFlow(third, 'SUCCESS');
  await gateway.ask(`{ flow(uuid: "${third}") { uuid } }`);
  await gateway.sandbox.waitForCallback(third);
  while (gateway.app.countWatched() > 0) await fetch(`${gateway.app.url}/health`);
  gateway.sandbox.clearCalls();
  return { ...gateway, uuids, third, startedAt: clock.now() - 7_000 };
}

function namesOf(data: { flows: { edges: { node: { applicationId: string } }[] } }): number[] {
  return data.flows.edges.map(({ node }) => Number(node.applicationId.split('-').at(-1)));
}

test('flows are listed a page at a time, in either order, and Atlas is not asked', async (t) => {
  const { ask, sandbox } = await openSeven(t);
  const first = await ask(list, { first: 3 });
  assert.equal(first.errors, undefined);
  assert.deepEqual(namesOf(first.data), [7, 6, 5]);
  const { pageInfo, edges } = first.data.flows;
  assert.deepEqual(pageInfo, {
    hasNextPage: true,
    hasPreviousPage: false,
    startCursor: edges[0].cursor,
    endCursor: edges[2].cursor,
  });
  const second = await ask(list, { first: 3, after: pageInfo.endCursor });
  assert.deepEqual(namesOf(second.data), [4, 3, 2]);
  const last = await ask(list, { first: 3, after: second.data.flows.pageInfo.endCursor });
  assert.deepEqual(namesOf(last.data), [1]);
  assert.equal(last.data.flows.pageInfo.hasNextPage, false);
  const oldest = await ask(list, { first: 100, orderBy: 'OLDEST_FIRST' });
  assert.deepEqual(namesOf(oldest.data), [1, 2, 3, 4, 5, 6, 7]);
  assert.equal(sandbox.countCalls(), 0);
});

test('flows are found by state, application, product type and time', async (t) => {
  const { ask, startedAt } = await openSeven(t);
  const at = (place: number) => new Date(startedAt + (place - 1) * 1_000).toISOString();
  for (const [filter, found] of [
    [{ states: ['SUCCESS'] }, [3]],
    [{ states: ['NOT_STARTED', 'SUCCESS'] }, [7, 6, 5, 4, 3, 2, 1]],
    [{ states: [] }, []],
    [{ applicationId: 'application-5' }, [5]],
    [{ applicationId: 'application-5', states: ['FAILED'] }, []],
    [{ productType: 'TEST_PRODUCT', states: ['SUCCESS'] }, [3]],
    [{ productType: 'OTHER' }, []],
    [{ createdAfter: at(2), createdBefore: at(5) }, [4, 3]],
    [{ states: null, productType: null }, [7, 6, 5, 4, 3, 2, 1]],
  ] as const) {
    const { data, errors } = await ask(list, { first: 10, filter });
    assert.equal(errors, undefined);
    assert.deepEqual(namesOf(data), found, JSON.stringify(filter));
  }
});

test('a cursor of another order, of another list or of nobody is refused', async (t) => {
  const { ask } = await openSeven(t);
  const { data } = await ask(list, { first: 1 });
  const cursor: string = data.flows.edges[0].cursor;
  const refused: Record<string, unknown>[] = [
    { first: 1, after: cursor, orderBy: 'OLDEST_FIRST' },
    ...[
      '',
      'nonsense',
      cursor.slice(1),
      'WzEsMiwzXQ',
      'bnVsbA',
      'WyJORVdFU1RfRklSU1QiLDEuNSwieCJd',
    ].map((after) => ({ first: 1, after })),
    ...[0, -1, 101].map((first) => ({ first })),
    { first: 1, filter: { applicationId: '' } },
  ];
  for (const variables of refused) {
    const { errors } = await ask(list, variables);
    assert.equal(errors?.[0]?.extensions.code, 'BAD_USER_INPUT', JSON.stringify(variables));
  }
});

test('of a listed flow Atlas is asked for the status of what runs alone, and as planned', async (t) => {
  const { ask, sandbox, third } = await openSeven(t);
  const { data, errors, ...rest } = await ask(
    '{ flows(first: 10) { edges { node { uuid status { state freshness { source stale } } } } } }',
  );
  assert.equal(errors, undefined);
  const calls = sandbox.countCalls('flowStatus');
  assert.equal(calls, 6);
  assert.deepEqual(
    { ...rest },
    {
      extensions: {
        atlas: { planned: 10, calls: 6, coalesced: 0, cached: 0 },
        cost: { values: 132 },
      },
    },
  );
  const { status } = data.flows.edges
    .map(({ node }: { node: { uuid: string } }) => node)
    .find(({ uuid }: { uuid: string }) => uuid === third);
  assert.deepEqual(status, { state: 'SUCCESS', freshness: { source: 'CACHE', stale: false } });
});

test('a listed flow that Atlas does not tell of is told as it was, and the others are there', async (t) => {
  const { ask, sandbox } = await openSeven(t);
  sandbox.fault('flowStatus', { status: 422 });
  sandbox.fault('flowStatus', { status: 409 });
  const { data, errors } = await ask(
    '{ flows(first: 10) { edges { node { status { state freshness { stale } } } } } }',
  );
  assert.equal(errors, undefined);
  const stale = data.flows.edges.filter(
    ({ node }: { node: { status: { freshness: { stale: boolean } } } }) =>
      node.status.freshness.stale,
  );
  assert.equal(stale.length, 2);
});

test('documents of a list are planned for each flow there may be', async (t) => {
  const { ask } = await openSeven(t);
  const query =
    'query ($first: Int!) { flows(first: $first) { edges { node { documents { state } status { state } } } } }';
  const { data, errors, ...rest } = await ask(query, { first: 100 });
  assert.equal(errors, undefined);
  assert.equal(data.flows.edges.length, 7);
  assert.deepEqual(
    { ...rest },
    {
      extensions: {
        atlas: { planned: 200, calls: 13, coalesced: 0, cached: 0 },
        cost: { values: 5_052 },
      },
    },
  );
});

test('a timeline tells what happened to a flow, in order and without values', async (t) => {
  const { ask, upload, uuids } = await openSeven(t);
  const [uuid = ''] = uuids;
  await upload(uuid, 'pan.jpg', 'invoice.pdf');
  const grant =
    'mutation ($input: IssueFlowGrantInput!) { issueFlowGrant(input: $input) { token } }';
  await ask(grant, { input: { flowUuid: uuid } });
  const query = `query ($uuid: String!, $first: Int!, $after: String) { flow(uuid: $uuid) {
    timeline(first: $first, after: $after) {
      edges { node { kind source state upload documentIds failure } } pageInfo { hasNextPage endCursor }
    } } }`;
  const change = (state: string) => ({
    kind: 'CHANGED',
    source: 'POLL',
    state,
    upload: state,
    documentIds: null,
    failure: null,
  });
  const nothing = { source: null, state: null, upload: null, documentIds: null, failure: null };
  const first = await ask(query, { uuid, first: 3 });
  assert.equal(first.errors, undefined);
  const { edges, pageInfo } = first.data.flow.timeline;
  assert.deepEqual(
    edges.map(({ node }: { node: object }) => node),
    [
      { ...nothing, kind: 'CREATED' },
      change('NOT_STARTED'),
      { ...nothing, kind: 'UPLOADED', documentIds: ['pan.jpg', 'invoice.pdf'] },
    ],
  );
  assert.equal(pageInfo.hasNextPage, true);
  const rest = await ask(query, { uuid, first: 100, after: pageInfo.endCursor });
  assert.deepEqual(
    rest.data.flow.timeline.edges.map(({ node }: { node: { kind: string } }) => node.kind),
    ['CHANGED', 'GRANTED'],
  );
  for (const variables of [{ first: 0 }, { first: 101 }, { first: 1, after: 'nonsense' }]) {
    const { errors } = await ask(query, { uuid, ...variables });
    assert.equal(errors?.[0]?.extensions.code, 'BAD_USER_INPUT');
  }
});

test('an upload that failed is on the timeline, with the code its caller was told', async (t) => {
  const { ask, upload, sandbox, uuids } = await openSeven(t);
  const [uuid = ''] = uuids;
  sandbox.fault('uploadToFlow', { hangUp: 'after' });
  await upload(uuid, 'pan.jpg');
  const { data } = await ask(
    `{ flow(uuid: "${uuid}") { timeline(first: 9) { edges { node { kind failure } } } } }`,
  );
  const failed = { node: { kind: 'FAILED', failure: 'OUTCOME_UNKNOWN' } };
  assert.deepEqual(data.flow.timeline.edges[2], failed);
});

test('flows and timelines are for who may read flows', async (t) => {
  const gateway = await openCallers(t);
  const flowUuid = await gateway.finishedFlow(['pan.jpg']);
  const phone = gateway.as({ grant: { flowUuid, canReadDocuments: true } });
  for (const query of [
    '{ flows(first: 1) { edges { cursor } } }',
    `{ flow(uuid: "${flowUuid}") { timeline(first: 1) { edges { cursor } } } }`,
  ]) {
    const { errors } = await phone.ask(query);
    assert.equal(errors?.[0]?.extensions.code, 'FORBIDDEN');
  }
});

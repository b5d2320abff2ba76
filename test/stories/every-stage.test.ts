import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createClient } from 'graphql-ws';
import { collect } from '../support/clients/collect.ts';
import { type OpenGateway, openGateway } from '../support/open-gateway.ts';

type Status = Readonly<Record<string, string>>;

/** Follows a flow to its end while its documents are read; returns each status that was sent. */
async function play(t: TestContext, gateway: OpenGateway, selection: string): Promise<Status[]> {
  const client = createClient({
    url: gateway.webSocketUrl,
    connectionParams: { authorization: gateway.apiKey },
    retryAttempts: 0,
  });
  t.after(() => client.dispose());
  const uuid = await gateway.openFlow(`slow-${selection.length}`);
  const query = `subscription ($uuid: String!) { flowUpdated(uuid: $uuid) { ${selection} } }`;
  const results = collect(client.iterate({ query, variables: { uuid } }));
  await gateway.upload(uuid, 'aadhaar.jpg', 'pan.jpg');
  return (await results).map((result) => {
    // The iterated values are parsed JSON.
    const { data } = result as { data: { flowUpdated: { status: Status } } };
    return data.flowUpdated.status;
  });
}

/** A gateway whose callbacks have been proven to arrive by a first flow. */
async function openProven(t: TestContext): Promise<OpenGateway> {
  const gateway = await openGateway(t, { sandbox: { stageMs: 30 } });
  await play(t, gateway, 'status { state }');
  return gateway;
}

function assertEveryStage(statuses: readonly Status[]): void {
  const has = (wanted: Status) =>
    statuses.some((status) =>
      Object.entries(wanted).every(([name, value]) => status[name] === value),
    );
  const shown = JSON.stringify(statuses);
  assert.ok(has({ upload: 'IN_PROGRESS' }), shown);
  assert.ok(has({ upload: 'SUCCESS', processing: 'IN_PROGRESS' }), shown);
  assert.ok(
    statuses.some((each) => each.processing === 'SUCCESS' && each.crossCheck !== 'COMPLETED'),
    shown,
  );
  assert.ok(has({ state: 'SUCCESS', processing: 'SUCCESS', crossCheck: 'COMPLETED' }), shown);
}

test('every stage is sent of each flow, also once callbacks are known to arrive', async (t) => {
  const gateway = await openProven(t);
  for (let time = 0; time < 2; time += 1) {
    const selection = 'status { state upload processing crossCheck }';
    assertEveryStage(await play(t, gateway, selection));
  }
});

test('stages behind aliases and fragments are sent as well', async (t) => {
  const gateway = await openProven(t);
  assertEveryStage(
    await play(t, gateway, '... on Flow { status { ... { state upload processing crossCheck } } }'),
  );
});

test('no event repeats the payload before it', async (t) => {
  const gateway = await openProven(t);
  const uuid = 'status { state }';
  for (const selection of [
    uuid,
    'status { state upload }',
    'documents { state } status { state }',
  ]) {
    const statuses = await play(t, gateway, selection);
    for (const [place, status] of statuses.entries()) {
      if (selection.includes('documents')) continue;
      assert.notDeepEqual(status, statuses[place - 1], JSON.stringify(statuses));
    }
  }
});

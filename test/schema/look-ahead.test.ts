import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openGateway } from '../support/open-gateway.ts';
import { openCallers, type View } from '../support/privacy/open-callers.ts';

/** A flow of somebody else's, which this gateway has never seen. */
async function openWorld(t: TestContext) {
  const other = await openGateway(t);
  const gateway = await openCallers(t, { atlas: other.sandbox });
  const uuid = await other.openFlow();
  const { sandbox } = other;

  /** Whether the extracts were asked for where the status never came. */
  async function isAskedAhead(view: Pick<View, 'ask'>, query: string, variables: object) {
    const before = sandbox.calls.length;
    sandbox.fault('flowStatus', { status: 403 });
    await view.ask(query, { ...variables });
    const names = sandbox.calls.slice(before).map(({ name }) => name);
    assert.ok(names.includes('flowStatus'), query);
    return names.includes('flowExtracts');
  }
  return { gateway, uuid, isAskedAhead };
}

const withDocuments = 'query ($uuid: String!) { flow(uuid: $uuid) { documents { state } } }';

test('the documents of a flow are asked for along with its status', async (t) => {
  const { gateway, uuid, isAskedAhead } = await openWorld(t);
  for (const query of [
    withDocuments,
    'query ($uuid: String!) { flowsByUuid(uuids: [$uuid]) { crossChecks { field } } }',
    'query ($uuid: String!) { flow(uuid: $uuid) { ...f } } fragment f on Flow { crossCheckSummary { total } }',
    'query ($uuid: String!) { flow(uuid: $uuid) { ... @skip(if: false) { document(documentId: "x") { state } } } }',
  ]) {
    assert.equal(await isAskedAhead(gateway, query, { uuid }), true, query);
  }
});

test('unselected fields are not prefetched', async (t) => {
  const { gateway, uuid, isAskedAhead } = await openWorld(t);
  for (const query of [
    'query ($uuid: String!) { flow(uuid: $uuid) { uuid } }',
    'query ($uuid: String!, $no: Boolean = true) { flow(uuid: $uuid) { documents @skip(if: $no) { state } } }',
    'query ($uuid: String!) { flow(uuid: $uuid) { ... @include(if: false) { documents { state } } } }',
  ]) {
    assert.equal(await isAskedAhead(gateway, query, { uuid }), false, query);
  }
});

test('fields that the caller may not see are not prefetched', async (t) => {
  const { gateway, uuid, isAskedAhead } = await openWorld(t);
  const holder = (canReadDocuments: boolean) =>
    gateway.as({ grant: { flowUuid: uuid, canReadDocuments } });
  assert.equal(await isAskedAhead(holder(false), withDocuments, { uuid }), false);
  assert.equal(await isAskedAhead(holder(true), withDocuments, { uuid }), true);
});

test('the documents of a flow that is known to go on are asked for after its status', async (t) => {
  const { gateway, uuid, isAskedAhead } = await openWorld(t);
  await gateway.ask('query ($uuid: String!) { flow(uuid: $uuid) { uuid } }', { uuid });
  assert.equal(await isAskedAhead(gateway, withDocuments, { uuid }), false);
  const own = await gateway.openFlow();
  assert.equal(await isAskedAhead(gateway, withDocuments, { uuid: own }), false);
});

test('a flow that there is not costs the call for its documents too', async (t) => {
  const { gateway } = await openWorld(t);
  const answer: object = await gateway.ask(withDocuments, { uuid: 'none' });
  assert.deepEqual(answer, {
    data: { flow: null },
    extensions: {
      atlas: { planned: 2, calls: 2, coalesced: 0, cached: 0 },
      cost: { values: 47 },
    },
  });
});

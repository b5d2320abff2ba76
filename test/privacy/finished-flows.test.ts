import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlowExtracts } from '../../src/atlas/atlas.ts';
import { createFinishedFlows } from '../../src/schema/operation/finished-flows.ts';
import { createFakeClock } from '../support/live/fake-clock.ts';
import { openFlowWatch, statusOf } from '../support/live/open-flow-watch.ts';
import { tenantOf } from '../support/live/open-watch.ts';
import { everyScopeBut, openCallers } from '../support/privacy/open-callers.ts';

const document = `query ($uuid: String!) {
  flow(uuid: $uuid) {
    status { state freshness { source observedAt stale } }
    documents { documentId extraction { fields { name value isMasked } } }
  }
}`;
const none = { planned: 2, calls: 0, coalesced: 0, cached: 2 };
const asked = { planned: 2, calls: 2, coalesced: 0, cached: 0 };

/** The part of an answer that says what it cost. */
function costOf(answer: object): unknown {
  return 'extensions' in answer ? (answer.extensions as { atlas: unknown }).atlas : undefined;
}

/** Answers are kept, and no callback makes the gateway look for the end before a test does. */
const env = { PII_CACHE_SECONDS: '60', PUBLIC_URL: 'http://127.0.0.1:9' };

test('a finished flow is asked for once, and known for as long as PII_CACHE_SECONDS says', async (t) => {
  const clock = createFakeClock(Date.now());
  const gateway = await openCallers(t, { clock, env });
  const uuid = await gateway.finishedFlow(['pan.jpg']);
  const first = await gateway.ask(document, { uuid });
  const observedAt = first.data.flow.status.freshness.observedAt;
  assert.deepEqual(costOf(first), asked);
  await clock.advance(59_000);
  const second = await gateway.ask(document, { uuid });
  assert.deepEqual(costOf(second), none);
  assert.deepEqual(second.data.flow.documents, first.data.flow.documents);
  assert.deepEqual(second.data.flow.status.freshness, {
    source: 'CACHE',
    observedAt,
    stale: false,
  });
  await clock.advance(1_001);
  assert.deepEqual(costOf(await gateway.ask(document, { uuid })), asked);
});

test('with PII_CACHE_SECONDS=0 nothing is kept, and Atlas is asked each time', async (t) => {
  const gateway = await openCallers(t, { env: { PII_CACHE_SECONDS: '0' } });
  const uuid = await gateway.finishedFlow(['pan.jpg']);
  for (let time = 0; time < 3; time += 1) {
    assert.deepEqual(costOf(await gateway.ask(document, { uuid })), asked);
  }
});

test('a running flow is asked for each time', async (t) => {
  const gateway = await openCallers(t, { env });
  const uuid = await gateway.openFlow();
  await gateway.upload(uuid, 'pan.jpg');
  for (let time = 0; time < 3; time += 1) {
    assert.deepEqual(costOf(await gateway.ask(document, { uuid })), asked);
  }
});

test('extracts that were read before the end are not kept after it', async (t) => {
  const gateway = await openCallers(t, { env });
  const uuid = await gateway.openFlow();
  await gateway.upload(uuid, 'pan.jpg');
  await gateway.ask(document, { uuid });
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  const { data } = await gateway.ask(document, { uuid });
  assert.ok(data.flow.documents[0].extraction.fields.length > 0);
});

test('a flow that is given more is asked for anew at once, and until it has ended again', async (t) => {
  const gateway = await openCallers(t, { env });
  const uuid = await gateway.finishedFlow(['pan.jpg']);
  await gateway.ask(document, { uuid });
  await gateway.upload(uuid, 'aadhaar.jpg');
  for (let time = 0; time < 2; time += 1) {
    const answer = await gateway.ask(document, { uuid });
    assert.deepEqual(costOf(answer), asked);
    assert.equal(answer.data.flow.status.state, 'IN_PROGRESS');
  }
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  assert.deepEqual(costOf(await gateway.ask(document, { uuid })), asked);
  const known = await gateway.ask(document, { uuid });
  assert.deepEqual(costOf(known), none);
  assert.equal(known.data.flow.documents.length, 2);
});

test('an Atlas that lags behind an upload is asked until it shows it', async (t) => {
  const gateway = await openCallers(t, { env });
  const uuid = await gateway.finishedFlow(['pan.jpg']);
  await gateway.ask(document, { uuid });
  gateway.sandbox.setFlowStatus(uuid, {
    master_status: 'SUCCESS',
    upload_status: 'SUCCESS',
    processing_status: 'SUCCESS',
    crossheck_status: 'COMPLETED',
  });
  await gateway.upload(uuid, 'aadhaar.jpg');
  for (let time = 0; time < 2; time += 1) {
    assert.deepEqual(costOf(await gateway.ask(document, { uuid })), asked);
  }
});

test('an upload whose answer is lost counts as one', async (t) => {
  const gateway = await openCallers(t, { env });
  const uuid = await gateway.finishedFlow(['pan.jpg']);
  await gateway.ask(document, { uuid });
  gateway.sandbox.fault('uploadToFlow', { hangUp: 'after' });
  const lost = await gateway.upload(uuid, 'aadhaar.jpg');
  assert.equal(lost.errors?.[0]?.extensions.code, 'OUTCOME_UNKNOWN');
  assert.deepEqual(costOf(await gateway.ask(document, { uuid })), asked);
});

test('each caller sees what is known as they may see it, and it is put on record for each', async (t) => {
  const gateway = await openCallers(t, { env });
  const uuid = await gateway.finishedFlow(['pan.jpg']);
  const owner = await gateway.ask(document, { uuid });
  const masked = await gateway
    .as({ name: 'masked', scopes: everyScopeBut('pii:read') })
    .ask(document, { uuid });
  const again = await gateway
    .as({ name: 'second', scopes: everyScopeBut() })
    .ask(document, { uuid });
  assert.deepEqual(costOf(masked), none);
  const fieldsOf = (answer: typeof owner) => answer.data.flow.documents[0].extraction.fields;
  assert.deepEqual(fieldsOf(again), fieldsOf(owner));
  const numberIn = (answer: typeof owner) =>
    fieldsOf(answer).find(({ name }: { name: string }) => name === 'pan_number');
  assert.equal(numberIn(owner).isMasked, false);
  assert.equal(numberIn(masked).isMasked, true);
  assert.notEqual(numberIn(masked).value, numberIn(owner).value);
  const readers = gateway.auditLines().map(({ caller }) => caller);
  assert.deepEqual(readers, ['owner', 'second']);
});

test('a flow that one tenant knows is unknown to another, even with the same uuid', () => {
  const { clock, watch } = openFlowWatch();
  const finished = createFinishedFlows({ flows: watch, ttlMs: 60_000, now: clock.monotonicMs });
  const [acme, other] = [tenantOf('acme'), tenantOf('other')];
  const extracts: FlowExtracts = { documents: [], crossChecks: [] };
  watch.observe(acme, 'LOS-1', { status: statusOf('SUCCESS'), landed: null }, clock.monotonicMs());
  finished.keepExtracts(acme, 'LOS-1', extracts, clock.monotonicMs());
  finished.keepExtracts(other, 'LOS-1', extracts, clock.monotonicMs());
  assert.equal(finished.extracts(acme, 'LOS-1'), extracts);
  assert.equal(finished.extracts(other, 'LOS-1'), undefined);
  assert.equal(finished.snapshot(other, 'LOS-1'), undefined);
  finished.reopen(other, 'LOS-1');
  assert.equal(finished.extracts(acme, 'LOS-1'), extracts);
});

test('an answer to what was asked before a flow went on is not kept', () => {
  const { clock, watch } = openFlowWatch();
  const finished = createFinishedFlows({ flows: watch, ttlMs: 60_000, now: clock.monotonicMs });
  const acme = tenantOf('acme');
  watch.observe(acme, 'LOS-1', { status: statusOf('SUCCESS'), landed: null }, clock.monotonicMs());
  finished.reopen(acme, 'LOS-1');
  finished.keepExtracts(acme, 'LOS-1', { documents: [], crossChecks: [] }, clock.monotonicMs());
  assert.equal(finished.extracts(acme, 'LOS-1'), undefined);
});

test('documents of one end are not shown with a newer one', async () => {
  const { clock, watch } = openFlowWatch();
  const finished = createFinishedFlows({ flows: watch, ttlMs: 60_000, now: clock.monotonicMs });
  const acme = tenantOf('acme');
  const see = (state: 'SUCCESS' | 'IN_PROGRESS') =>
    watch.observe(acme, 'LOS-1', { status: statusOf(state), landed: null }, clock.monotonicMs());
  see('SUCCESS');
  finished.keepExtracts(acme, 'LOS-1', { documents: [], crossChecks: [] }, clock.monotonicMs());
  watch.reopen(acme, 'LOS-1');
  await clock.advance(1_000);
  see('IN_PROGRESS');
  await clock.advance(1_000);
  see('SUCCESS');
  assert.notEqual(finished.snapshot(acme, 'LOS-1'), undefined);
  assert.equal(finished.extracts(acme, 'LOS-1'), undefined);
});

test('news from elsewhere that a flow goes on ends what is known of its end', () => {
  const { clock, watch } = openFlowWatch();
  const finished = createFinishedFlows({ flows: watch, ttlMs: 60_000, now: clock.monotonicMs });
  const acme = tenantOf('acme');
  watch.observe(acme, 'LOS-1', { status: statusOf('SUCCESS'), landed: null }, clock.monotonicMs());
  finished.keepExtracts(acme, 'LOS-1', { documents: [], crossChecks: [] }, clock.monotonicMs());
  watch.reopen(acme, 'LOS-1');
  assert.equal(finished.snapshot(acme, 'LOS-1'), undefined);
  assert.equal(finished.extracts(acme, 'LOS-1'), undefined);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openObserved, toRows } from '../support/observe/open-observed.ts';
import { callBack, getToken, lastAddresses } from '../support/server/atlas-calls.ts';
import { overWebSocket } from '../support/server/transports.ts';

test('every request to Atlas is counted, by its endpoint and how it ended', async (t) => {
  const gateway = await openObserved(t);
  const { sandbox } = gateway;
  const uuid = await gateway.openFlow();
  const query = `{ flow(uuid: "${uuid}") { documents { documentId } } }`;
  await gateway.ask(query);
  sandbox.fault('flowExtracts', { status: 500 });
  await gateway.ask(query);
  sandbox.fault('flowExtracts', { rawBody: 'no JSON' });
  await gateway.ask(query);
  await gateway.ask(
    '{ flow(uuid: "LOS-00000000-0000-4000-8000-000000000000") { status { state } } }',
  );

  const samples = await gateway.samplesOf('atlas_gateway_atlas_calls_total');
  const byEndpoint = Map.groupBy(samples, ({ labels }) => labels.endpoint ?? '');
  assert.ok(byEndpoint.size >= 4);
  const counted = [...byEndpoint].map(([endpoint, all]) => [
    endpoint,
    all.reduce((sum, { value }) => sum + value, 0),
  ]);
  const arrived = [...Map.groupBy(sandbox.calls, ({ name }) => name)].map(([name, all]) => [
    name,
    all.length,
  ]);
  assert.deepEqual(counted.toSorted(), arrived.toSorted());
  const outcomes = new Set(samples.map(({ labels }) => `${labels.endpoint} ${labels.outcome}`));
  for (const outcome of [
    'flowExtracts answered',
    'flowExtracts unavailable',
    'flowExtracts contract-broken',
    'flowStatus absent',
  ]) {
    assert.ok(outcomes.has(outcome), outcome);
  }
  for (const { labels } of samples) assert.equal(labels.tenant, 'default');
  const timed = await gateway.samplesOf('atlas_gateway_atlas_call_duration_seconds_count');
  assert.deepEqual(
    toRows(timed, 'endpoint'),
    arrived.map(([name, count]) => `${name} ${count}`).toSorted(),
  );
});

test('every token that is asked for is counted, given or not', async (t) => {
  const gateway = await openObserved(t);
  const { sandbox } = gateway;
  const uuid = await gateway.openFlow();
  sandbox.revokeTokens();
  sandbox.fault('verificationToken', { status: 401 });
  await gateway.ask(`{ flow(uuid: "${uuid}") { status { state } } }`);
  await gateway.ask(`{ flow(uuid: "${uuid}") { status { state } } }`);
  const samples = await gateway.samplesOf('atlas_gateway_token_renewals_total');
  const given = samples.filter(({ labels }) => labels.outcome === 'issued');
  assert.deepEqual(toRows(given, 'tenant', 'service'), ['default verification 2']);
  const refused = samples.filter(({ labels }) => labels.outcome === 'unauthorized');
  assert.deepEqual(toRows(refused, 'tenant', 'service'), ['default verification 1']);
});

test('a callback is counted, and how long its state took to follow', async (t) => {
  const gateway = await openObserved(t, { env: { POLL_INTERVAL_MS: '60000' } });
  const uuid = await gateway.openFlow();
  const reading = await overWebSocket(t, gateway, uuid);
  await reading.next();
  assert.deepEqual(await gateway.samplesOf('atlas_gateway_callback_lag_seconds_count'), []);
  const polled = await gateway.samplesOf('atlas_gateway_poll_lag_seconds_count');
  assert.deepEqual(toRows(polled, 'kind'), ['flow 1']);

  const { authUrl, callbackUrl } = lastAddresses(gateway.sandbox);
  const token = await getToken(authUrl);
  gateway.sandbox.setFlowStatus(uuid, { master_status: 'FAILED' });
  gateway.sandbox.fault('flowStatus', { delayMs: 300 });
  assert.equal(await callBack(callbackUrl, { token }), 200);
  await reading.next();
  const called = await gateway.samplesOf('atlas_gateway_callback_lag_seconds_count');
  assert.deepEqual(toRows(called, 'kind'), ['flow 1']);
  const [lag] = await gateway.samplesOf('atlas_gateway_callback_lag_seconds_sum');
  assert.ok(lag && lag.value >= 0.29, String(lag?.value));
  assert.deepEqual(toRows(await gateway.samplesOf('atlas_gateway_callbacks_total')), ['1']);
  const after = await gateway.samplesOf('atlas_gateway_poll_lag_seconds_count');
  assert.deepEqual(toRows(after, 'kind'), ['flow 1']);
});

test('a batch that is watched is counted by its own kind', async (t) => {
  const gateway = await openObserved(t, { sandbox: { stageMs: 60_000 } });
  const { data } = await gateway.ask(
    'mutation { createBatch(input: { service: BULK, files: [{ documentId: "pan", url: "https://files.example/pan.jpg" }] }) { batch { batchId } } }',
  );
  const { batchId } = data.createBatch.batch;
  const query = `subscription { batchUpdated(service: BULK, batchId: "${batchId}") { batchId } }`;
  const reading = await overWebSocket(t, gateway, '', query);
  await reading.next();
  const watchers = await gateway.samplesOf('atlas_gateway_watchers');
  assert.deepEqual(toRows(watchers, 'kind'), ['batch 1']);
  const polled = await gateway.samplesOf('atlas_gateway_poll_lag_seconds_count');
  assert.deepEqual(
    polled.map(({ labels }) => labels.kind),
    ['batch'],
  );
});

test('each undocumented part of an answer is counted by its kind', async (t) => {
  const gateway = await openObserved(t);
  const uuid = await gateway.openFlow();
  const paper = { document_id: 'one', document_type: 'SAMPLE_PAPER' };
  gateway.sandbox.fault('flowExtracts', { status: 200, body: { ocr_data: [paper] } }, 2);
  for (let time = 0; time < 2; time += 1) {
    await gateway.ask(`{ flow(uuid: "${uuid}") { documents { documentType } } }`);
  }
  const samples = await gateway.samplesOf('atlas_gateway_drift_total');
  assert.deepEqual(toRows(samples, 'kind'), ['document-type-unknown 2']);
});

test('retries, an open breaker and what it leaves out are counted', async (t) => {
  const gateway = await openObserved(t);
  const { sandbox } = gateway;
  const uuid = await gateway.openFlow();
  const query = `{ flow(uuid: "${uuid}") { documents { documentId } } }`;
  const breaker = async () =>
    toRows(await gateway.samplesOf('atlas_gateway_atlas_breaker_state'), 'tenant', 'service');
  sandbox.fault('flowExtracts', { status: 503 });
  await gateway.ask(query);
  const retried = await gateway.samplesOf('atlas_gateway_atlas_retries_total');
  assert.deepEqual(
    retried.map(({ labels, value }) => [labels.tenant, labels.endpoint, labels.outcome, value]),
    [['default', 'flowExtracts', 'made', 1]],
  );
  assert.deepEqual(await breaker(), []);

  sandbox.fault('flowExtracts', { status: 500 }, Number.POSITIVE_INFINITY);
  const leftOut = () => gateway.samplesOf('atlas_gateway_atlas_short_circuits_total');
  for (let tries = 0; tries < 40 && (await leftOut()).length === 0; tries += 1) {
    await gateway.ask(query);
  }
  assert.deepEqual(await breaker(), ['default verification 2']);
  assert.equal((await leftOut())[0]?.labels.tenant, 'default');
});

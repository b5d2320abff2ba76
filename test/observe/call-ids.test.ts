import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { transports } from '../support/limits/transports.ts';
import { openOtlpReceiver } from '../support/observe/otlp-receiver.ts';
import { type OpenGateway, openGateway } from '../support/open-gateway.ts';

/** The lines of the log that tell of requests to Atlas. */
function callLinesOf({ logLines }: OpenGateway): Record<string, unknown>[] {
  return logLines().filter(({ msg }) => msg === 'atlas call');
}

/** The `X-Request-Id` and `traceparent` of each request to Atlas. */
function idsAtAtlas({ sandbox }: OpenGateway) {
  return sandbox.calls.map(({ name, headers }) => ({
    endpoint: name,
    requestId: headers['x-request-id'],
    traceparent: headers.traceparent,
  }));
}

function idsInLog(gateway: OpenGateway) {
  return callLinesOf(gateway).map(({ endpoint, requestId, traceparent }) => ({
    endpoint,
    requestId,
    traceparent,
  }));
}

async function openLogged(t: TestContext, env: Readonly<Record<string, string>> = {}) {
  return await openGateway(t, { env: { LOG_LEVEL: 'debug', ...env } });
}

for (const [name, ask] of transports) {
  test(`over ${name} each request to Atlas and its line in the log are named after the operation`, async (t) => {
    const gateway = await openLogged(t);
    const uuid = await gateway.openFlow();
    gateway.sandbox.clearCalls();
    const before = gateway.logLines().length;
    await ask(gateway, {
      query: `{ flow(uuid: "${uuid}") { status { state } crossChecks { field } } }`,
    });
    const operation = gateway
      .logLines()
      .slice(before)
      .find(({ atlasCalls }) => atlasCalls !== undefined);
    assert.ok(operation);
    const sent = idsAtAtlas(gateway).filter(({ requestId }) =>
      String(requestId).startsWith(`${operation.requestId}-`),
    );
    assert.deepEqual(
      sent.map(({ requestId }) => requestId),
      [1, 2].map((count) => `${operation.requestId}-${count}`),
    );
    for (const each of sent) {
      assert.equal(each.traceparent, undefined);
      assert.ok(
        idsInLog(gateway).some((line) => JSON.stringify(line) === JSON.stringify(each)),
        `${JSON.stringify(each)} is in the log`,
      );
    }
  });
}

test('the id that a caller gives an operation leads to its requests, those for tokens too', async (t) => {
  const gateway = await openLogged(t);
  await fetch(gateway.graphqlUrl, {
    method: 'POST',
    headers: { ...gateway.headers, 'x-request-id': 'order-of-the-day' },
    body: JSON.stringify({
      query: 'mutation { createFlow(input: { applicationId: "1" }) { flow { uuid } } }',
    }),
  });
  const named = idsAtAtlas(gateway)
    .filter(({ requestId }) => String(requestId).startsWith('order-of-the-day'))
    .map(({ endpoint, requestId }) => [endpoint, requestId]);
  assert.deepEqual(named, [
    ['verificationToken', 'order-of-the-day-1'],
    ['initFlow', 'order-of-the-day-2'],
    ['flowStatus', 'order-of-the-day-3'],
  ]);
  gateway.sandbox.fault('flowStatus', { expiredToken: true });
  await fetch(gateway.graphqlUrl, {
    method: 'POST',
    headers: { ...gateway.headers, 'x-request-id': 'second-of-the-day' },
    body: JSON.stringify({ query: '{ flow(uuid: "LOS-unknown") { uuid } }' }),
  });
  const again = idsAtAtlas(gateway)
    .filter(({ requestId }) => String(requestId).startsWith('second-of-the-day'))
    .map(({ endpoint, requestId }) => [endpoint, requestId]);
  assert.deepEqual(again, [
    ['flowStatus', 'second-of-the-day-1'],
    ['verificationToken', 'second-of-the-day-2'],
    ['flowStatus', 'second-of-the-day-3'],
  ]);
});

test('all requests to Atlas have an id of their own, and the log has each', async (t) => {
  const gateway = await openLogged(t);
  const uuid = await gateway.openFlow();
  await gateway.upload(uuid, 'pan.jpg');
  await gateway.ask(`{ flow(uuid: "${uuid}") { documents { documentId } } }`);
  const sent = idsAtAtlas(gateway);
  assert.equal(new Set(sent.map(({ requestId }) => requestId)).size, sent.length);
  const ended = new Set(callLinesOf(gateway).map(({ requestId }) => requestId));
  for (const line of idsInLog(gateway)) {
    assert.ok(sent.some(({ requestId }) => requestId === line.requestId));
  }
  assert.ok(ended.size >= 4);
});

test('with tracing each request to Atlas carries its span, in its line of the log as well', async (t) => {
  const receiver = await openOtlpReceiver(t);
  const gateway = await openLogged(t, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
  await gateway.openFlow();
  const sent = idsAtAtlas(gateway);
  for (const { traceparent } of sent) {
    assert.match(String(traceparent), /^00-[\da-f]{32}-[\da-f]{16}-01$/);
  }
  assert.equal(new Set(sent.map(({ traceparent }) => traceparent)).size, sent.length);
  const lines = idsInLog(gateway);
  await gateway.app.close();
  for (const endpoint of ['verificationToken', 'initFlow']) {
    const line = lines.find((each) => each.endpoint === endpoint);
    assert.ok(line !== undefined && sent.some((each) => each.traceparent === line.traceparent));
    const [, traceId, spanId] = String(line.traceparent).split('-');
    const span = receiver.spans.find((each) => each.spanId === spanId);
    assert.equal(span?.traceId, traceId);
    assert.equal(span?.attributes['atlas_gateway.endpoint'], endpoint);
    assert.equal(span?.attributes['atlas_gateway.request_id'], line.requestId);
  }
});

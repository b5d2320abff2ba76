import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { attributeNames } from '../../src/observe/span-fields.ts';
import { transports } from '../support/limits/transports.ts';
import { openOtlpReceiver } from '../support/observe/otlp-receiver.ts';
import { type GatewayOptions, openGateway } from '../support/open-gateway.ts';
import { callBack, getToken, lastAddresses } from '../support/server/atlas-calls.ts';
import { overWebSocket } from '../support/server/transports.ts';

/** A gateway that is traced; closing it hands over every span. */
async function openTraced(t: TestContext, options: GatewayOptions = {}) {
  const receiver = await openOtlpReceiver(t);
  const gateway = await openGateway(t, {
    ...options,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...options.env },
  });
  return {
    ...gateway,
    receiver,
    /** All spans of the test, once the gateway is closed. */
    async spans() {
      await gateway.app.close();
      return receiver.spans;
    },
  };
}

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const parentSpanId = '00f067aa0ba902b7';
const traceparent = `00-${traceId}-${parentSpanId}-01`;

for (const [name, ask] of transports) {
  test(`over ${name} an operation is one span, with its calls to Atlas below it`, async (t) => {
    const gateway = await openTraced(t);
    const uuid = await gateway.openFlow();
    const query = `query ReadFlow { flow(uuid: "${uuid}") { status { state } documents { documentId } } }`;
    await ask(gateway, { query });
    const spans = await gateway.spans();
    const named = spans.filter((span) => span.attributes['graphql.operation.name'] === 'ReadFlow');
    assert.equal(named.length, 1);
    const [operation] = named;
    assert.ok(operation);
    assert.equal(operation.name, 'operation');
    assert.equal(operation.parentSpanId, undefined);
    assert.equal(operation.isError, false);
    assert.equal(operation.attributes['graphql.operation.type'], 'query');
    assert.equal(operation.attributes['atlas_gateway.outcome'], 'ok');
    assert.equal(operation.attributes['atlas_gateway.tenant'], 'default');
    assert.match(String(operation.attributes['atlas_gateway.request_id']), /^[\w-]{8,64}$/);
    assert.ok(operation.endMs >= operation.startMs);

    const below = spans.filter((span) => span.parentSpanId === operation.spanId);
    assert.deepEqual(
      below.map((span) => [span.name, span.attributes['atlas_gateway.endpoint']]).toSorted(),
      [
        ['atlas call', 'flowExtracts'],
        ['atlas call', 'flowStatus'],
      ],
    );
    for (const span of below) {
      assert.equal(span.traceId, operation.traceId);
      assert.equal(span.attributes['atlas_gateway.outcome'], 'answered');
    }
  });
}

for (const accept of ['application/json', 'text/event-stream']) {
  test(`a caller who accepts ${accept} finds the operation in its own trace`, async (t) => {
    const gateway = await openTraced(t);
    const uuid = await gateway.openFlow();
    gateway.sandbox.clearCalls();
    const response = await fetch(gateway.graphqlUrl, {
      method: 'POST',
      headers: {
        ...gateway.headers,
        accept,
        traceparent,
        tracestate: 'vendor=secret-of-the-caller',
      },
      body: JSON.stringify({ query: `{ flow(uuid: "${uuid}") { status { state } } }` }),
    });
    await response.text();
    const sent = gateway.sandbox.calls.map(({ headers }) => headers);
    const ours = (await gateway.spans()).filter((span) => span.traceId === traceId);
    const operation = ours.find((span) => span.name === 'operation');
    assert.equal(operation?.parentSpanId, parentSpanId);
    const call = ours.find((span) => span.name === 'atlas call');
    assert.equal(call?.parentSpanId, operation.spanId);
    // Atlas is told of the call's own span, and nothing that the caller may have put anywhere.
    assert.ok(sent.length > 0);
    assert.ok(sent.some((each) => each.traceparent === `00-${traceId}-${call.spanId}-01`));
    for (const each of sent) assert.equal(each.tracestate, undefined);
    assert.ok(!gateway.receiver.text().includes('secret-of-the-caller'));
  });
}

test('an invalid traceparent begins a new trace, and an unsampled one is not recorded', async (t) => {
  const gateway = await openTraced(t);
  const ask = async (given: string) => {
    const response = await fetch(gateway.graphqlUrl, {
      method: 'POST',
      headers: { ...gateway.headers, traceparent: given },
      body: JSON.stringify({ query: '{ viewer { callerId } }' }),
    });
    assert.equal(response.status, 200);
    await response.text();
  };
  await ask('nonsense');
  await ask(`00-${'0'.repeat(32)}-${parentSpanId}-01`);
  await ask(`00-${traceId}-${parentSpanId}-00`);
  const operations = (await gateway.spans()).filter((span) => span.name === 'operation');
  assert.equal(operations.length, 2);
  for (const span of operations) assert.equal(span.parentSpanId, undefined);
});

test('a failure is told by its code and its status, and by no word of it', async (t) => {
  const gateway = await openTraced(t);
  const uuid = await gateway.openFlow();
  const body = { message: 'a secret of Atlas' };
  gateway.sandbox.fault('flowExtracts', { status: 500, body }, 10);
  await gateway.ask(`query Failing { flow(uuid: "${uuid}") { documents { documentId } } }`);
  const spans = await gateway.spans();
  const operation = spans.find((span) => span.attributes['graphql.operation.name'] === 'Failing');
  assert.equal(operation?.isError, true);
  assert.equal(operation.attributes['atlas_gateway.outcome'], 'errors');
  assert.equal(operation.attributes['error.type'], 'ATLAS_UNAVAILABLE');
  const call = spans.find((span) => span.attributes['atlas_gateway.endpoint'] === 'flowExtracts');
  assert.equal(call?.isError, true);
  assert.equal(call.attributes['http.response.status_code'], 500);
  assert.equal(call.attributes['atlas_gateway.outcome'], 'unavailable');
});

test('a subscription is one span that ends with its first event; the looks behind it stand alone', async (t) => {
  const gateway = await openTraced(t);
  const uuid = await gateway.openFlow();
  const reading = await overWebSocket(t, gateway, uuid);
  await reading.next();
  const { authUrl, callbackUrl } = lastAddresses(gateway.sandbox);
  gateway.sandbox.setFlowStatus(uuid, { master_status: 'FAILED' });
  assert.equal(await callBack(callbackUrl, { token: await getToken(authUrl) }), 200);
  await reading.next();
  const spans = await gateway.spans();
  const subscriptions = spans.filter(
    (span) => span.attributes['graphql.operation.type'] === 'subscription',
  );
  assert.equal(subscriptions.length, 1);
  assert.equal(subscriptions[0]?.attributes['atlas_gateway.outcome'], 'ok');
  const opened = spans.find((span) => span.attributes['graphql.operation.type'] === 'mutation');
  const looks = spans.filter(
    ({ attributes, traceId }) =>
      attributes['atlas_gateway.endpoint'] === 'flowStatus' && traceId !== opened?.traceId,
  );
  assert.ok(looks.length >= 2);
  for (const look of looks) assert.equal(look.parentSpanId, undefined);
});

test('no span says anything but what is on the list', async (t) => {
  const gateway = await openTraced(t);
  const uuid = await gateway.openFlow();
  await gateway.upload(uuid, 'aadhaar.jpg');
  await gateway.ask(`{ flow(uuid: "${uuid}") { documents { documentId } } }`);
  await gateway.ask('{ nonsense }');
  const allowed = new Set(Object.values(attributeNames));
  const spans = await gateway.spans();
  assert.ok(spans.length >= 6);
  for (const span of spans) {
    assert.ok(['operation', 'atlas call'].includes(span.name), span.name);
    for (const name of Object.keys(span.attributes)) assert.ok(allowed.has(name), name);
  }
});

test('a collector that takes nothing is told of once, and stops nobody', async (t) => {
  const receiver = await openOtlpReceiver(t);
  receiver.refuse();
  const gateway = await openGateway(t, {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
  });
  // Three times as many spans as are handed over at once.
  for (let round = 0; round < 16; round += 1) {
    const asked = Array.from({ length: 100 }, () => gateway.ask('{ viewer { callerId } }'));
    for (const { data } of await Promise.all(asked)) assert.ok(data.viewer);
  }
  await gateway.app.close();
  assert.ok(receiver.countRequests() >= 3, String(receiver.countRequests()));
  const warnings = gateway.logLines().filter(({ msg }) => /^traces are dropped/.test(String(msg)));
  assert.equal(warnings.length, 1);
});

test('a collector that is not there keeps nobody waiting, not even at the end', async (t) => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo; // it listens on a port
  await new Promise((resolve) => closed.close(resolve));
  const gateway = await openGateway(t, {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` },
  });
  assert.ok((await gateway.ask('{ viewer { callerId } }')).data.viewer);
  await gateway.app.close();
});

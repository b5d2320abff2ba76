import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSchema } from '../../src/schema/index.ts';
import { type Answered, codesOf, transports } from '../support/limits/transports.ts';
import { openOtlpReceiver } from '../support/observe/otlp-receiver.ts';
import { createSeededPapers } from '../support/privacy/seeded-papers.ts';
import { selectEverything } from '../support/privacy/select-everything.ts';
import { openStillGateway } from '../support/schema/still-gateway.ts';
import { callBack, getToken, lastAddresses } from '../support/server/atlas-calls.ts';

const wholeFlow = selectEverything(createSchema(), 'Flow', {
  against: '"77 QUUXADDRESS ROAD"',
  applicationId: '"application-of-quux"',
  documentId: '"document-PAN"',
  first: '100',
});

test('no value, token, key, id or address of anybody is in a metric or a span', async (t) => {
  const receiver = await openOtlpReceiver(t);
  const gateway = await openStillGateway(t, {
    env: {
      METRICS_PORT: '0',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      LIMITS_MODE: 'measure',
    },
  });
  const { sandbox, app } = gateway;
  const uuid = await gateway.finishedFlow(['quuxfile.jpg'], 'application-of-quux');
  const { authUrl, callbackUrl } = lastAddresses(sandbox);
  const callbackToken = await getToken(authUrl);
  const batchId = await gateway.createBatch(['quuxbatch.jpg']);
  const { ocrData, crossChecks, secrets, aadhaarNumbers } = createSeededPapers();
  const body = { ocr_data: ocrData, cross_checks: crossChecks };
  sandbox.fault('flowExtracts', { status: 200, body }, 20);

  const asked: Answered[] = [];
  for (const [name, ask] of transports) {
    asked.push(
      await ask(gateway, { query: `query Quux { flow(uuid: "${uuid}") ${wholeFlow} }` }),
      await ask(gateway, {
        query: 'query ($uuid: String!) { flow(uuid: $uuid) { quuxfield } }',
        variables: { uuid },
      }),
      await ask(gateway, { query: '{ flow(uuid: "quuxflow-of-nobody") { status { state } } }' }),
    );
    // One answer has no room for a subscription.
    if (name === 'HTTP') continue;
    asked.push(
      await ask(gateway, { query: 'subscription { flowUpdated(uuid: "quuxflow") { uuid } }' }),
    );
  }
  const shown = JSON.stringify(asked);
  assert.ok(
    secrets.some((secret) => shown.includes(secret)),
    'the values were read',
  );
  assert.ok(asked.flatMap(codesOf).length >= transports.length);
  assert.equal(await callBack(callbackUrl, { token: callbackToken }), 200);
  await fetch(`${gateway.graphqlUrl}?secret=quuxquery`, {
    headers: { authorization: 'Bearer quuxkey-of-nobody' },
  });

  const scraped = await (await fetch(app.metricsUrl ?? '')).text();
  await app.close();
  assert.ok(receiver.spans.length > 20);
  const tokens = sandbox.calls.flatMap(({ headers }) => headers.token ?? []);
  assert.ok(tokens.length > 0);
  const never = [
    ...secrets,
    ...aadhaarNumbers,
    ...tokens,
    gateway.apiKey,
    callbackToken,
    'sandbox-client',
    'sandbox-secret',
    uuid,
    batchId,
    'quuxf',
    'quuxk',
    'quuxq',
    'quuxb',
    'QUUXADDRESS',
    'application-of-quux',
    'document-PAN',
    'files.example',
    'sandbox.invalid',
    '/atlas/callback',
    '/v3/verification',
    sandbox.url,
    app.url,
  ];
  for (const [where, text] of [
    ['the metrics', scraped],
    ['the spans', receiver.text()],
  ] as const) {
    assert.deepEqual(
      never.filter((value) => text.includes(value)),
      [],
      where,
    );
    assert.doesNotMatch(text, /https?:\/\//, where);
    assert.doesNotMatch(text, /LOS-|\bBearer\b/, where);
  }
  // Not even what a caller may call its operation: strangers choose it.
  assert.ok(!scraped.includes('Quux'));
  assert.ok(receiver.text().includes('Quux'));
});

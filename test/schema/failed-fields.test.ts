import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { isEnumType } from 'graphql';
import { createSchema } from '../../src/schema/index.ts';
import { serviceNames } from '../../src/schema/operation/service-name.ts';
import { type Answered, transports } from '../support/limits/transports.ts';
import { type GatewayOptions, type OpenGateway, openGateway } from '../support/open-gateway.ts';

const always = Number.POSITIVE_INFINITY;
const refused = { status: 403, body: { error: 'Not allowed' } };

const [[, overHttp] = assert.fail()] = transports;

/** Each path of an operation, with the options of a gateway that takes it. */
const paths: readonly (readonly [
  name: string,
  ask: (typeof transports)[number][1],
  options: GatewayOptions,
])[] = [
  ...transports.map(([name, ask]) => [name, ask, {}] as const),
  ['HTTP by Yoga', overHttp, { fastPath: () => false }],
];

/** The errors of an answer, by path: code and Atlas service. */
function errorsOf({ errors = [] }: Answered) {
  return Object.fromEntries(
    errors.map(({ path, extensions: { code, service } }) => [path?.join('.'), [code, service]]),
  );
}

async function openWithFlow(t: TestContext, options: GatewayOptions) {
  const gateway = await openGateway(t, options);
  return { gateway, uuid: await gateway.openFlow() };
}

for (const [name, ask, options] of paths) {
  test(`a lost write leaves the answer of the write before it, over ${name}`, async (t) => {
    const gateway = await openGateway(t, options);
    gateway.sandbox.fault('initFlow', { delayMs: 0 });
    gateway.sandbox.fault('initFlow', { hangUp: 'after' });
    const answer = await ask(gateway, {
      query: `mutation {
        first: createFlow(input: { applicationId: "a-1" }) { flow { uuid } userErrors { code } }
        second: createFlow(input: { applicationId: "a-2" }) { flow { uuid } userErrors { code } }
      }`,
    });
    assert.match(answer.data?.first.flow.uuid, /^LOS-/);
    assert.equal(answer.data?.second, null);
    assert.deepEqual(errorsOf(answer), { second: ['OUTCOME_UNKNOWN', 'FLOWS'] });
  });

  test(`each mutation that fails is null beside one that was done, over ${name}`, async (t) => {
    const { gateway, uuid } = await openWithFlow(t, options);
    gateway.sandbox.fault('uploadToFlow', refused, always);
    gateway.sandbox.fault('uploadDocstream', refused, always);
    gateway.sandbox.fault('bulkToken', { status: 503, body: {} }, always);
    const files = '[{ documentId: "1", url: "https://files.example/pan.jpg" }]';
    const answer = await ask(gateway, {
      query: `mutation {
        upload: uploadDocuments(input: { flowUuid: "${uuid}", files: ${files} }) { userErrors { code } }
        bulk: createBatch(input: { files: ${files} }) { userErrors { code } }
        sandbox: createBatch(input: { service: SANDBOX, files: ${files} }) { userErrors { code } }
        done: issueFlowGrant(input: { flowUuid: "${uuid}" }) { userErrors { code } }
      }`,
    });
    assert.deepEqual(answer.data, {
      upload: null,
      bulk: null,
      sandbox: null,
      done: { userErrors: [] },
    });
    assert.deepEqual(errorsOf(answer), {
      upload: ['ATLAS_REJECTED', 'FLOWS'],
      bulk: ['ATLAS_UNAVAILABLE', 'BULK'],
      sandbox: ['ATLAS_REJECTED', 'SANDBOX'],
    });
  });

  test(`a grant that fails is null beside a flow that was opened, over ${name}`, async (t) => {
    const { gateway } = await openWithFlow(t, options);
    gateway.sandbox.fault('flowStatus', refused, always);
    const answer = await ask(gateway, {
      query: `mutation {
        done: createFlow(input: { applicationId: "a-3" }) { userErrors { code } }
        grant: issueFlowGrant(input: { flowUuid: "LOS-of-elsewhere" }) { token }
      }`,
    });
    assert.deepEqual(answer.data, { done: { userErrors: [] }, grant: null });
    assert.deepEqual(errorsOf(answer), { grant: ['ATLAS_REJECTED', 'FLOWS'] });
  });

  test(`queries that fail are null beside a flow that is answered, over ${name}`, async (t) => {
    const { gateway, uuid } = await openWithFlow(t, options);
    gateway.sandbox.fault('matchAddresses', refused, always);
    const answer = await ask(gateway, {
      query: `{
        flow(uuid: "${uuid}") { uuid }
        flows(first: 0) { edges { cursor } }
        one: addressMatch(applicationId: "a", source: "1 ROAD", target: "2 ROAD") { similarityScore }
        many: addressMatches(applicationId: "a", source: "1 ROAD", targets: ["2 ROAD"]) { similarityScore }
      }`,
    });
    assert.deepEqual(answer.data, { flow: { uuid }, flows: null, one: null, many: null });
    assert.deepEqual(errorsOf(answer), {
      flows: ['BAD_USER_INPUT', undefined],
      one: ['ATLAS_REJECTED', 'ADDRESSES'],
      'many.0': ['ATLAS_REJECTED', 'ADDRESSES'],
    });
  });

  test(`a page of documents that fails leaves the rest of its batch, over ${name}`, async (t) => {
    const { gateway } = await openWithFlow(t, options);
    const batchId = await createBatch(gateway);
    const answer = await ask(gateway, {
      query: `{ batch(batchId: "${batchId}") { batchId documents(first: 0) { edges { cursor } } } }`,
    });
    assert.deepEqual(answer.data, { batch: { batchId, documents: null } });
    assert.deepEqual(errorsOf(answer), { 'batch.documents': ['BAD_USER_INPUT', undefined] });
  });
}

test('the services that errors name are those of the graph', () => {
  const type = createSchema().getType('AtlasService');
  assert.ok(isEnumType(type));
  const ofGraph = type.getValues().map(({ name, value }) => [value, name]);
  assert.deepEqual(Object.fromEntries(ofGraph), serviceNames);
});

async function createBatch(gateway: OpenGateway): Promise<string> {
  const { data } = await gateway.ask(
    'mutation { createBatch(input: { files: [{ documentId: "1", url: "https://files.example/pan.jpg" }] }) { batch { batchId } } }',
  );
  return data.createBatch.batch.batchId;
}

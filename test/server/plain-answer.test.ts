import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toQuestion } from '../../bench/http/questions.ts';
import { openCallers } from '../privacy/open-callers.ts';
import { type GatewayOptions, type OpenGateway, openGateway } from '../support/open-gateway.ts';

const timeout = 60_000;
const requestId = 'request-of-this-test';
const form = 'application/graphql-response+json';
const flow = 'query F($uuid: String!) { flow(uuid: $uuid) { uuid status { state } } }';
const createFlow = `mutation ($input: CreateFlowInput!) {
  createFlow(input: $input) { flow { applicationId } userErrors { code path } }
}`;

interface Sent {
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether it takes the long way too, as it is refused, or no plain operation at all. */
  readonly isLong?: true;
}

/** A name that nothing is called by has no value: Yoga overlooks it, the short way does not. */
async function askBothWays(gateway: OpenGateway, { body, headers = {} }: Sent) {
  const [short, long] = [body, Array.isArray(body) ? body : { ...Object(body), _: null }];
  const answers = [];
  for (const sent of [short, long]) {
    const response = await fetch(gateway.graphqlUrl, {
      method: 'POST',
      headers: { ...gateway.headers, 'x-request-id': requestId, ...headers },
      body: JSON.stringify(sent),
    });
    const { date: _, ...rest } = Object.fromEntries(response.headers);
    answers.push({ status: response.status, headers: rest, text: await response.text() });
  }
  const lines = gateway.logLines().filter((line) => line.requestId === requestId);
  const [one, other] = lines.slice(-2).map((line) => {
    const { time: _, durationMs: __, lane, ...same } = line;
    return { lane, same };
  });
  return { answers, one, other };
}

async function compare(gateway: OpenGateway, name: string, sent: Sent) {
  const { answers, one, other } = await askBothWays(gateway, sent);
  assert.deepEqual(answers[0], answers[1], name);
  assert.deepEqual(one?.same, other?.same, name);
  assert.deepEqual([one?.lane, other?.lane], [sent.isLong ? 'yoga' : 'plain', 'yoga'], name);
  return answers[0]?.text ?? '';
}

/** All that is sent to the graph, good and bad, by what is special about it. */
const table: Readonly<Record<string, Sent>> = {
  'a query': { body: { query: '{ __typename }' } },
  'a query with every member': {
    body: { query: flow, variables: { uuid: 'none' }, operationName: 'F', extensions: {} },
  },
  'a query with members that are null': {
    body: { query: '{ __typename }', variables: null, operationName: null, extensions: null },
  },
  'one operation of two': {
    body: { query: 'query A { a: __typename } query B { b: __typename }', operationName: 'B' },
  },
  introspection: { body: { query: '{ __schema { queryType { name } } }' } },
  'a mutation': { body: { query: createFlow, variables: { input: { applicationId: '' } } } },
  'what a resolver refuses': {
    body: {
      query: 'query ($u: [String!]!) { flowsByUuid(uuids: $u) { uuid } }',
      variables: { u: [''] },
    },
  },
  'what a resolver refuses below a field that may be null': {
    body: { query: '{ flow(uuid: "") { uuid } other: __typename }' },
  },
  'a value that its variable cannot hold': { body: { query: flow, variables: { uuid: 1 } } },
  'a variable that is missing': { body: { query: flow } },
  'the same for who reads the response form': { body: { query: flow }, headers: { accept: form } },
  'what is refused, for who reads the response form': {
    body: { query: '{ flow(uuid: "") { uuid } }' },
    headers: { accept: form },
  },
  'a text that cannot be parsed': { body: { query: '{' }, isLong: true },
  'a text that is not valid': { body: { query: '{ nothing }' }, isLong: true },
  'the same as a response': {
    body: { query: '{ nothing }' },
    headers: { accept: form },
    isLong: true,
  },
  'an operation that is not there': {
    body: { query: '{ __typename }', operationName: 'Other' },
    isLong: true,
  },
  'two operations and no name': {
    body: { query: 'query A { __typename } query B { __typename }' },
    isLong: true,
  },
  'a subscription': {
    body: { query: 'subscription { flowUpdated(uuid: "none") { uuid } }' },
    headers: { accept: 'application/json' },
    isLong: true,
  },
  'too many calls': {
    body: { query: '{ flowsByUuid(uuids: ["a", "b", "c"]) { uuid } }' },
    isLong: true,
  },
  'too many levels': {
    body: { query: `{ a ${'{ a '.repeat(60)} ${'}'.repeat(61)}` },
    isLong: true,
  },
  'a hash that nobody knows': {
    body: { extensions: { persistedQuery: { version: 1, sha256Hash: 'ab' } } },
    isLong: true,
  },
  'no text': { body: { variables: {} }, isLong: true },
  'a text that is none': { body: { query: 1 }, isLong: true },
  'variables that are a list': { body: { query: '{ __typename }', variables: [] }, isLong: true },
  'extensions that are a text': { body: { query: '{ __typename }', extensions: '' }, isLong: true },
  'a list of operations': { body: [{ query: '{ __typename }' }], isLong: true },
  'a form that is not given': {
    body: { query: '{ __typename }' },
    headers: { accept: 'image/png' },
    isLong: true,
  },
};

test('both ways answer the same, to the byte', { timeout }, async (t) => {
  const gateway = await openGateway(t, { env: { MAX_ATLAS_CALLS: '2' } });
  for (const [name, sent] of Object.entries(table)) await compare(gateway, name, sent);
});

test('both ways answer in the same form', { timeout }, async (t) => {
  const gateway = await openGateway(t);
  const plain = 'application/json';
  for (const accept of [
    '*/*',
    plain,
    form,
    `${form}, ${plain};q=0.9`,
    `${plain}, ${form}`,
    'application/json, text/plain, */*',
    'text/html, application/*',
    'APPLICATION/JSON',
    'image/png, */*;q=0.1',
    'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
  ]) {
    await compare(gateway, accept, { body: { query: '{ __typename }' }, headers: { accept } });
  }
  for (const accept of ['image/*', '*/json', `${plain}; charset=utf-8`, 'text/html']) {
    const sent = { body: { query: '{ __typename }' }, headers: { accept }, isLong: true } as const;
    await compare(gateway, accept, sent);
  }
});

test('both ways fail the same where Atlas refuses', { timeout }, async (t) => {
  const gateway = await openGateway(t);
  const uuid = await gateway.openFlow();
  const query = 'query ($uuid: String!) { a: flow(uuid: $uuid) { uuid } __typename }';
  gateway.sandbox.fault('flowStatus', { status: 403 }, 2);
  const text = await compare(gateway, 'a refusal', { body: { query, variables: { uuid } } });
  assert.match(text, /"locations".*ATLAS_/);
});

test('both ways show nothing that could not be put on record', { timeout }, async (t) => {
  const auditFile = {
    write() {
      throw new Error('the disk is full');
    },
  };
  const options: GatewayOptions = { auditFile, env: { PII_CACHE_SECONDS: '0' } };
  const gateway = await openGateway(t, options);
  const uuid = await gateway.openFlow();
  await gateway.upload(uuid, 'pan.jpg');
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  const text = await compare(gateway, 'a read', {
    body: { query: toQuestion('Q2').toText(0), variables: { uuid } },
  });
  assert.match(
    text,
    /^\{"errors":\[\{"message":"Something went wrong in the gateway\.".*"data":null/,
  );
});

test('what is over a limit that is only measured is said once', { timeout }, async (t) => {
  const gateway = await openGateway(t, { env: { LIMITS_MODE: 'measure', MAX_DEPTH: '1' } });
  await gateway.ask(flow, { uuid: 1 });
  assert.equal(gateway.logLines().filter(({ limit }) => limit === 'depth').length, 1);
});

test('the questions of the benchmark go the short way, in no more calls than planned', {
  timeout,
}, async (t) => {
  const gateway = await openCallers(t, { env: { PII_CACHE_SECONDS: '0' } });
  const uuids: string[] = [];
  for (let count = 0; count < 3; count += 1) {
    uuids.push(await gateway.finishedFlow(['pan.jpg', 'aadhaar.jpg']));
  }
  const [uuid] = uuids;
  const asked = [
    ['Q1', { uuid }, 1],
    ['Q2', { uuid }, 2],
    ['Q3', { uuids: [...uuids, uuid] }, 6],
    ['Q4', toQuestion('Q4').toVariables(0), 1],
  ] as const;
  for (const [name, variables, calls] of asked) {
    const answer: object = await gateway.ask(toQuestion(name).toText(0), variables);
    assert.ok(!('errors' in answer), name);
    const { extensions } = answer as { extensions: { atlas: Record<string, number> } };
    assert.deepEqual([extensions.atlas.calls, extensions.atlas.planned], [calls, calls], name);
    const line = gateway.logLines().findLast(({ msg }) => msg === 'request');
    assert.equal(line?.lane, 'plain', name);
  }
});

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  execute,
  type GraphQLFieldResolver,
  GraphQLInt,
  GraphQLList,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  parse,
} from 'graphql';
import { bytesOf, createAnswerSize } from '../../src/server/execution/answer-size.ts';
import { countAnswers } from '../../src/server/execution/count-answer.ts';
import { codesOf, transports } from '../support/limits/transports.ts';
import { openGateway } from '../support/open-gateway.ts';
import { openStillGateway } from '../support/schema/still-gateway.ts';
import { createExecuteSent } from '../support/server/execute-sent.ts';
import { overWebSocket } from '../support/server/transports.ts';

const types = '{ documentTypes { type category fields { name } } }';
/** Often enough for a query to be compiled. */
const times = 5;

for (const [transport, ask] of transports) {
  test(`an answer that is too long ends as QUERY_TOO_COMPLEX by ${transport}, however often`, async (t) => {
    const gateway = await openGateway(t, { env: { MAX_ANSWER_BYTES: '800' } });
    for (let time = 0; time < times; time += 1) {
      const answer = await ask(gateway, { query: types });
      assert.deepEqual([codesOf(answer), answer.data], [['QUERY_TOO_COMPLEX'], null]);
      const short = await ask(gateway, { query: '{ viewer { tenantId } }' });
      assert.deepEqual(short.data, { viewer: { tenantId: 'default' } });
    }
  });

  test(`an answer has a most of bytes by ${transport} where limits are only measured`, async (t) => {
    const env = { MAX_ANSWER_BYTES: '800', LIMITS_MODE: 'measure' };
    const gateway = await openGateway(t, { env });
    assert.deepEqual(codesOf(await ask(gateway, { query: types })), ['QUERY_TOO_COMPLEX']);
  });
}

test('an answer that is too long ends as QUERY_TOO_COMPLEX by GET', async (t) => {
  const gateway = await openGateway(t, { env: { MAX_ANSWER_BYTES: '800' } });
  const { headers, graphqlUrl } = gateway;
  const response = await fetch(`${graphqlUrl}?query=${encodeURIComponent(types)}`, { headers });
  const answer = await response.json();
  assert.deepEqual(
    [response.status, codesOf(answer), answer.data],
    [200, ['QUERY_TOO_COMPLEX'], null],
  );
});

test('the bytes that are counted are those of the answer', async (t) => {
  const query = `query ($uuid: String!) { flow(uuid: $uuid) { uuid status { state isTerminal freshness { observedAt } }
    documents { documentId state extraction { lowestConfidence
      fields { name value confidence kind isMasked } } } crossChecks { field similarityScore } } }`;
  async function lengthWith(MAX_ANSWER_BYTES: string): Promise<number | null> {
    const gateway = await openStillGateway(t, { env: { MAX_ANSWER_BYTES } });
    const files = ['aadhaar.jpg', 'pan.jpg', 'invoice.pdf', 'delivery-order.pdf'];
    const uuid = await gateway.finishedFlow(files);
    const { data } = await gateway.ask(query, { uuid });
    return data === null ? null : Buffer.byteLength(JSON.stringify(data));
  }
  const length = await lengthWith('1000000');
  assert.ok(length !== null && length > 2_000);
  assert.equal(await lengthWith(String(Math.ceil(length * 1.15))), length);
  assert.equal(await lengthWith(String(Math.floor(length * 0.85))), null);
});

test('texts are counted with the escapes of JSON', () => {
  for (const text of [
    '',
    'plain',
    'पता',
    'a"b\\c',
    '\n\t\u0001',
    '\ud83d\ude00',
    '\ud83d and \udc00',
  ]) {
    const bytes = Buffer.byteLength(JSON.stringify(text));
    assert.ok(bytesOf(text) >= bytes && bytesOf(text) <= bytes + 2, JSON.stringify(text));
  }
});

test('an event that is too long is QUERY_TOO_COMPLEX, and the stream goes on', async (t) => {
  const gateway = await openStillGateway(t, { env: { MAX_ANSWER_BYTES: '400' } });
  const uuid = await gateway.openFlow();
  const query = `subscription ($uuid: String!) { flowUpdated(uuid: $uuid) {
    status { state } documents { documentId state } } }`;
  const watched = await overWebSocket(t, gateway, uuid, query);
  const first = await watched.next();
  assert.deepEqual(first.data.flowUpdated.documents, []);
  await gateway.upload(uuid, ...Array.from({ length: 15 }, (_, place) => `pan-${place}.jpg`));
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  let last = await watched.next();
  while (last.errors === undefined) last = await watched.next();
  assert.deepEqual([codesOf(last), last.data], [['QUERY_TOO_COMPLEX'], null]);
});

test('the result of a mutation is returned though its answer is too long', async (t) => {
  const gateway = await openGateway(t, { env: { MAX_ANSWER_BYTES: '250' } });
  const field = (name: string) =>
    `${name}: createFlow(input: { applicationId: "${name}" }) { flow { uuid id } }`;
  const query = `mutation { ${field('one')} ${field('two')} ${field('three')} }`;
  const { data, errors } = await gateway.ask(query);
  assert.deepEqual(codesOf({ errors: errors ?? [] }), ['QUERY_TOO_COMPLEX']);
  const opened = gateway.sandbox.calls.filter(({ name }) => name === 'initFlow').length;
  assert.ok(opened > 0 && opened < 3, `${opened} were opened`);
  assert.match(data?.one?.flow?.uuid ?? '', /./);
});

test('an answer that is too long is not kept for the next', async (t) => {
  const env = { MAX_ANSWER_BYTES: '1000', PII_CACHE_SECONDS: '60' };
  const gateway = await openStillGateway(t, { env });
  const uuid = await gateway.finishedFlow(['aadhaar.jpg', 'pan.jpg', 'invoice.pdf']);
  const query = `query ($uuid: String!) { flow(uuid: $uuid) {
    documents { extraction { fields { name value confidence isMasked } } } } }`;
  for (let time = 0; time < 2 * times; time += 1) {
    const { errors = [] } = await gateway.ask(query, { uuid });
    assert.deepEqual(codesOf({ errors }), ['QUERY_TOO_COMPLEX']);
  }
});

test('errors count as part of an answer', async (t) => {
  const gateway = await openGateway(t, { env: { MAX_ANSWER_BYTES: '1000' } });
  const names = Array.from({ length: 10 }, (_, place) => `n${place}: node(id: "none") { id }`);
  const { errors = [] } = await gateway.ask(`{ ${names.join(' ')} }`);
  assert.deepEqual(codesOf({ errors }), ['QUERY_TOO_COMPLEX']);
});

const entries = 100_000;
const most = 10_000;

function openLongList() {
  let lists = 0;
  let names = 0;
  const count: GraphQLFieldResolver<unknown, unknown> = () => {
    names += 1;
    return names % 2 === 0 ? 'a name' : Promise.resolve('a name');
  };
  const item = new GraphQLObjectType({
    name: 'Item',
    fields: { name: { type: GraphQLString, resolve: count }, size: { type: GraphQLInt } },
  });
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({
      name: 'Query',
      fields: {
        items: {
          type: new GraphQLList(item),
          resolve() {
            lists += 1;
            return Array.from({ length: entries / 100 }, () => ({ size: 1 }));
          },
        },
        longer: { type: new GraphQLList(item), resolve: () => Array(entries).fill({ size: 1 }) },
      },
    }),
  });
  countAnswers(schema);
  return { schema, counted: () => ({ lists, names }) };
}

test('a field of an answer that is too long is not resolved any more', async () => {
  const { schema, counted } = openLongList();
  const run = createExecuteSent({ schema, timesBefore: 1 });
  const document = parse('{ items { name size more: name } }');
  let before = 0;
  for (const runs of [execute, run, run, run] as const) {
    const answer = createAnswerSize();
    answer.most = most;
    await runs({ schema, document, contextValue: { request: { answer } } });
    assert.ok(answer.bytes > most);
    const { names } = counted();
    assert.ok(names - before < most / 10, `${names - before} of ${(2 * entries) / 100}`);
    before = names;
  }
  // A compiled query is not run a second time because its answer is too long.
  assert.equal(counted().lists, 4);
});

test('a list that is too long by itself is not completed', async () => {
  const { schema, counted } = openLongList();
  const answer = createAnswerSize();
  answer.most = most;
  const document = parse('{ longer { name } }');
  const result = await execute({ schema, document, contextValue: { request: { answer } } });
  assert.equal(result.data?.longer, null);
  assert.equal(counted().names, 0);
});

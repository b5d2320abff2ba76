import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toReviver } from '../../src/atlas/json/raw-number.ts';
import { checkDigitOf } from '../support/atlas/aadhaar-texts.ts';
import { transports } from '../support/limits/transports.ts';
import { openRawAtlas } from '../support/schema/raw-atlas.ts';

/*
 * JSON's numbers have any number of digits (RFC 8259, section 6), and those of accounts and loans
 * have more than a double holds. They keep them on their way through the gateway.
 */

const account = '50100234567890123';
const createFlow =
  'mutation ($input: CreateFlowInput!) { createFlow(input: $input) { flow { uuid } userErrors { code } } }';

/** Numbers that a double would change, and some that it would not, as a client writes them. */
const numbers = [
  account,
  `-${account}`,
  '9007199254740993',
  '12345678901234567890123456789012345678901234567890',
  '12345678901234567.89',
  '99999999999999.99',
  '5.0100234567890123e16',
  '1e400',
  '1e-400',
  '0.1',
  '7',
];
const params = `{"one":${account},"deep":{"list":[${numbers.join(',')}]},"text":"${account}"}`;

/** JSON with all its digits, as only a text can hold it. */
function toRaw(json: string): Record<string, unknown> {
  return JSON.parse(json, toReviver(json));
}

for (const [name, ask] of transports) {
  test(`over ${name} flowParams in variables reach Atlas digit for digit`, async (t) => {
    const atlas = await openRawAtlas(t);
    const variables = { input: { applicationId: 'application-1', flowParams: toRaw(params) } };
    assert.ok(JSON.stringify(variables).includes(params), 'the test sends what it says');
    const { errors } = await ask(atlas.gateway, { query: createFlow, variables });
    assert.equal(errors, undefined);
    assert.match(atlas.lastBody('/flow/init'), /"flow_params":/);
    assert.ok(atlas.lastBody('/flow/init').includes(params), atlas.lastBody('/flow/init'));
  });
}

test('a variable that is all of flowParams reaches Atlas digit for digit', async (t) => {
  const atlas = await openRawAtlas(t);
  const query =
    'mutation ($params: JSONObject) { createFlow(input: { applicationId: "1", flowParams: $params }) { flow { uuid } } }';
  await atlas.gateway.ask(query, { params: toRaw(params) });
  assert.ok(atlas.lastBody('/flow/init').includes(params));
});

test('flowParams in the text of an operation reach Atlas digit for digit', async (t) => {
  const atlas = await openRawAtlas(t);
  const literal = `{ one: ${account}, deep: { list: [${numbers.join(', ')}] }, text: "${account}" }`;
  const query = `mutation { createFlow(input: { applicationId: "1", flowParams: ${literal} }) { flow { uuid } } }`;
  // Also once the operation is compiled.
  for (let times = 0; times < 5; times += 1) {
    const { errors } = await atlas.gateway.ask(query);
    assert.equal(errors, undefined);
    assert.ok(atlas.lastBody('/flow/init').includes(params), atlas.lastBody('/flow/init'));
  }
});

test('a variable inside a literal of flowParams reaches Atlas digit for digit', async (t) => {
  const atlas = await openRawAtlas(t);
  const query = `mutation ($deep: JSONObject, $none: JSONObject) {
    createFlow(input: { applicationId: "1", flowParams: {
      one: ${account}, deep: $deep, none: $none, flag: true, word: WORD, gone: null
    } }) { flow { uuid } }
  }`;
  const { errors } = await atlas.gateway.ask(query, { deep: toRaw(`{"a":[${account}]}`) });
  assert.equal(errors, undefined);
  const sent = `{"one":${account},"deep":{"a":[${account}]},"flag":true,"word":"WORD","gone":null}`;
  assert.ok(atlas.lastBody('/flow/init').includes(sent), atlas.lastBody('/flow/init'));
});

test('a body with a byte order mark is read', async (t) => {
  const { gateway } = await openRawAtlas(t);
  const body = `\ufeff${JSON.stringify({ query: '{ viewer { callerId } }' })}`;
  const response = await fetch(gateway.graphqlUrl, {
    method: 'POST',
    headers: gateway.headers,
    body: new TextEncoder().encode(body),
  });
  assert.equal(response.status, 200);
  assert.equal((await response.json()).errors, undefined);
});

for (const [what, query, variables] of [
  ['an Int', 'query ($v: Int) { flows(first: $v) { edges { cursor } } }', `{"v":${account}}`],
  [
    'an Int of an exponent',
    'query ($v: Int) { flows(first: $v) { edges { cursor } } }',
    '{"v":1e400}',
  ],
  ['a String', 'query ($v: String!) { flow(uuid: $v) { uuid } }', `{"v":${account}}`],
  ['an ID', 'query ($v: ID!) { node(id: $v) { id } }', `{"v":${account}}`],
  [
    'a JSONObject',
    `mutation ($v: JSONObject) { createFlow(input: { applicationId: "1", flowParams: $v }) { flow { uuid } } }`,
    `{"v":${account}}`,
  ],
  [
    'an input object',
    createFlow.replace('$input', '$v').replace('$input', '$v'),
    `{"v":${account}}`,
  ],
] as const) {
  test(`a number too long for a double is refused as ${what}, and not quoted`, async (t) => {
    const { gateway, countCalls } = await openRawAtlas(t);
    const { errors } = await gateway.ask(query, toRaw(variables));
    assert.deepEqual(
      errors?.map(({ extensions }) => extensions.code),
      ['BAD_USER_INPUT'],
    );
    assert.doesNotMatch(JSON.stringify(errors), /50100|1e400|rawJSON|Infinity|object Object/);
    assert.equal(countCalls('/flow/init'), 0);
  });
}

test('two numbers that are one double are two inputs of an idempotency key', async (t) => {
  const { gateway, countCalls } = await openRawAtlas(t);
  const ask = (loan: string) =>
    gateway.ask(createFlow, {
      input: { applicationId: '1', idempotencyKey: 'key-1', flowParams: toRaw(`{"a":${loan}}`) },
    });
  const first = await ask(account);
  assert.deepEqual((await ask(account)).data, first.data);
  const { data } = await ask('50100234567890124');
  assert.deepEqual(data.createFlow.userErrors, [{ code: 'IDEMPOTENCY_KEY_REUSED' }]);
  assert.equal(countCalls('/flow/init'), 1);
});

const flowQuery = `query ($uuid: String!) { flow(uuid: $uuid) {
  documents { documentId fileUuid extraction { fields { name value confidence } } }
  crossChecks { field similarityScore left { document { documentId } value } right { value } }
} }`;

test('values, ids and cross-checks of Atlas are shown digit for digit', async (t) => {
  const { gateway, answers } = await openRawAtlas(t);
  answers.set(
    '/verification/extracts',
    `{"ocr_data":[{"document_id":${account},"file_uuid":${account},"document_type":"BANK_STATEMENT",
      "account_number":{"value":${account},"confidence_score":0.97},
      "negative":{"value":-${account},"confidence_score":"0.97"},
      "exponent":{"value":5.0100234567890123e16},
      "amount":{"value":1234567890123.45},
      "long_amount":{"value":12345678901234567.89},
      "list":{"value":[${account},[${account}],7]},
      "object":{"value":{"account":${account},"share":0.5}},
      "bare":${account}}],
    "cross_checks":[{"field":"account_number","similarity_score":100,
      "document_id_1":${account},"value_1":${account},"value_2":${account}}]}`,
  );
  const { data, errors } = await gateway.ask(flowQuery, { uuid: 'LOS-1' });
  assert.equal(errors, undefined);
  const [document] = data.flow.documents;
  assert.deepEqual([document.documentId, document.fileUuid], [account, account]);
  assert.deepEqual(
    document.extraction.fields.map(({ name, value, confidence }: Record<string, unknown>) => [
      name,
      value,
      confidence,
    ]),
    [
      ['account_number', account, 0.97],
      ['negative', `-${account}`, 0.97],
      ['exponent', account, null],
      ['amount', '1234567890123.45', null],
      ['long_amount', '12345678901234567.89', null],
      ['list', `["${account}",["${account}"],7]`, null],
      ['object', `{"account":"${account}","share":0.5}`, null],
      ['bare', account, null],
    ],
  );
  assert.deepEqual(data.flow.crossChecks, [
    {
      field: 'account_number',
      similarityScore: 100,
      left: { document: { documentId: account }, value: account },
      right: { value: account },
    },
  ]);
});

test('a value that is not finite is null, and costs nothing beside it', async (t) => {
  const { gateway, answers } = await openRawAtlas(t);
  const fields = ['NaN', 'Infinity', '-Infinity', '1e400', '-1e400']
    .map((value, place) => `"f${place}":{"value":${value},"confidence_score":${value}}`)
    .join();
  answers.set(
    '/verification/extracts',
    `{"ocr_data":[{"document_id":"a","document_type":"OTHER",${fields},"list":{"value":[NaN,1,1e400]},
      "words":{"value":"NaN, Infinity","confidence_score":0.9}}],
     "cross_checks":[{"field":"f","similarity_score":NaN,"value_1":"a","value_2":Infinity},
      {"field":"g","similarity_score":"88","value_1":"a","value_2":"b"}]}`,
  );
  const { data, errors } = await gateway.ask(flowQuery, { uuid: 'LOS-1' });
  assert.equal(errors, undefined);
  const shown = data.flow.documents[0].extraction.fields.map(
    ({ value, confidence }: Record<string, unknown>) => [value, confidence],
  );
  assert.deepEqual(shown, [
    ...Array.from({ length: 5 }, () => [null, null]),
    ['[null,1,null]', null],
    ['NaN, Infinity', 0.9],
  ]);
  assert.deepEqual(
    data.flow.crossChecks.map(({ similarityScore, right }: Record<string, { value: string }>) => [
      similarityScore,
      right?.value,
    ]),
    [
      [null, null],
      [88, 'b'],
    ],
  );
});

test('a number of an Aadhaar number is masked, however long its neighbours are', async (t) => {
  const { gateway, answers } = await openRawAtlas(t);
  const digits = `23456789012${checkDigitOf('23456789012')}`;
  const ids = ['9123456789012345', '9123456789012346'];
  answers.set(
    '/verification/extracts',
    `{"ocr_data":[{"document_id":"a","document_type":"AADHAAR","aadhaar_number":{"value":${digits}},
      "copy":{"value":[${account},${digits},"${digits}",${ids}]},"score":{"value":NaN}}],"cross_checks":[]}`,
  );
  const { data } = await gateway.ask(flowQuery, { uuid: 'LOS-1' });
  const text = JSON.stringify(data);
  assert.ok(text.includes(account));
  for (const each of [digits, ...ids]) {
    assert.ok(!text.includes(each), each);
    assert.ok(text.includes(`XXXX XXXX ${each.slice(-4)}`), each);
  }
});

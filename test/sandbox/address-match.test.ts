import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSandbox } from '../support/sandbox/open-sandbox.ts';

const source_address = 'Unit 1, Sample House, Test Road, Testpur';
const matchOf = (...addresses: string[]) => ({
  application_id: 'app-0001',
  source_address,
  target_addresses: addresses.map((address, place) => ({ address, index: place })),
});

test('each target is scored, in the order given, with its index', async (t) => {
  const { call } = await openSandbox(t);
  const target_addresses = [
    { address: source_address.toUpperCase(), index: 7 },
    { address: '1 Sample Hse, Test Rd, Testpur', index: 3 },
    { address: '77 Fiction Boulevard, Nowhereville', index: 3 },
  ];
  const { status, body } = await call('matchAddresses', { ...matchOf(), target_addresses });
  assert.equal(status, 200);
  for (const [place, entry] of body.match_data.entries()) {
    assert.deepEqual(Object.keys(entry), [
      'source_address',
      'target_address',
      'index',
      'similarity_score',
      'same_person_score',
      'error_code',
    ]);
    assert.equal(entry.source_address, source_address);
    assert.equal(entry.target_address, target_addresses[place]?.address);
    assert.equal(entry.index, target_addresses[place]?.index);
    assert.equal(entry.error_code, '');
    assert.ok(Number.isInteger(entry.same_person_score));
  }
  const [same, near, far] = body.match_data;
  assert.deepEqual([same.similarity_score, same.same_person_score], [100, 10]);
  assert.ok(near.similarity_score > 80 && near.similarity_score < 100);
  assert.ok(near.same_person_score >= 8);
  assert.ok(far.similarity_score < 50);
  assert.ok(far.same_person_score < 5);
});

test('a target that is no address fails alone', async (t) => {
  const { call } = await openSandbox(t);
  const { status, body } = await call('matchAddresses', matchOf('??', '1 Sample Road', '12 a b'));
  assert.equal(status, 200);
  const [none, good, tooShort] = body.match_data;
  for (const [index, entry] of [
    [0, none],
    [2, tooShort],
  ] as const) {
    const { index: echoed, similarity_score, same_person_score, error_code } = entry;
    assert.deepEqual(
      [echoed, similarity_score, same_person_score, error_code],
      [index, null, null, '422'],
    );
  }
  assert.equal(good.error_code, '');
});

test('the whole request fails when the source, or every target, is no address', async (t) => {
  const { call } = await openSandbox(t);
  const requests = [{ ...matchOf('1 Sample Road'), source_address: '1-2-3' }, matchOf('??', '!!')];
  for (const request of requests) {
    const { status, body } = await call('matchAddresses', request);
    assert.equal(status, 422);
    assert.equal(body.error_code, '422');
    assert.match(body.error_message, /^Unprocessable Entity: /);
  }
});

test('a request without source or targets is refused with 400', async (t) => {
  const { call } = await openSandbox(t);
  const requests = [
    undefined,
    [],
    matchOf(),
    { ...matchOf('1 Sample Road'), source_address: '' },
    { ...matchOf(), target_addresses: ['1 Sample Road'] },
    { ...matchOf(), target_addresses: [{ address: '1 Sample Road' }] },
  ];
  for (const request of requests) {
    const { status, body } = await call('matchAddresses', request);
    assert.equal(status, 400);
    assert.deepEqual(body, {
      error_code: '400',
      error_message: 'Bad Request: source_address or target_addresses is missing or invalid',
    });
  }
});

test('only the two headers with underscores count', async (t) => {
  const { ask, token } = await openSandbox(t);
  const headers = [
    {},
    { client_id: 'sandbox-client', client_secret: 'wrong' },
    { 'Client-Id': 'sandbox-client', 'Client-Secret': 'sandbox-secret' },
    { Token: await token('verification') },
  ];
  for (const given of headers) {
    const { status, body } = await ask('matchAddresses', matchOf('1 Sample Road'), { ...given });
    assert.equal(status, 401);
    assert.deepEqual(body, {
      error_code: '401',
      error_message: 'Authentication Error: Invalid client_id or client_secret',
    });
  }
});

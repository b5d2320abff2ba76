import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readInitCredential } from '../../../src/server/streaming/init-credential.ts';

test('a credential is read from every place where clients put it, with or without its scheme', () => {
  const places: ((value: string) => Record<string, unknown>)[] = [
    (value) => ({ authorization: value }),
    (value) => ({ Authorization: value }),
    (value) => ({ AUTHORIZATION: value }),
    (value) => ({ headers: { Authorization: value } }),
    (value) => ({ headers: { authorization: value, 'content-type': 'application/json' } }),
    (value) => ({ Headers: { AUTHORIZATION: value } }),
    (value) => ({ authToken: value }),
    (value) => ({ authtoken: value }),
    (value) => ({ token: value }),
    (value) => ({ Token: value }),
    (value) => ({ authorization: null, authToken: value }),
    (value) => ({ headers: {}, token: value }),
    (value) => ({ headers: null, token: value }),
    (value) => ({ headers: 'X-Other: 1', token: value }),
    (value) => ({ locale: 'en', nested: { token: 'another' }, token: value }),
  ];
  for (const place of places) {
    for (const value of ['the-key', 'Bearer the-key', 'bearer the-key', ' BEARER  the-key ']) {
      assert.deepEqual(
        readInitCredential(place(value)),
        { kind: 'one', authorization: 'Bearer the-key' },
        JSON.stringify(place(value)),
      );
    }
  }
});

test('places that hold the same credential agree, whatever its form', () => {
  const payload = {
    authorization: 'Bearer the-key',
    Authorization: 'bearer the-key',
    headers: { Authorization: 'Bearer the-key' },
    authToken: 'the-key',
    token: ' the-key',
  };
  assert.deepEqual(readInitCredential(payload), {
    kind: 'one',
    authorization: 'Bearer the-key',
  });
});

test('places that hold different credentials, or one that is no text, contradict each other', () => {
  const payloads: Record<string, unknown>[] = [
    { authorization: 'the-key', token: 'another' },
    { authorization: 'the-key', Authorization: 'another' },
    { authorization: 'the-key', token: 'THE-KEY' },
    { authorization: 'Bearer the-key', headers: { Authorization: 'Bearer another' } },
    { headers: { authorization: 'the-key', Authorization: 'another' } },
    { authorization: 'the-key', token: '' },
    { authorization: 'Basic dXNlcjpwYXNz', token: 'the-key' },
    { authorization: 'the-key', token: 7 },
    { authorization: 7, token: 'the-key' },
    { authorization: 7 },
    { authToken: ['the-key'] },
    { token: { toString: 'the-key' } },
  ];
  for (const payload of payloads) {
    assert.deepEqual(
      readInitCredential(payload),
      { kind: 'contradictory' },
      JSON.stringify(payload),
    );
  }
});

test('a payload without a credential holds none', () => {
  const payloads: (Record<string, unknown> | undefined)[] = [
    undefined,
    {},
    { authorization: null, authToken: undefined, headers: { Authorization: null } },
    { apiKey: 'the-key', 'x-authorization': 'the-key', headers: { token: 'the-key' } },
    { headers: [['authorization', 'the-key']] },
    { headers: [{ authorization: 'the-key' }] },
    JSON.parse('{"__proto__":{"authorization":"the-key"}}'),
  ];
  for (const payload of payloads) {
    assert.deepEqual(readInitCredential(payload), { kind: 'none' }, JSON.stringify(payload));
  }
});

test('a value of another scheme, or of several, stays what it is and is no bearer token', () => {
  for (const value of ['Basic dXNlcjpwYXNz', 'Token the-key', 'the-key another']) {
    assert.deepEqual(readInitCredential({ authorization: value }), {
      kind: 'one',
      authorization: value,
    });
  }
});

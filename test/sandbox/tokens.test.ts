import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TokenFamily } from '../../src/atlas/api/endpoints.ts';
import { application, exchange, openSandbox } from '../support/sandbox/open-sandbox.ts';

const invalidToken = { error: 'Invalid token' };

test('good credentials buy a token in three parts, created for an hour', async (t) => {
  const { ask } = await openSandbox(t);
  for (const name of ['verificationToken', 'bulkToken', 'docstreamToken'] as const) {
    const { status, body } = await ask(name, undefined, exchange);
    assert.equal(status, 201);
    assert.match(body.access_token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
    assert.deepEqual(Object.keys(body), ['access_token', 'expires_in']);
    assert.equal(body.expires_in, 3600);
  }
});

test('the lifetime of a token is an option', async (t) => {
  const { ask } = await openSandbox(t, { tokenLifetimeSeconds: 60 });
  const { body } = await ask('bulkToken', undefined, exchange);
  assert.equal(body.expires_in, 60);
});

test('a missing Client-Id or Client-Secret is refused with 400', async (t) => {
  const { ask } = await openSandbox(t);
  const headers = [{}, { 'Client-Id': 'sandbox-client' }, { 'Client-Secret': 'sandbox-secret' }];
  // Underscores make another header (CONTRACT 2).
  for (const given of [...headers, { client_id: 'sandbox-client', client_secret: 'x' }]) {
    const { status, body } = await ask('verificationToken', undefined, { ...given });
    assert.equal(status, 400);
    assert.deepEqual(body, { error: 'Missing Client-Id or Client-Secret' });
  }
});

test('unknown credentials are refused with 401', async (t) => {
  const { ask } = await openSandbox(t);
  for (const wrong of [{ 'Client-Id': 'nobody' }, { 'Client-Secret': 'wrong' }]) {
    const { status, body } = await ask('bulkToken', undefined, { ...exchange, ...wrong });
    assert.equal(status, 401);
    assert.deepEqual(body, { error: 'Invalid Client-Id or Client-Secret' });
  }
});

test('a token counts for its own family only', async (t) => {
  const { ask, token } = await openSandbox(t);
  const reads = [
    ['verification', 'flowStatus', 409],
    ['bulk', 'bulkExtracts', 400],
    ['docstream', 'docstreamExtracts', 400],
  ] as const;
  for (const [family, ,] of reads) {
    const Token = await token(family);
    for (const [other, name, whenKnown] of reads) {
      const { status, body } = await ask(name, { flow_uuid: 'f', batch_id: 'b' }, { Token });
      assert.equal(status, other === family ? whenKnown : 401, `${family} token at ${name}`);
      if (other !== family) assert.deepEqual(body, invalidToken);
    }
  }
});

test('no token, an invented one and a Bearer are refused with 401', async (t) => {
  const { ask, token } = await openSandbox(t);
  const good = await token('verification');
  const wrongs = [
    {},
    { Token: 'a.b.c' },
    { Authorization: `Bearer ${good}` },
    { Token: `Bearer ${good}` },
  ];
  for (const headers of wrongs) {
    const { status, body } = await ask('initFlow', application, { ...headers });
    assert.equal(status, 401);
    assert.deepEqual(body, invalidToken);
  }
});

test('a token is in force until its last millisecond', async (t) => {
  const { ask, token, clock } = await openSandbox(t);
  const headers = { Token: await token('verification') };
  clock.advance(3_599_999);
  assert.equal((await ask('initFlow', application, headers)).status, 201);
  clock.advance(1);
  const late = await ask('initFlow', application, headers);
  assert.equal(late.status, 401);
  assert.deepEqual(late.body, invalidToken);
});

test('a new token leaves the older ones in force', async (t) => {
  const { ask, token } = await openSandbox(t);
  const older = await token('verification');
  const newer = await token('verification');
  assert.notEqual(older, newer);
  for (const Token of [older, newer]) {
    assert.equal((await ask('initFlow', application, { Token })).status, 201);
  }
});

test('revoking ends every token of every family', async (t) => {
  const { sandbox, ask, token } = await openSandbox(t);
  const families: [TokenFamily, 'flowStatus' | 'bulkExtracts' | 'docstreamExtracts'][] = [
    ['verification', 'flowStatus'],
    ['bulk', 'bulkExtracts'],
    ['docstream', 'docstreamExtracts'],
  ];
  const held = await Promise.all(families.map(([family]) => token(family)));
  sandbox.revokeTokens();
  for (const [place, [, name]] of families.entries()) {
    assert.equal((await ask(name, {}, { Token: held[place] ?? '' })).status, 401);
  }
});

test('a flow of one client is unknown to another', async (t) => {
  const credentials = [
    { clientId: 'client-one', clientSecret: 'secret-one' },
    { clientId: 'client-two', clientSecret: 'secret-two' },
  ];
  const { ask, token } = await openSandbox(t, { credentials });
  const asOne = { 'Client-Id': 'client-one', 'Client-Secret': 'secret-one' };
  const asTwo = { 'Client-Id': 'client-two', 'Client-Secret': 'secret-two' };
  const one = { Token: await token('verification', asOne) };
  const two = { Token: await token('verification', asTwo) };
  const { flow_uuid } = (await ask('initFlow', application, one)).body;
  assert.equal((await ask('flowStatus', { flow_uuid }, one)).status, 200);
  assert.equal((await ask('flowStatus', { flow_uuid }, two)).status, 409);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSeal } from '../../src/store/seal.ts';

const secret = 'the secret of this suite';

test('a sealed text reveals nothing, opens unchanged, and differs each time', () => {
  const seal = createSeal([secret]);
  const sealed = seal.seal('a token', 'token:VERIFICATION');
  assert.doesNotMatch(Buffer.from(sealed, 'base64url').toString('latin1'), /token/);
  assert.equal(seal.open(sealed, 'token:VERIFICATION'), 'a token');
  assert.notEqual(seal.seal('a token', 'token:VERIFICATION'), sealed);
});

test('it is opened by no other secret, as no other thing, and not when a bit of it was changed', () => {
  const seal = createSeal([secret]);
  const sealed = seal.seal('a token', 'one');
  assert.equal(createSeal(['another secret of it']).open(sealed, 'one'), null);
  assert.equal(seal.open(sealed, 'two'), null);
  const bytes = Buffer.from(sealed, 'base64url');
  for (let place = 0; place < bytes.length; place += 1) {
    const changed = Buffer.from(bytes);
    changed[place] = (changed[place] ?? 0) ^ 1;
    assert.equal(seal.open(changed.toString('base64url'), 'one'), null);
  }
  for (const text of ['', 'x', sealed.slice(0, 20)]) assert.equal(seal.open(text, 'one'), null);
});

test('after a rotation what the secret before sealed is opened still, and sealed by the new one', () => {
  const before = createSeal([secret]).seal('a token', 'one');
  const after = createSeal(['the secret that is new', secret]);
  assert.equal(after.open(before, 'one'), 'a token');
  assert.equal(createSeal(['the secret that is new']).open(after.seal('b', 'one'), 'one'), 'b');
});

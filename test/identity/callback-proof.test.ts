import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCallbackProof } from '../../src/identity/callback-proof.ts';
import { toTenantId } from '../support/tenant-id.ts';

const acme = toTenantId('acme');

const secret = 'a-secret-of-this-test';

/** A proof whose clock the test sets. */
function openProof(secrets: readonly [string, ...string[]] = [secret]) {
  const clock = { now: Date.UTC(2026, 0, 15, 9, 30) };
  return { clock, proof: createCallbackProof({ secrets, now: () => clock.now }) };
}

test('a path that was issued says whose it is, and for which flow', () => {
  const { proof } = openProof();
  const { path, reference } = proof.issuePath(acme);
  assert.deepEqual(proof.readPath(path), { tenantId: 'acme', reference });
});

test('a path fits into a URL as it is, whatever the tenant is called', () => {
  const { proof } = openProof();
  for (const tenantId of ['acme', 'a/b?c#d.e', 'Ünïcode ✓', ' ']) {
    const { path } = proof.issuePath(toTenantId(tenantId));
    assert.match(path, /^[\w.-]+$/);
    assert.equal(new URL(`http://gateway.example/atlas/${path}`).pathname, `/atlas/${path}`);
    assert.equal(proof.readPath(path)?.tenantId, tenantId);
  }
});

test('no two paths are the same, and none can be guessed from another', () => {
  const { proof } = openProof();
  const references = Array.from({ length: 1000 }, () => proof.issuePath(acme).reference);
  assert.equal(new Set(references).size, 1000);
  assert.ok(references.every((reference) => Buffer.from(reference, 'base64url').length === 16));
});

test('a forged path stands for nobody', () => {
  const { proof } = openProof();
  const { path } = proof.issuePath(acme);
  const { path: other } = proof.issuePath(acme);
  const [tenant, reference, seal] = path.split('.');
  const bolt = Buffer.from('bolt').toString('base64url');
  for (const forged of [
    '',
    '.',
    '..',
    `${tenant}`,
    `${tenant}.${reference}`,
    `${tenant}.${reference}.`,
    `${tenant}.${reference}.${seal}x`,
    `${tenant}.${reference}.${seal?.slice(0, -1)}`,
    `${tenant}.${reference}.${other.split('.')[2]}`,
    `${tenant}.${other.split('.')[1]}.${seal}`,
    `${bolt}.${reference}.${seal}`,
    `${path}.`,
    `${path}.more`,
    path.toUpperCase(),
    createCallbackProof({ secrets: ['another-secret-than-ours'] }).issuePath(acme).path,
  ]) {
    assert.equal(proof.readPath(forged), null, forged);
  }
});

test('a token counts for the path it was issued for, and for no other', () => {
  const { proof } = openProof();
  const { path } = proof.issuePath(acme);
  const { token, lifetimeSeconds } = proof.issueToken(path);
  assert.equal(lifetimeSeconds, 600);
  assert.equal(proof.isTokenFor(path, token), true);
  assert.equal(proof.isTokenFor(proof.issuePath(acme).path, token), false);
  assert.equal(proof.isTokenFor(proof.issuePath(toTenantId('bolt')).path, token), false);
});

test('a token is over after its ten minutes', () => {
  const { clock, proof } = openProof();
  const { path } = proof.issuePath(acme);
  const { token } = proof.issueToken(path);
  clock.now += 600_000;
  assert.equal(proof.isTokenFor(path, token), true);
  clock.now += 1;
  assert.equal(proof.isTokenFor(path, token), false);
});

test('a forged token does not count', () => {
  const { clock, proof } = openProof();
  const { path } = proof.issuePath(acme);
  const [expiresAt, seal] = proof.issueToken(path).token.split('.');
  const pathSeal = path.split('.')[2];
  const later = Math.floor(clock.now / 1000) + 86_400;
  for (const forged of [
    '',
    '.',
    `${expiresAt}`,
    `${expiresAt}.`,
    `.${seal}`,
    `${later}.${seal}`,
    `${expiresAt}.${pathSeal}`,
    `${expiresAt}.${seal}.more`,
    `0${expiresAt}.${seal}`,
    `1e99.${seal}`,
    `-1.${seal}`,
    `Infinity.${seal}`,
    `${expiresAt}.${seal}é`,
  ]) {
    assert.equal(proof.isTokenFor(path, forged), false, forged);
  }
});

test('a seal of a path is no seal of a token', () => {
  const { proof } = openProof();
  const { path } = proof.issuePath(acme);
  const { token } = proof.issueToken(path);
  assert.equal(
    proof.readPath(`${path.split('.').slice(0, 2).join('.')}.${token.split('.')[1]}`),
    null,
  );
});

test('an address sealed with the older of two secrets is accepted, with a dropped secret it is not', () => {
  const older = openProof(['the-older-of-secrets']).proof;
  const { path, reference } = older.issuePath(acme);
  const { token } = older.issueToken(path);

  const both = openProof(['the-newer-of-secrets', 'the-older-of-secrets']).proof;
  assert.deepEqual(both.readPath(path), { tenantId: 'acme', reference });
  assert.equal(both.isTokenFor(path, token), true);

  const newer = openProof(['the-newer-of-secrets']).proof;
  assert.equal(newer.readPath(path), null);
  assert.equal(newer.isTokenFor(path, token), false);
  const issued = both.issuePath(acme).path;
  assert.ok(newer.readPath(issued), 'the newest secret seals');
  assert.equal(newer.isTokenFor(issued, both.issueToken(issued).token), true);
});

test('any process with the secret can check what another sealed', () => {
  const { path } = openProof().proof.issuePath(acme);
  const elsewhere = openProof().proof;
  assert.equal(elsewhere.readPath(path)?.tenantId, 'acme');
});

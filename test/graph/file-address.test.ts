import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAddressFault } from '../../src/schema/file-address.ts';

const now = Date.UTC(2026, 0, 15, 9, 30, 0);

function codeOf(address: string, hosts?: readonly string[]): string | null {
  return findAddressFault(new URL(address), { hosts, now })?.code ?? null;
}

test('a public host is taken, with any port, path and query', () => {
  for (const address of [
    'https://files.example/pan.jpg',
    'http://files.example:8080/pan.jpg?X-Sig=a%2Fb&X-Date=1&Expires=1&se=1&X-Amz-Expires=1',
    'https://bucket.s3.ap-south-1.amazonaws.com/a%20b',
    'https://xn--bcher-kva.example/x#part',
    'https://localhost.example/x',
    'https://internal.files.example/x',
  ]) {
    assert.equal(codeOf(address), null, address);
  }
});

test('an IP address is refused however it is written', () => {
  for (const host of [
    '127.0.0.1',
    '10.0.0.1',
    '8.8.8.8',
    '0x7f.1',
    '2130706433',
    '017700000001',
    '127.1',
    '0',
    '[::1]',
    '[::ffff:169.254.169.254]',
    '[2001:db8::1]',
    '１２７.0.0.1',
    '169.254.169.254.',
  ]) {
    assert.equal(codeOf(`https://${host}/x`), 'FILE_HOST_PRIVATE', host);
  }
});

test('a name that means something inside of a network only is refused', () => {
  for (const host of [
    'localhost',
    'LOCALHOST.',
    'a.localhost',
    'printer.local',
    'metadata.google.internal',
    'nas.home.arpa',
    'wiki.corp',
    'router.lan',
    'vault',
  ]) {
    assert.equal(codeOf(`https://${host}/x`), 'FILE_HOST_PRIVATE', host);
  }
});

test('a user or a password in the address is refused', () => {
  for (const user of ['user', 'user:pw', ':pw', 'files.example%2F']) {
    assert.equal(codeOf(`https://${user}@files.example/x`), 'FILE_URL_HAS_USER', user);
  }
});

test('a host that is not on the list is refused where there is a list', () => {
  const hosts = ['Files.example', '*.bucket.example'];
  for (const host of [
    'files.example',
    'FILES.example.',
    'a.bucket.example',
    'a.b.bucket.example',
  ]) {
    assert.equal(codeOf(`https://${host}/x`, hosts), null, host);
  }
  for (const host of [
    'a.files.example',
    'bucket.example',
    'evilbucket.example',
    'files.example.evil.example',
  ]) {
    assert.equal(codeOf(`https://${host}/x`, hosts), 'FILE_HOST_NOT_ALLOWED', host);
  }
  assert.equal(codeOf('https://files.example/x', []), 'FILE_HOST_NOT_ALLOWED');
});

/** Addresses as each service presigns them, good for so many seconds from 09:30. */
const presigned: Readonly<Record<string, (seconds: number) => string>> = {
  'S3, version 4': (seconds) => `X-Amz-Date=20260115T092000Z&X-Amz-Expires=${600 + seconds}`,
  'S3, version 4 in small letters': (seconds) =>
    `x-amz-date=20260115T092000Z&x-amz-expires=${600 + seconds}`,
  'GCS, version 4': (seconds) => `X-Goog-Date=20260115T092000Z&X-Goog-Expires=${600 + seconds}`,
  'S3 and GCS, version 2': (seconds) => `Expires=${now / 1000 + seconds}&Signature=abc%2F`,
  Azure: (seconds) =>
    `se=${encodeURIComponent(new Date(now + seconds * 1000).toISOString())}&sig=abc%2B`,
};

for (const [service, toQuery] of Object.entries(presigned)) {
  test(`an address of ${service} that is over within ten minutes, or already, is refused`, () => {
    for (const [seconds, code] of [
      [600, null],
      [86_400, null],
      [599, 'FILE_URL_EXPIRES'],
      [0, 'FILE_URL_EXPIRES'],
      [-500, 'FILE_URL_EXPIRES'],
    ] as const) {
      assert.equal(codeOf(`https://files.example/x?${toQuery(seconds)}`), code, String(seconds));
    }
  });
}

test('what only looks like a presigned address is taken', () => {
  for (const query of [
    'Expires=1',
    'se=2000-01-01',
    'X-Amz-Expires=1',
    'X-Amz-Date=20260115T093000Z',
    'X-Amz-Date=yesterday&X-Amz-Expires=1',
    'X-Amz-Date=20261315T093000Z&X-Amz-Expires=1',
    'Expires=never&Signature=x',
    'se=never&sig=x',
  ]) {
    assert.equal(codeOf(`https://files.example/x?${query}`), null, query);
  }
});

test('a message never quotes the address', () => {
  for (const address of [
    'https://secret:secret@files.example/secret',
    'https://10.9.8.7/secret?secret=1',
    'https://secret.example/secret',
    'https://files.example/secret?Expires=1&Signature=secret',
  ]) {
    const fault = findAddressFault(new URL(address), { hosts: ['files.example'], now });
    assert.doesNotMatch(fault?.message ?? 'secret', /secret|10\.9/);
  }
});

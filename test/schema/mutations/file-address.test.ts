import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findAddressFault } from '../../../src/schema/mutations/file-address.ts';
import { readPlainUrl } from '../../../src/schema/mutations/plain-url.ts';
import { openGateway } from '../../support/open-gateway.ts';

const now = Date.UTC(2026, 0, 15, 9, 30, 0);

/** The code that an address is refused with; null for one that is sent. */
function codeOf(text: string, hosts?: readonly string[], allowHttp = false): string | null {
  const address = readPlainUrl(text);
  if (address === null) return 'INVALID_URL';
  return findAddressFault(address, { hosts, allowHttp, now })?.code ?? null;
}

test('a public host is taken, with any port, path and query', () => {
  for (const address of [
    'https://files.example/pan.jpg',
    'https://files.example:8080/pan.jpg?X-Sig=a%2Fb&X-Date=1&Expires=1&se=1&X-Amz-Expires=1',
    'https://bucket.s3.ap-south-1.amazonaws.com/a%20b',
    'https://xn--bcher-kva.example/x#part',
    'https://localhost.example/x',
    'https://internal.files.example/x',
    'HTTPS://FILES.example/x',
    'https://my_bucket.files.example/a+b%2Bc%20d.pdf',
    'https://files.example/x.pdf?a=b%5Cc&d=%40&list[0]=a|b',
    'https://files.example/@x/a:b;c?to=me@files.example#@',
    'https://files.example?id=1',
    'https://files.example',
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
    '1.2.3',
  ]) {
    assert.equal(codeOf(`https://${host}/x`), 'FILE_HOST_PRIVATE', host);
  }
});

test('a name that means something inside of a network only is refused', () => {
  for (const host of [
    'localhost',
    'LOCALHOST',
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
  for (const user of ['user', 'user:pw', ':pw', ':', '', 'files.example%2F', 'files.example:443']) {
    assert.equal(codeOf(`https://${user}@files.example/x`), 'FILE_URL_HAS_USER', user);
  }
});

test('a host that is not on the list is refused where there is a list', () => {
  const hosts = ['Files.example', '*.bucket.example'];
  for (const host of ['files.example', 'FILES.example', 'a.bucket.example', 'a.b.bucket.example']) {
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

test('a text that parsers read differently is refused', () => {
  for (const text of [
    'https://files.example\\@169.254.169.254/latest',
    'https:\\\\files.example\\x.pdf',
    'https://files.example/a\\b.pdf',
    'https:files.example/x.pdf',
    'https:/files.example/x.pdf',
    'https:///files.example/x.pdf',
    '//files.example/x.pdf',
    'files.example/x.pdf',
    'https://',
    'https:///x',
    'ftp://files.example/x',
    'javascript:alert(1)',
    'https://a@b@files.example/x',
    'https://files.example:443:80/x',
    'https://files.example?@evil.example/x',
    'https://files.example#@evil.example/x',
    'https://files.example#a#b',
    'https://files.example:/x',
    'https://files.example:0/x',
    'https://files.example:65536/x',
    'https://files.example:8o/x',
    'https://files.example./x',
    'https://127.0.0.1./x',
    'https://.files.example/x',
    'https://files..example/x',
    'https://files%2eexample/x',
    'https://%66iles.example/x',
    'https://１２７.0.0.1/x',
    'https://b\u00fccher.example/x',
    'https://files\u3002example/x',
    'https://fi\u00adles.example/x',
    `https://${'a'.repeat(64)}.example/x`,
    'https://files.0x10/x',
    'https://[::1/x',
    'https://[::1%25lo]/x',
    'https://files.example/a/../b',
    'https://files.example/a/.%2E/b',
    'https://files.example/./b',
    'https://files.example/%2e%2e/b',
    'https://files.example/100%.pdf',
    'https://files.example/%zz.pdf',
    'https://files.example/a b.pdf',
    'https://files.example/\u0906\u0927\u093e\u0930.jpg',
    'https://files.example/x?a="b"',
    'https://files.example/{x}',
    'https://files.example/<x>',
    'https://files.example/x^y',
    'https://files.example/x`y',
    ...['\0', '\t', '\n', '\r', '\u007f', '\u0085', '\u00a0', '\u200b', '\ufeff'].flatMap(
      (sign) => [
        `${sign}https://files.example/x`,
        `https://files.example/x${sign}`,
        `https://files.ex${sign}ample/x`,
        `https://files.example/x${sign}y`,
        `ht${sign}tps://files.example/x`,
      ],
    ),
  ]) {
    assert.equal(codeOf(text), 'INVALID_URL', JSON.stringify(text));
  }
});

test('an address that is taken has the host that RFC 3986 and WHATWG read, and stays as it is', () => {
  const texts = fc
    .array(
      fc.constantFrom(
        ...['https:', '/', '//', '\\', '@', ':', '?', '#', '.', '..', '%2e', '%', ' ', '\t', '\0'],
        ...['files.example', 'evil.example', '127.0.0.1', '[::1]', '443', 'a', '\u3002', '\u00df'],
      ),
      { maxLength: 12 },
    )
    .map((parts) => `https://${parts.join('')}`);
  // RFC 3986, appendix B.
  const generic = /^([^:/?#]+):\/\/([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?$/;
  fc.assert(
    fc.property(texts, (text) => {
      if (codeOf(text) !== null) return;
      const { host, pathname, search, hash } = new URL(text);
      const [, , authority = '', path = '', query = '', fragment = ''] = generic.exec(text) ?? [];
      assert.equal(host, authority.toLowerCase().replace(/:443$/, ''));
      assert.equal(pathname, path || '/');
      assert.deepEqual(
        [search, hash],
        [query, fragment].map((part) => (part.length > 1 ? part : '')),
      );
    }),
    { numRuns: 5_000 },
  );
});

test('plain http is taken only where the tenant allows it', async (t) => {
  assert.equal(codeOf('http://files.example/x'), 'FILE_URL_NOT_HTTPS');
  assert.equal(codeOf('HTTP://files.example/x'), 'FILE_URL_NOT_HTTPS');
  assert.equal(codeOf('http://files.example/x', undefined, true), null);
  assert.equal(codeOf('http://10.0.0.1/x', undefined, true), 'FILE_HOST_PRIVATE');
  for (const allowed of ['false', 'true']) {
    const gateway = await openGateway(t, { env: { ALLOW_HTTP_FILES: allowed } });
    const uuid = await gateway.openFlow();
    const files = [{ documentId: 'pan', url: 'http://files.example/pan.jpg?a=%5C#x' }];
    const codes = [
      ['uploadDocuments', 'UploadDocumentsInput', { flowUuid: uuid, files }],
      ['createBatch', 'CreateBatchInput', { files }],
    ].map(async ([field, type, input]) => {
      const query = `mutation ($input: ${type}!) { told: ${field}(input: $input) { userErrors { code path } } }`;
      return (await gateway.ask(query, { input })).data.told.userErrors;
    });
    const refused = [{ code: 'FILE_URL_NOT_HTTPS', path: ['input', 'files', '0', 'url'] }];
    const expected = allowed === 'true' ? [] : refused;
    assert.deepEqual(await Promise.all(codes), [expected, expected]);
    const sent = gateway.sandbox.calls.flatMap(({ body }) => filesOf(body));
    assert.deepEqual(
      sent.map(({ file_url }) => file_url),
      allowed === 'true' ? [files[0]?.url, files[0]?.url] : [],
    );
  }
});

/** The files of an upload as Atlas is told of them; none of another call. */
function filesOf(body: unknown): readonly { readonly file_url: string }[] {
  const isUpload = typeof body === 'object' && body !== null && 'file_urls' in body;
  return isUpload && Array.isArray(body.file_urls) ? body.file_urls : [];
}

/** Addresses as each service presigns them, good for so many seconds from 09:30. */
const presigned: Readonly<Record<string, (seconds: number) => string>> = {
  'S3, version 4': (seconds) => `X-Amz-Date=20260115T092000Z&X-Amz-Expires=${600 + seconds}`,
  'S3, version 4 in small letters': (seconds) =>
    `x-amz-date=20260115T092000Z&x-amz-expires=${600 + seconds}`,
  'GCS, version 4': (seconds) => `X-Goog-Date=20260115T092000Z&X-Goog-Expires=${600 + seconds}`,
  'S3 and GCS, version 2': (seconds) => `Expires=${now / 1000 + seconds}&Signature=abc%2F`,
  Azure: (seconds) =>
    `se=${encodeURIComponent(new Date(now + seconds * 1000).toISOString())}&sig=abc%2B`,
  'Azure without escapes': (seconds) => `sig=abc&se=${isoOf(seconds)}`,
  'CloudFront, canned policy': (seconds) =>
    `Expires=${now / 1000 + seconds}&Signature=a~b&Key-Pair-Id=K1`,
  'CloudFront, custom policy': (seconds) =>
    `Policy=${policyOf(now / 1000 + seconds)}&Signature=a~b&Key-Pair-Id=K1`,
  'CloudFront, custom policy in text': (seconds) =>
    `Policy=${policyOf(String(now / 1000 + seconds))}&Signature=a~b&Key-Pair-Id=K1`,
  'Alibaba OSS, version 1': (seconds) =>
    `OSSAccessKeyId=K1&Expires=${now / 1000 + seconds}&Signature=abc%3D`,
  'Alibaba OSS, version 2': (seconds) =>
    `x-oss-signature-version=OSS2&x-oss-expires=${now / 1000 + seconds}&x-oss-signature=ab`,
  'Alibaba OSS, version 4': (seconds) =>
    `x-oss-signature-version=OSS4-HMAC-SHA256&x-oss-date=20260115T092000Z&x-oss-expires=${600 + seconds}&x-oss-signature=ab`,
  'Tencent COS': (seconds) =>
    `q-sign-algorithm=sha1&q-sign-time=${spanTo(seconds)}&q-key-time=${spanTo(90_000)}&q-signature=ab`,
  'Tencent COS with escapes': (seconds) =>
    `q-sign-time=${encodeURIComponent(spanTo(90_000))}&q-key-time=${encodeURIComponent(spanTo(seconds))}&q-signature=ab`,
  'Tencent COS in one parameter': (seconds) =>
    `sign=${encodeURIComponent(`q-sign-algorithm=sha1&q-sign-time=${spanTo(seconds)}&q-signature=ab`)}`,
  'a link of nginx': (seconds) => `md5=abc_-&expires=${now / 1000 + seconds}`,
  'Bunny and KeyCDN': (seconds) => `token=abc-_&expires=${now / 1000 + seconds}`,
  Qiniu: (seconds) => `e=${now / 1000 + seconds}&token=key:abc=`,
  imgix: (seconds) => `expires=${now / 1000 + seconds}&s=abc`,
  'a moment in milliseconds': (seconds) => `expiresAt=${now + seconds * 1000}&signature=abc`,
  'a moment in ISO 8601': (seconds) => `valid_until=${isoOf(seconds)}&hmac=abc`,
  Akamai: (seconds) => `hdnts=st=1~exp=${now / 1000 + seconds}~acl=/*~hmac=abc`,
  'Google Media CDN': (seconds) =>
    `Edge-Cache-Token=URLPrefix=abc~Expires=${now / 1000 + seconds}~KeyName=k~Signature=abc`,
  Fastly: (seconds) => `token=${now / 1000 + seconds}_${'0a'.repeat(20)}`,
  'a JWT': (seconds) =>
    `token=eyJhbGciOiJIUzI1NiJ9.${Buffer.from(`{"exp":${now / 1000 + seconds}}`).toString('base64url')}.abc`,
  'Huawei OBS': (seconds) => `X-Obs-Date=20260115T092000Z&X-Obs-Expires=${600 + seconds}`,
};

function isoOf(seconds: number): string {
  return new Date(now + seconds * 1000).toISOString().replace('.000Z', 'Z');
}

function spanTo(seconds: number): string {
  return `${now / 1000 - 3_600};${now / 1000 + seconds}`;
}

/** A policy as CloudFront puts it into an address. */
function policyOf(end: number | string): string {
  const condition = { DateLessThan: { 'AWS:EpochTime': end } };
  const statement = { Resource: 'https://files.example/*', Condition: condition };
  return Buffer.from(JSON.stringify({ Statement: [statement] }))
    .toString('base64')
    .replaceAll('+', '-')
    .replaceAll('=', '_')
    .replaceAll('/', '~');
}

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

test('an address that only looks presigned is accepted', () => {
  for (const query of [
    'Expires=1',
    'Expires=1000000000',
    'expires=1000000000&page=2',
    'token=abc&expires=3600',
    'token=1000000000',
    'token=1000000000_1',
    'token=eyJhbGciOiJIUzI1NiJ9.bm9uZQ.abc',
    'token=eyJhbGciOiJIUzI1NiJ9.bnVsbA.abc',
    'next=Expires=1000000000',
    'theme=1000000000&sig=x',
    'created_at=1000000000&sig=x',
    'se=2000-01-01',
    'X-Amz-Expires=1',
    'X-Amz-Date=20260115T093000Z',
    'X-Amz-Date=yesterday&X-Amz-Expires=1',
    'X-Amz-Date=20261315T093000Z&X-Amz-Expires=1',
    'Expires=never&Signature=x',
    'Expires=3600&Signature=x',
    'X-Amz-Expires=60&X-Amz-Signature=x',
    'x-oss-expires=60&x-oss-signature=ab',
    'q-sign-time=1;2&q-signature=ab',
    'q-sign-time=1000000000;1000000001',
    'q-sign-time=1000000001&q-signature=ab',
    'Policy=e30_&Signature=x',
    'Policy=bnVsbA__&Signature=x',
    'Policy=%7B%7D&Signature=x',
    'Policy=never&Signature=x',
    `Policy=${policyOf(3_600)}&Signature=x`,
    `Policy=${policyOf(1_000_000_000)}`,
    'se=never&sig=x',
  ]) {
    assert.equal(codeOf(`https://files.example/x?${query}`), null, query);
  }
});

test('of several ends the earliest counts', () => {
  const [past, later] = [now / 1000 - 60, now / 1000 + 86_400];
  for (const query of [
    `Expires=${later}&Expires=${past}&Signature=x`,
    `Expires=${past}&Expires=${later}&Signature=x`,
    `expires=${later}&Expires=${past}&Signature=x`,
    `Expires=${later}&Policy=${policyOf(past)}&Signature=x`,
    `X-Amz-Date=20260115T092000Z&X-Amz-Expires=86400&X-Amz-Expires=60`,
  ]) {
    assert.equal(codeOf(`https://files.example/x?${query}`), 'FILE_URL_EXPIRES', query);
  }
});

test('a message never quotes the address', () => {
  for (const address of [
    'https://secret:secret@files.example/secret',
    'https://10.9.8.7/secret?secret=1',
    'https://secret.example/secret',
    'https://files.example/secret?Expires=1000000000&Signature=secret',
  ]) {
    const read = readPlainUrl(address) ?? assert.fail();
    const fault = findAddressFault(read, { hosts: ['files.example'], allowHttp: false, now });
    assert.doesNotMatch(fault?.message ?? 'secret', /secret|10\.9/);
  }
});

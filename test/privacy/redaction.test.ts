import assert from 'node:assert/strict';
import test from 'node:test';
import { inspect } from 'node:util';
import { isKnownName } from '../../src/atlas/api/document-types.ts';
import { createRedactionPolicy, type Subject, toCallerText } from '../../src/privacy/redaction.ts';

const subject: Subject = { kind: 'flow', id: 'uuid-1' };

function openSight(isUnmasked: boolean) {
  const reads: [Subject, string, string][] = [];
  const redaction = createRedactionPolicy({
    isUnmasked,
    isKnownName,
    onRead: (...read) => reads.push(read),
  });
  return { redaction, reads };
}

test('a clear redaction shows a value as it is, and each showing is told', () => {
  const { redaction, reads } = openSight(true);
  const name = redaction.redact({
    subject,
    source: 'PAN',
    name: 'name',
    kind: 'name',
    value: 'TEST PERSON',
  });
  assert.deepEqual(reads, []);
  assert.equal(name.isMasked, false);
  assert.equal(name.readMasked(), 'T*** P***');
  assert.deepEqual(reads, []);
  assert.equal(name.read(), 'TEST PERSON');
  assert.deepEqual(reads, [[subject, 'PAN', 'name']]);
});

test('a masked redaction shows the mask, and tells of nothing', () => {
  const { redaction, reads } = openSight(false);
  const name = redaction.redact({
    subject,
    source: 'PAN',
    name: 'name',
    kind: 'name',
    value: 'TEST PERSON',
  });
  assert.equal(name.read(), 'T*** P***');
  assert.equal(name.isMasked, true);
  assert.deepEqual(reads, []);
});

test('a missing value is neither masked nor audited', () => {
  for (const isUnmasked of [true, false]) {
    const { redaction, reads } = openSight(isUnmasked);
    for (const value of [null, '']) {
      const none = redaction.redact({ subject, source: 'PAN', name: 'x', kind: 'text', value });
      assert.deepEqual([none.read(), none.isMasked], [value, false]);
    }
    const flag = redaction.redact({
      subject,
      source: 'PAN',
      name: 'x',
      kind: 'flag',
      value: 'original',
    });
    assert.deepEqual([flag.read(), flag.isMasked], ['original', false]);
    assert.deepEqual(reads, []);
  }
});

test('a value that is masked for all is reported as masked to all', () => {
  for (const isUnmasked of [true, false]) {
    const { redaction, reads } = openSight(isUnmasked);
    const value = 'XXXX XXXX 0094';
    const number = redaction.redact({ subject, source: 'PAN', name: 'x', kind: 'masked', value });
    assert.deepEqual([number.read(), number.isMasked], [value, true]);
    assert.deepEqual(reads, []);
  }
});

test('a value can be used without being shown', () => {
  const { redaction, reads } = openSight(false);
  const address = redaction.redact({
    subject,
    source: 'PAN',
    name: 'x',
    kind: 'address',
    value: '1 SAMPLE ROAD',
  });
  assert.equal(
    address.use((value) => value.length),
    13,
  );
  const none = redaction.redact({
    subject,
    source: 'PAN',
    name: 'x',
    kind: 'address',
    value: null,
  });
  assert.equal(
    none.use(() => assert.fail('there is nothing to use')),
    null,
  );
  assert.deepEqual(reads, []);
});

test('a veiled value is in nothing that prints or copies it', () => {
  const { redaction } = openSight(false);
  const veiled = redaction.redact({
    subject,
    source: 'PAN',
    name: 'x',
    kind: 'text',
    value: 'SECRET',
  });
  for (const text of [
    JSON.stringify(veiled),
    inspect(veiled, { depth: 9, getters: true }),
    JSON.stringify({ ...veiled }),
  ]) {
    assert.doesNotMatch(text, /SECRET/);
  }
});

test('a text that the caller sent is shown unchanged', () => {
  const own = toCallerText('1 SAMPLE ROAD');
  assert.deepEqual(
    [own.read(), own.readMasked(), own.isMasked],
    ['1 SAMPLE ROAD', '1 SAMPLE ROAD', false],
  );
});

test('a text in the place of a name is shown with pii:read, or if it can be a name', () => {
  const [clear, masked] = [openSight(true).redaction, openSight(false).redaction];
  for (const name of ['customer_name', 'DRIVING_LICENSE', 'address.line-1', null]) {
    assert.equal(masked.nameOf(name), name);
  }
  for (const value of [
    'TEST PERSON',
    'T\u00c9ST',
    '',
    '12/3, SAMPLE ROAD',
    'RAVI_KUMAR',
    'AAAPZ0000A',
  ]) {
    assert.equal(clear.nameOf(value), value);
    assert.equal(masked.nameOf(value), null);
  }
});

import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  type DatumKind,
  hasMaskMark,
  isUnchangedByMask,
  maskDatum,
  toMaskedIdentifier,
} from '../../src/privacy/mask.ts';
import { propertyRuns } from '../support/property-runs.ts';

test('each kind of datum keeps what its structure needs, and no more', () => {
  const cases: readonly [kind: DatumKind, value: string, masked: string | null][] = [
    ['name', 'TEST PERSON ONE', 'T*** P*** O***'],
    ['name', ' Łukasz  Ōé-Test\n', ' Ł***  Ō***\n'],
    ['name', '😀name', '😀***'],
    ['date', '14/09/1977', '**/**/****'],
    ['date', 'in the spring', '**/**/****'],
    ['identifier', 'AAAPZ0000A', 'XXXXXX000A'],
    ['address', '1 SAMPLE ROAD, TESTPUR, 000001', '***'],
    ['text', 'MALE', '***'],
    ['link', 'https://sandbox.invalid/redacted.jpg?sig=1', null],
    ['flag', 'photo_of_photo', 'photo_of_photo'],
    ['flag', 'INVALID_DOC', 'INVALID_DOC'],
    ['flag', 'E_422', 'E_422'],
    ['flag', '422', '422'],
    ['flag', 'AAAPZ0000A', '***'],
    ['flag', 'two words', '***'],
    ['flag', '14091977', '***'],
    ['masked', 'XXXX XXXX 0094', 'XXXX XXXX 0094'],
  ];
  for (const [kind, value, masked] of cases) assert.equal(maskDatum(kind, value), masked);
});

test('an empty value stays empty, whatever its kind', () => {
  for (const kind of ['name', 'date', 'identifier', 'address', 'text', 'link', 'flag'] as const) {
    assert.equal(maskDatum(kind, null), null);
    assert.equal(maskDatum(kind, ''), '');
  }
});

test('of an identifier at most four characters are shown, at most half, and only the last', () => {
  assert.equal(toMaskedIdentifier('GJ-05 AB 1234'), 'XX-XX XX 1234');
  assert.equal(toMaskedIdentifier('1234'), 'XX34');
  assert.equal(toMaskedIdentifier('7'), 'X');
  const letters = (text: string) => [...text.matchAll(/[\p{L}\p{N}]/gu)].map(([each]) => each);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (value) => {
      const [given, shown] = [letters(value), letters(toMaskedIdentifier(value))];
      const open = Math.min(4, Math.floor(given.length / 2));
      assert.equal(shown.length, given.length);
      assert.deepEqual(shown.slice(given.length - open), given.slice(given.length - open));
      assert.ok(shown.slice(0, given.length - open).every((each) => each === 'X'));
      // Masking twice has the result of masking once.
      assert.equal(toMaskedIdentifier(toMaskedIdentifier(value)), toMaskedIdentifier(value));
    }),
  );
});

test('a masked free text tells nothing of the text, not even its length', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (value) => {
      for (const kind of ['text', 'address'] as const) assert.equal(maskDatum(kind, value), '***');
      assert.equal(maskDatum('date', value), '**/**/****');
    }),
  );
});

test('a mask mark is recognised, whoever set it', () => {
  for (const text of [
    'T*** P***',
    '***',
    'XXXX XXXX 0094',
    'no. XXXX XXXX XXXX',
    '**** **** 0094',
  ]) {
    assert.equal(hasMaskMark(text), true, text);
  }
  for (const text of ['', 'TEST PERSON', 'XX00 1234', '2 * 3']) {
    assert.equal(hasMaskMark(text), false, text);
  }
});

test('a value is shown whole exactly where its mask leaves it as it is', () => {
  const value = fc.oneof(
    fc.string(),
    fc
      .array(fc.constantFrom('X', 'x', 'A***', '***', '1', '*', ' ', 'É', '/', '**/**/****'))
      .map((parts) => parts.join('')),
    fc.constant(null),
  );
  const kind = fc.constantFrom<DatumKind>(
    ...(['name', 'date', 'identifier', 'address', 'text', 'link', 'flag', 'masked'] as const),
  );
  fc.assert(
    fc.property(kind, value, (of, given) => {
      assert.equal(isUnchangedByMask(of, given), maskDatum(of, given) === given);
    }),
    { numRuns: propertyRuns(5_000) },
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isIdentifying } from '../../../src/server/operation/identifying.ts';
import { toLoggedName } from '../../../src/server/operation/request-context.ts';

const identifying: Readonly<Record<string, string>> = {
  'a PAN': 'ABCPE1234F',
  'a PAN in small letters': 'abcpe1234f',
  'a PAN of letters that are digits of hex': 'ABCDE1234F',
  'a PAN in the middle of a word': 'getABCPE1234Fnow',
  'a PAN in parts': 'of_ABCPE_1234_F',
  'a GSTIN': '22ABCPE1234F1Z5',
  'an Aadhaar number': '234567890124',
  'an Aadhaar number in parts': 'Get_2345_6789_0124',
  'an Aadhaar number at the end of a UUID': '00000000-0000-4000-8000-234567890124',
  'a VID': 'vid-9123-4567-8901-2345',
  'a passport': 'passport-K1234567',
  'a card of a voter': 'ABC1234567',
  'a driving licence': 'MH12-2011-0062821',
  'a driving licence in one': 'MH1220110062821',
  'an account': 'account_001234567',
  'a telephone': '9876543210',
};
for (const [what, text] of Object.entries(identifying)) {
  test(`${what} is told, and no operation is logged by it`, () => {
    assert.equal(isIdentifying(text), true);
    assert.equal(toLoggedName(text), 'unnamed');
  });
}

const plain: Readonly<Record<string, string>> = {
  'the name of an operation': 'WatchFlow',
  'the second of a name': 'ReadFlow_v2',
  'a date': 'Report20261124',
  'a date in parts': 'request-2026-11-24-17',
  'a UUID': 'abcde123-4f00-4abc-8abc-abcde1234f00',
  'the id of a trace': '0af7651916cd43dd8448eb211c80319c',
  'a ULID': '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  'a ULID in which chance has put what looks like a PAN': '01ARZ3NDEKABCPE1234FFQ69G5',
};
for (const [what, text] of Object.entries(plain)) {
  test(`${what} is no number of a person, and is logged as it is`, () => {
    assert.equal(isIdentifying(text), false);
    assert.equal(toLoggedName(text), text);
  });
}

test('a name is logged up to its 64th letter, and not at all where that cuts an identifier', () => {
  const filling = '_'.repeat(60);
  assert.equal(toLoggedName(`${filling}${filling}`).length, 64);
  assert.equal(toLoggedName(`${filling}ABCPE1234F`), 'unnamed');
  // What is not shown is not looked at, however much it is.
  assert.equal(toLoggedName(`${filling}${filling}${filling}ABCPE1234F`).length, 64);
});

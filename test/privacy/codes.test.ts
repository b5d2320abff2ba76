import assert from 'node:assert/strict';
import test from 'node:test';
import { isCode } from '../../src/privacy/codes.ts';
import { maskDatum } from '../../src/privacy/mask.ts';

test('words of documents and their processing, and short codes, are codes', () => {
  for (const text of [
    ...[
      'INVALID_DOC',
      'UNRECOGNISED',
      'DL_EXPIRED',
      'low-confidence',
      'E1001',
      'E-12',
      '422',
      'M',
      'F',
    ],
    ...['original', 'xerox_copy', 'photo_of_photo', 'customer_name', 'monthlyIncome', 'IFSC_CODE'],
    ...[
      'account_number_2',
      'bill_date',
      'total_amount',
      'PURCHASE_ORDER',
      'RTO_FORM_26',
      'SALE_DEED',
    ],
    ...['INDEX_2', 'NAMUNA_8', 'father_name', 'pan_number', 'date_of_birth', 'address_line_1'],
  ]) {
    assert.equal(isCode(text), true, text);
  }
});

test('names and identifiers of persons are none, however they are written', () => {
  for (const text of [
    ...[
      'RAVI',
      'RAVI_KUMAR',
      'ravi_kumar',
      'Ravi.Kumar',
      'raviKumar',
      'SUNITA-DEVI',
      'R_KUMAR',
      'r_k',
    ],
    ...[
      'KUMAR_NAME',
      'name_of_ravi',
      'QUUXINA_ZYXWELL',
      'PRIYA_2',
      'GRACE',
      'MARK',
      'BILL',
      'BILL_GOLD',
    ],
    ...['AAAPZ0000A', 'QUXPZ1234Y', 'ABC1234567', 'A1234567', 'MH12_20110012345', 'MH12AB1234'],
    ...['40911220033445', '1234567890', '9000079190', '411001', '12345', 'account_40911220033445'],
    ...['ravi@bank', 'ravi kumar', 'रवि', '', '_', 'x'.repeat(97), 'a_b_c_d'],
  ]) {
    assert.equal(isCode(text), false, text);
  }
});

test('a flag is shown without pii:read only if it is a code', () => {
  assert.equal(maskDatum('flag', 'photo_of_photo'), 'photo_of_photo');
  for (const text of ['RAVI_KUMAR', 'ravi', 'AAAPZ0000A', '40911220033445']) {
    assert.equal(maskDatum('flag', text), '***');
  }
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { doAtOnce } from '../../../src/atlas/json/work.ts';
import { maskAadhaarIn } from '../../../src/atlas/masking/aadhaar.ts';
import { divideText } from '../../../src/atlas/masking/divided-text.ts';
import { parseMasked, parseMaskedInSteps } from '../../../src/atlas/masking/masked-json.ts';

// Its check digit is right.
const number = '2345 6789 0124';
const filler: Readonly<Record<string, string>> = {
  words: 'paid in full on 12/03 ',
  tags: '12<b>34</b>a ',
  'tags with words': `12<font color="deep red"> ${number} a `,
  entities: '12&nbsp;34&middot;x ',
  escapes: '12\\n34 x',
  numbers: `Aadhaar ${number}, `,
  'words of another script': 'पता १२३४ 12 ',
  'an open bracket': 'a < b 1 ',
};

test('a text in pieces is masked as the whole of it is', () => {
  for (const [what, part] of Object.entries(filler)) {
    const text = part.repeat(Math.ceil(300_000 / part.length));
    const pieces = [...divideText(text)].map((piece) => piece ?? assert.fail(what));
    assert.ok(pieces.length > 3, `${what}: ${pieces.length} pieces`);
    assert.equal(pieces.join(''), text);
    assert.ok(pieces.map((piece) => maskAadhaarIn(piece)).join('') === maskAadhaarIn(text), what);
  }
});

test('a number is found wherever a text might be divided', () => {
  for (let at = 16_300; at < 16_500; at += 1) {
    const text = `${'x'.repeat(at)} ${number} ${'y'.repeat(70_000)}`;
    const masked = [...divideText(text)].map((piece) => maskAadhaarIn(piece ?? '')).join('');
    assert.ok(!masked.includes('2345') && masked.includes('XXXX XXXX 0124'), `at ${at}`);
  }
});

test('a long text without a letter to divide it at is null', () => {
  assert.deepEqual([...divideText('1 2.3 '.repeat(20_000))], [null]);
  assert.deepEqual([...divideText('1 2.3 '.repeat(2_000))], ['1 2.3 '.repeat(2_000)]);
});

test('a long answer is read as a short one is', () => {
  const documents = (count: number) =>
    Array.from({ length: count }, (_, place) => ({
      document_id: `d${place}`,
      document_type: 'PAN',
      name: { value: place % 3 ? 'ASHA KUMARI' : `of ${number}`, confidence_score: 0.91 },
      uid: number,
      parts: ['2345', '6789', '0124'],
      label: { name: 'uid', value: '1234' },
      link: `https://files.example/${number.replaceAll(' ', '')}`,
      long: 12345678901234567890n,
      [`n ${number}`]: 1,
    }));
  const toJson = (value: unknown) =>
    JSON.stringify(value, (_, each) =>
      typeof each === 'bigint' ? JSON.rawJSON(String(each)) : each,
    );
  const texts = [
    toJson({ ocr_data: documents(2_000), cross_checks: [] }),
    toJson({ ocr_data: documents(5), cross_checks: documents(500) }),
    `{"ocr_data":[${'{"score":NaN,"a":[1,2]},'.repeat(3_000)}{}],"cross_checks":null}`,
    toJson(Array.from({ length: 9_000 }, (_, place) => String((place * 7) % 10))),
    toJson(Object.fromEntries(documents(2_000).map((document, place) => [`m${place}`, document]))),
    toJson({ one: `${'x'.repeat(100_000)} ${number}`, uid: documents(300) }),
  ];
  for (const text of texts) {
    assert.ok(text.length > 60_000 || text.startsWith('["'));
    const inSteps = doAtOnce(parseMaskedInSteps(text));
    assert.deepEqual(inSteps, parseMasked(text));
    assert.ok(!JSON.stringify(inSteps).includes('2345 6789'));
  }
});

test('an answer with more than 250,000 values is not read', () => {
  const toText = (count: number) =>
    JSON.stringify({ a: Array.from({ length: 500 }, () => ({ ...Array(count).fill(null) })) });
  assert.notEqual(doAtOnce(parseMaskedInSteps(toText(490))), undefined);
  assert.equal(doAtOnce(parseMaskedInSteps(toText(501))), undefined);
  const texts = JSON.stringify(Array.from({ length: 9_000 }, () => ',[{"'.repeat(20)));
  assert.notEqual(doAtOnce(parseMaskedInSteps(texts)), undefined);
});

test('a text that is not JSON is not read, however long it is', () => {
  const text = JSON.stringify(Array.from({ length: 9_000 }, () => 'a text'));
  for (const broken of [text.slice(0, -1), `${text}]`, text.replace('",', '"'), `${text} x`]) {
    assert.equal(doAtOnce(parseMaskedInSteps(broken)), undefined);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { similarityOf } from '../../src/sandbox/similarity.ts';
import { type OpenSandbox, openSandbox } from '../support/sandbox/open-sandbox.ts';

async function compare({ flowWith, clock, call }: OpenSandbox, ...names: string[]) {
  const flow_uuid = await flowWith(...names);
  clock.advance(3000);
  return (await call('flowExtracts', { flow_uuid })).body.cross_checks;
}

test('customer and dealer are compared between delivery order and invoice', async (t) => {
  const world = await openSandbox(t);
  // Whichever comes first, the delivery order is on the left.
  const checks = await compare(world, 'invoice.pdf', 'delivery-order.pdf');
  assert.deepEqual(
    checks.map((check: { field: string }) => check.field),
    ['customer_name', 'dealer_address'],
  );
  for (const check of checks) {
    assert.deepEqual(Object.keys(check), [
      'field',
      'document_type_1',
      'document_type_2',
      'document_id_1',
      'document_id_2',
      'value_1',
      'value_2',
      'similarity_score',
    ]);
    assert.equal(check.document_type_1, 'DELIVERY_ORDER');
    assert.equal(check.document_id_1, 'doc-2');
    assert.equal(check.document_type_2, 'INVOICE');
    assert.equal(check.document_id_2, 'doc-1');
    assert.ok(Number.isInteger(check.similarity_score));
  }
  assert.equal(checks[0].similarity_score, 100);
  assert.ok(checks[1].similarity_score > 80 && checks[1].similarity_score < 100);
});

test('name and date of birth are compared between identity documents', async (t) => {
  const world = await openSandbox(t);
  const checks = await compare(world, 'pan.jpg', 'aadhaar.jpg', 'voter.jpg', 'bank-statement.pdf');
  assert.deepEqual(
    checks.map((check: Record<string, string>) => [
      check.field,
      check.document_type_1,
      check.document_type_2,
    ]),
    ['name', 'date_of_birth'].flatMap((field) => [
      [field, 'PAN', 'AADHAAR'],
      [field, 'PAN', 'VOTER_ID'],
      [field, 'AADHAAR', 'VOTER_ID'],
    ]),
  );
  const [name] = checks;
  assert.ok(name.similarity_score > 80 && name.similarity_score < 100);
  assert.ok(checks.at(-1).similarity_score === 100);
});

test('a document of somebody else scores low', async (t) => {
  const world = await openSandbox(t);
  const names = ['delivery-order.pdf', 'invoice-mismatch.pdf', 'pan.jpg', 'dl-mismatch.jpg'];
  const checks = await compare(world, ...names);
  assert.equal(checks.length, 4);
  for (const { field, similarity_score } of checks) {
    assert.ok(similarity_score < 60, `${field} scores ${similarity_score}`);
  }
});

test('nothing is compared before the end, nor with a document that failed', async (t) => {
  const world = await openSandbox(t);
  const { flowWith, clock, call } = world;
  const flow_uuid = await flowWith('pan.jpg', 'aadhaar.jpg');
  clock.advance(2999);
  assert.deepEqual((await call('flowExtracts', { flow_uuid })).body.cross_checks, []);
  assert.deepEqual(await compare(world, 'pan.jpg', 'aadhaar-blurred.jpg'), []);
});

test('an upload after the end is compared with what was there', async (t) => {
  const { flowWith, clock, call } = await openSandbox(t);
  const flow_uuid = await flowWith('delivery-order.pdf');
  clock.advance(3000);
  const file_urls = [{ file_url: 'https://files.example/invoice.pdf', document_id: 'doc-2' }];
  await call('uploadToFlow', { flow_uuid, file_urls });
  clock.advance(3000);
  assert.equal((await call('flowExtracts', { flow_uuid })).body.cross_checks.length, 2);
});

test('the members of a cross-check go by the names that are asked for', async (t) => {
  const crossCheckNames = { field: 'key', leftValue: 'value_a', rightValue: 'value_b' };
  const world = await openSandbox(t, { crossCheckNames });
  const [check] = await compare(world, 'delivery-order.pdf', 'invoice.pdf');
  assert.deepEqual(Object.keys(check), [
    'key',
    'document_type_1',
    'document_type_2',
    'document_id_1',
    'document_id_2',
    'value_a',
    'value_b',
    'similarity_score',
  ]);
});

test('similarity counts letters, not case or punctuation', () => {
  assert.equal(similarityOf('TEST PERSON, ONE', 'test person one'), 1);
  assert.equal(similarityOf('abcd', 'abxd'), 0.75);
  assert.equal(similarityOf('abc', 'xyz'), 0);
  assert.equal(similarityOf('', ''), 1);
  assert.equal(similarityOf('', 'abc'), 0);
});

test('similarity is from 0 to 1, the same both ways, and 1 to itself', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      const similarity = similarityOf(a, b);
      assert.ok(similarity >= 0 && similarity <= 1);
      assert.equal(similarityOf(b, a), similarity);
      assert.equal(similarityOf(a, a), 1);
    }),
  );
});

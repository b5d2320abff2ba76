import assert from 'node:assert/strict';
import test from 'node:test';
import { openStillGateway } from '../../support/schema/still-gateway.ts';

const checksQuery = `query ($uuid: String!) {
  flow(uuid: $uuid) {
    crossChecks {
      field
      similarityScore
      passes
      left { documentType value document { documentId } }
      right { documentType value document { documentId } }
    }
  }
}`;

const names = {
  field: 'comparison',
  leftType: 'alpha_kind',
  rightType: 'beta_kind',
  leftDocument: 'alpha_id',
  rightDocument: 'beta_id',
  leftValue: 'alpha_says',
  rightValue: 'beta_says',
};
const ourNames = JSON.stringify({
  field: ['comparison'],
  documentType: [['alpha_kind', 'beta_kind']],
  documentId: [['alpha_id', 'beta_id']],
  value: [['alpha_says', 'beta_says']],
});
const sale = ['delivery-order.pdf', 'invoice-mismatch.pdf'];
const customerName = {
  field: 'customer_name',
  similarityScore: 19,
  passes: false,
  left: {
    documentType: 'DELIVERY_ORDER',
    value: 'TEST PERSON NINE FOUR',
    document: { documentId: 'delivery-order.pdf' },
  },
  right: {
    documentType: 'INVOICE',
    value: 'QUITE ANOTHER HOLDER',
    document: { documentId: 'invoice-mismatch.pdf' },
  },
};

test('a cross-check says what was compared, on which documents, and how close it is', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow(sale);
  const { data, errors } = await gateway.ask(checksQuery, { uuid });
  assert.equal(errors, undefined);
  assert.equal(data.flow.crossChecks.length, 2);
  assert.deepEqual(data.flow.crossChecks[0], customerName);
});

test('members by other names are read once configuration names them', async (t) => {
  const gateway = await openStillGateway(t, {
    sandbox: { crossCheckNames: names },
    env: { ATLAS_CROSS_CHECK_NAMES: ourNames },
  });
  const uuid = await gateway.finishedFlow(sale);
  const { data } = await gateway.ask(checksQuery, { uuid });
  assert.deepEqual(data.flow.crossChecks[0], customerName);
});

test('members that nobody named are left out, counted, and cost nothing else', async (t) => {
  const gateway = await openStillGateway(t, { sandbox: { crossCheckNames: names } });
  const uuid = await gateway.finishedFlow(sale);
  const { data, errors } = await gateway.ask(checksQuery, { uuid });
  assert.equal(errors, undefined);
  const side = { documentType: null, value: null, document: null };
  assert.deepEqual(data.flow.crossChecks[0], {
    field: null,
    similarityScore: 19,
    passes: false,
    left: side,
    right: side,
  });
  const drifts = gateway.logLines().flatMap(({ drift }) => drift ?? []);
  assert.deepEqual(drifts, ['cross-check-member-unknown']);
});

test('a side leads to its document by id, or by its type where only one has it', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow([]);
  const side = (document_type_1: string | null, document_id_1?: string) => ({
    field: 'name',
    similarity_score: 90,
    document_type_1,
    document_id_1,
  });
  gateway.answerExtracts(
    [
      { document_id: 'pan-1', document_type: 'PAN' },
      { document_id: 'pan-2', document_type: 'PAN' },
      { document_id: 'voter', document_type: 'VOTER_ID' },
    ],
    [
      side('PAN', 'pan-2'),
      side('PAN'),
      side('VOTER_ID'),
      side('PASSPORT'),
      side('PAN', 'lost'),
      side(null),
    ],
  );
  const { data } = await gateway.ask(checksQuery, { uuid });
  assert.deepEqual(
    data.flow.crossChecks.map(({ left }: { left: { document: unknown } }) => left.document),
    [{ documentId: 'pan-2' }, null, { documentId: 'voter' }, null, null, null],
  );
});

test('cross-checks are chosen by field, by score, and by both', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow([]);
  const scores = [
    ['name', 40],
    ['name', 90],
    ['address', 60],
    ['address', null],
  ] as const;
  const crossChecks = scores.map(([field, similarity_score]) => ({ field, similarity_score }));
  gateway.answerExtracts([], crossChecks);
  const { data } = await gateway.ask(
    `query ($uuid: String!) {
      flow(uuid: $uuid) {
        byField: crossChecks(field: "name") { ...shown }
        byScore: crossChecks(below: 60) { ...shown }
        atMost: crossChecks(below: 61) { ...shown }
        byBoth: crossChecks(field: "address", below: 100) { ...shown }
        none: crossChecks(field: "other") { ...shown }
      }
    }
    fragment shown on CrossCheck { field similarityScore }`,
    { uuid },
  );
  const shown = (list: { field: string; similarityScore: number }[]) =>
    list.map(({ field, similarityScore }) => [field, similarityScore]);
  assert.deepEqual(shown(data.flow.byField), [scores[0], scores[1]]);
  assert.deepEqual(shown(data.flow.byScore), [scores[0]]);
  assert.deepEqual(shown(data.flow.atMost), [scores[0], scores[2]]);
  assert.deepEqual(shown(data.flow.byBoth), [scores[2]]);
  assert.deepEqual(data.flow.none, []);
});

test('the summary counts against the threshold it is given, and against 80 without one', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow([]);
  const scores = [100, 80, 79, 0, null, 140, '85', 79.6];
  gateway.answerExtracts(
    [],
    scores.map((similarity_score, place) => ({ field: `field-${place}`, similarity_score })),
  );
  const { data } = await gateway.ask(
    `query ($uuid: String!) {
      flow(uuid: $uuid) {
        usual: crossCheckSummary { total passed failed unscored lowest { field } }
        strict: crossCheckSummary(threshold: 100) { passed failed }
        lenient: crossCheckSummary(threshold: 0) { passed failed }
        crossChecks { passes at79: passes(threshold: 79) }
      }
    }`,
    { uuid },
  );
  assert.deepEqual(data.flow.usual, {
    total: 8,
    passed: 4,
    failed: 2,
    unscored: 2,
    lowest: { field: 'field-3' },
  });
  assert.deepEqual(data.flow.strict, { passed: 1, failed: 5 });
  assert.deepEqual(data.flow.lenient, { passed: 6, failed: 0 });
  assert.deepEqual(
    data.flow.crossChecks.map(({ passes, at79 }: Record<string, unknown>) => [passes, at79]),
    [
      [true, true],
      [true, true],
      [false, true],
      [false, false],
      [null, null],
      [null, null],
      [true, true],
      [true, true],
    ],
  );
});

test('without cross-checks the list is empty and the summary counts none', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.openFlow();
  const { data } = await gateway.ask(
    `query ($uuid: String!) {
      flow(uuid: $uuid) {
        crossChecks { field }
        crossCheckSummary { total passed failed unscored lowest { field } }
      }
    }`,
    { uuid },
  );
  assert.deepEqual(data.flow, {
    crossChecks: [],
    crossCheckSummary: { total: 0, passed: 0, failed: 0, unscored: 0, lowest: null },
  });
});

test('a threshold outside of 0 to 100 is bad input and blanks its own field', async (t) => {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.finishedFlow(sale);
  const { data, errors } = await gateway.ask(
    `query ($uuid: String!) {
      flow(uuid: $uuid) {
        status { state }
        low: crossChecks(below: -1) { field }
        high: crossChecks(below: 101) { field }
        crossCheckSummary(threshold: 101) { total }
        crossChecks(field: "customer_name") { passes(threshold: -1) similarityScore }
      }
    }`,
    { uuid },
  );
  assert.deepEqual(data.flow, {
    status: { state: 'SUCCESS' },
    low: null,
    high: null,
    crossCheckSummary: null,
    crossChecks: [{ passes: null, similarityScore: 19 }],
  });
  assert.deepEqual(
    errors?.map(({ message, extensions }) => `${extensions.code} ${message}`).toSorted(),
    [
      'BAD_USER_INPUT below: must be from 0 to 100.',
      'BAD_USER_INPUT below: must be from 0 to 100.',
      'BAD_USER_INPUT threshold: must be from 0 to 100.',
      'BAD_USER_INPUT threshold: must be from 0 to 100.',
    ],
  );
});

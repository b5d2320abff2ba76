import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everyScopeBut, openCallers, transports } from '../support/privacy/open-callers.ts';

const query = `query ($uuid: String!) {
  flow(uuid: $uuid) { crossChecks { field similarityScore left { documentType } right { documentType } } }
}`;

test("a text in the place of a cross-check's name is shown without scope only if it can be a name", async (t) => {
  const gateway = await openCallers(t, { env: { PII_CACHE_SECONDS: '0' } });
  const uuid = await gateway.finishedFlow(['pan.jpg']);
  const check = {
    field: 'TEST PERSON',
    document_type_1: 'PAN',
    document_type_2: 'ANOTHER PERSON',
    similarity_score: 50,
  };
  const body = { ocr_data: [], cross_checks: [check] };
  gateway.sandbox.fault('flowExtracts', { status: 200, body }, Number.POSITIVE_INFINITY);
  const masked = gateway.as({ name: 'masked', scopes: everyScopeBut('pii:read') });
  const checkFor = async (caller: Pick<typeof gateway, 'ask'>) =>
    (await caller.ask(query, { uuid })).data.flow.crossChecks[0];
  assert.deepEqual(await checkFor(gateway), {
    field: 'TEST PERSON',
    similarityScore: 50,
    left: { documentType: 'PAN' },
    right: { documentType: 'ANOTHER PERSON' },
  });
  assert.deepEqual(await checkFor(masked), {
    field: null,
    similarityScore: 50,
    left: { documentType: 'PAN' },
    right: { documentType: null },
  });
});

for (const [transport, ask] of Object.entries(transports)) {
  test(`over ${transport} a name, type, code or flag that may be a person's is not shown without pii:read`, async (t) => {
    const gateway = await openCallers(t, { env: { PII_CACHE_SECONDS: '0' } });
    const uuid = await gateway.finishedFlow(['pan.jpg']);
    const field = (value: unknown) => ({ value, confidence_score: 0.9 });
    const ocr_data = [
      {
        document_id: '1',
        document_type: 'RAVI_KUMAR',
        AAAPZ0000A: field('x'),
        account_40911220033445: field('x'),
        monthly_income: field('x'),
      },
      { document_id: '2', document_type: 'PAN', document_quality_flag: field('SUNITA_DEVI') },
      { document_id: '3', error_code: 'ABC1234567', error_reason: '' },
      { document_id: '4', error_code: 'E1001', error_reason: '' },
      { document_id: '5', document_type: 'GOLD_LOAN_AGREEMENT', pan_number: field('x') },
    ];
    const body = { ocr_data, cross_checks: [] };
    gateway.sandbox.fault('flowExtracts', { status: 200, body }, Number.POSITIVE_INFINITY);
    const caller = gateway.as({ scopes: everyScopeBut('pii:read') });
    const { data, errors } = await ask(
      t,
      caller,
      `{ flow(uuid: "${uuid}") { documents { documentType failure { rawCode }
        extraction { documentType all: fields { name } some: fields(names: ["AAAPZ0000A"]) { name }
          ... on PanExtraction { documentQualityFlag { value } } } } } }`,
    );
    assert.equal(errors, undefined);
    const documents = data.flow.documents.filter(
      ({ extraction, failure }: Record<string, unknown>) => extraction || failure,
    );
    assert.deepEqual(documents, [
      {
        documentType: null,
        failure: null,
        extraction: {
          documentType: 'UNKNOWN',
          all: [{ name: 'unnamed' }, { name: 'unnamed' }, { name: 'monthly_income' }],
          some: [],
        },
      },
      {
        documentType: 'PAN',
        failure: null,
        extraction: {
          documentType: 'PAN',
          all: [{ name: 'document_quality_flag' }],
          some: [],
          documentQualityFlag: { value: '***' },
        },
      },
      { documentType: null, failure: { rawCode: '***' }, extraction: null },
      { documentType: null, failure: { rawCode: 'E1001' }, extraction: null },
      {
        documentType: 'GOLD_LOAN_AGREEMENT',
        failure: null,
        extraction: {
          documentType: 'GOLD_LOAN_AGREEMENT',
          all: [{ name: 'pan_number' }],
          some: [],
        },
      },
    ]);

    await ask(
      t,
      gateway,
      `{ flow(uuid: "${uuid}") { documents { extraction { fields { value } } } } }`,
    );
    assert.deepEqual(
      gateway
        .auditLines()
        .map(({ fields }) => fields)
        .at(-1),
      [
        'GOLD_LOAN_AGREEMENT.pan_number',
        'PAN.document_quality_flag',
        'unnamed.monthly_income',
        'unnamed.unnamed',
      ],
    );
  });
}

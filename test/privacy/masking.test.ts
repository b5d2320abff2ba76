import assert from 'node:assert/strict';
import test from 'node:test';
import { createSchema } from '../../src/schema/index.ts';
import type { GraphAnswer } from '../support/open-gateway.ts';
import {
  everyScopeBut,
  openCallers,
  streams,
  transports,
} from '../support/privacy/open-callers.ts';
import { createSeededPapers, type SeededPapers } from '../support/privacy/seeded-papers.ts';
import { selectEverything } from '../support/privacy/select-everything.ts';
import type { StillGateway } from '../support/schema/still-gateway.ts';

const schema = createSchema();
const given = {
  against: '"1 SAMPLE ROAD, TESTPUR"',
  applicationId: '"application-1"',
  documentId: '"document-PAN"',
  first: '100',
};
const wholeFlow = selectEverything(schema, 'Flow', given);
// A document of a batch belongs to no application of which the gateway knows.
const wholeBatch = selectEverything(schema, 'Batch', given).replaceAll(
  /match\(against: ("[^"]*")\)/g,
  'match(against: $1, applicationId: "application-1")',
);

/** To ask for everything at once is more than anybody may. */
const withoutLimits = { env: { LIMITS_MODE: 'measure' } };

function answerWith(gateway: StillGateway, { ocrData, crossChecks }: SeededPapers): void {
  const body = { ocr_data: ocrData, cross_checks: crossChecks };
  gateway.sandbox.fault('flowExtracts', { status: 200, body }, Number.POSITIVE_INFINITY);
  const data = ocrData.map(({ document_id, document_type, error_code, ...file_data }) =>
    error_code === undefined
      ? { document_id, file_data: { document_type, ...file_data } }
      : { document_id, error_code, ...file_data },
  );
  const page = { data, total_items: data.length, has_next: false };
  gateway.sandbox.fault('bulkExtracts', { status: 200, body: page }, Number.POSITIVE_INFINITY);
}

function assertHidden(answer: GraphAnswer, { secrets, aadhaarNumbers }: SeededPapers): void {
  const text = JSON.stringify(answer);
  const shown = [...secrets, ...aadhaarNumbers].filter((secret) => text.includes(secret));
  assert.deepEqual(shown, []);
}

function assertNoErrors({ errors }: GraphAnswer): void {
  assert.deepEqual(errors?.map(({ message, path }) => [message, path]) ?? [], []);
}

/** The match of an extracted address is refused, and nothing else. */
function assertMatchesAlone({ errors }: GraphAnswer): void {
  assert.ok(errors && errors.length > 0);
  for (const { message, path } of errors) {
    assert.deepEqual([message, path?.at(-1)], ['This needs the scope pii:read.', 'match']);
  }
}

for (const [transport, ask] of Object.entries(transports)) {
  test(`over ${transport} no value of any paper is shown without pii:read, whatever is asked for`, async (t) => {
    const gateway = await openCallers(t, withoutLimits);
    const papers = createSeededPapers();
    const uuid = await gateway.finishedFlow(['pan.jpg'], 'application-1');
    const batchId = await gateway.createBatch(['pan.jpg']);
    answerWith(gateway, papers);
    const caller = gateway.as({ scopes: everyScopeBut('pii:read') });

    const kind = transport in streams ? 'subscription' : 'query';
    const [flow, batch] =
      transport in streams ? ['flowUpdated', 'batchUpdated'] : ['flow', 'batch'];
    const flowAnswer = await ask(
      t,
      caller,
      `${kind} ($uuid: String!) { ${flow}(uuid: $uuid) ${wholeFlow} }`,
      { uuid },
    );
    assertMatchesAlone(flowAnswer);
    assertHidden(flowAnswer, papers);
    const { documents, crossChecks } = flowAnswer.data[flow];
    assert.equal(documents.length, papers.ocrData.length + 1);
    assert.equal(crossChecks.length, papers.crossChecks.length);

    const batchAnswer = await ask(
      t,
      caller,
      `${kind} ($batchId: String!) { ${batch}(batchId: $batchId) ${wholeBatch} }`,
      { batchId },
    );
    assertMatchesAlone(batchAnswer);
    assertHidden(batchAnswer, papers);
    assert.equal(batchAnswer.data[batch].documents.edges.length, papers.ocrData.length);
    for (const line of [...gateway.logLines(), ...gateway.auditLines()]) {
      assertHidden({ data: line }, papers);
    }
  });
}

test('with pii:read every value is there but the Aadhaar numbers, and none is in log or audit', async (t) => {
  const gateway = await openCallers(t, withoutLimits);
  const papers = createSeededPapers();
  const uuid = await gateway.finishedFlow(['pan.jpg'], 'application-1');
  const batchId = await gateway.createBatch(['pan.jpg']);
  answerWith(gateway, papers);
  const answer = await gateway.ask(
    `query ($uuid: String!, $batchId: String!) {
      flow(uuid: $uuid) ${wholeFlow}
      batch(batchId: $batchId) ${wholeBatch}
    }`,
    { uuid, batchId },
  );
  assertNoErrors(answer);
  for (const part of ['flow', 'batch']) {
    const text = JSON.stringify(answer.data[part]);
    // Only an Aadhaar number has a link that can be asked for.
    const wanted = papers.secrets.filter((secret) => !isElsewhere(papers, secret, part));
    assert.deepEqual(
      wanted.filter((secret) => !text.includes(secret)),
      [],
    );
    assert.ok(papers.aadhaarNumbers.every((number) => !text.includes(number)));
  }
  for (const line of [...gateway.logLines(), ...gateway.auditLines()]) {
    assertHidden({ data: line }, papers);
  }
});

/** Whether a value is in no answer at all, or in cross-checks, which a batch has not. */
function isElsewhere({ ocrData, crossChecks }: SeededPapers, secret: string, part: string) {
  const links = ocrData.map(({ redacted }) => redacted);
  if (JSON.stringify(links).includes(secret)) return true;
  return part === 'batch' && JSON.stringify(crossChecks).includes(secret);
}

test('a masked value says so, and keeps its structure, confidence and scores', async (t) => {
  const gateway = await openCallers(t);
  const uuid = await gateway.finishedFlow(['aadhaar.jpg', 'pan.jpg', 'broken-link.jpg']);
  const query = `query ($uuid: String!) {
    flow(uuid: $uuid) {
      documents {
        documentId documentType state
        failure { code rawCode reason isMasked }
        extraction {
          lowestConfidence
          fields { name kind value confidence isMasked }
          ... on IdentityExtraction {
            name { value confidence isMasked }
            dateOfBirth { value date confidence isMasked }
          }
          ... on PanExtraction {
            panNumber { value masked isMasked }
            documentQualityFlag { value isMasked }
          }
          ... on AadhaarExtraction {
            aadhaarNumber { masked lastFour redactedImageUrl }
            address {
              value isMasked
              formatted { addressLine1 addressLine2 city isMasked }
            }
          }
        }
      }
      crossChecks { field similarityScore left { documentType value isMasked document { documentId } } }
    }
  }`;
  const clear = (await gateway.ask(query, { uuid })).data.flow;
  const masked = (await gateway.as({ scopes: everyScopeBut('pii:read') }).ask(query, { uuid })).data
    .flow;
  assert.deepEqual(toOutline(masked), toOutline(clear));

  const [aadhaar, pan, broken] = masked.documents;
  assert.deepEqual(aadhaar.extraction.name.value, 'T*** P*** N*** F***');
  assert.deepEqual(
    [aadhaar.extraction.dateOfBirth.value, aadhaar.extraction.dateOfBirth.date],
    ['**/**/****', null],
  );
  assert.deepEqual(aadhaar.extraction.aadhaarNumber, {
    masked: 'XXXX XXXX 0094',
    lastFour: '0094',
    redactedImageUrl: null,
  });
  assert.deepEqual(aadhaar.extraction.address.formatted, {
    addressLine1: '***',
    addressLine2: '',
    city: '***',
    isMasked: true,
  });
  assert.deepEqual(pan.extraction.panNumber, {
    value: 'XXXXXX000Q',
    masked: 'XXXXXX000Q',
    isMasked: true,
  });
  assert.deepEqual(pan.extraction.documentQualityFlag, { value: 'original', isMasked: false });
  assert.deepEqual(broken.failure, {
    code: 'OTHER',
    rawCode: 'UPLOAD_FAILED',
    reason: '***',
    isMasked: true,
  });
  assert.deepEqual(
    masked.crossChecks.map(({ field, left }: (typeof masked.crossChecks)[number]) => [
      field,
      left.value,
      left.isMasked,
    ]),
    [
      ['name', 'T*** P*** N*** F***', true],
      ['date_of_birth', '**/**/****', true],
    ],
  );

  assert.equal(clear.documents[0].extraction.name.isMasked, false);
  assert.equal(clear.documents[0].extraction.address.formatted.isMasked, false);
  assert.equal(clear.documents[2].failure.isMasked, false);
  assert.equal(clear.crossChecks[0].left.isMasked, false);
});

/** An answer without what a mask changes. */
function toOutline(value: unknown): unknown {
  const changing = ['value', 'date', 'isMasked', 'reason', 'redactedImageUrl', 'targetAddress'];
  return JSON.parse(
    JSON.stringify(value, (name, member) =>
      changing.includes(name) || (/^(addressLine|city)/.test(name) && member !== null)
        ? undefined
        : member,
    ),
  );
}

test('why an address of a paper could not be matched is told in no words that may quote it', async (t) => {
  const gateway = await openCallers(t);
  const uuid = await gateway.finishedFlow(['aadhaar.jpg']);
  const query = `extraction { ... on AadhaarExtraction {
    address { match(against: "1 SAMPLE ROAD") { targetAddress failure { code message } } }
  } }`;
  const failed = {
    similarity_score: null,
    error_code: '422',
    error_message: 'no such SAMPLE ROAD',
  };
  const message = 'This target could not be normalised.';
  gateway.sandbox.fault('matchAddresses', { status: 200, body: { match_data: [failed] } });
  const { data } = await gateway.askDocument(uuid, 'aadhaar.jpg', query);
  assert.deepEqual(data.flow.document.extraction.address.match.failure, { code: '422', message });
});

test('an address that the caller brought along is shown as it was brought', async (t) => {
  const gateway = await openCallers(t);
  const { data } = await gateway
    .as({ scopes: ['addresses:match'] })
    .ask(
      '{ addressMatch(applicationId: "1", source: "1 SAMPLE ROAD", target: "2 SAMPLE ROAD") { sourceAddress targetAddress isMasked } }',
    );
  assert.deepEqual(data.addressMatch, {
    sourceAddress: '1 SAMPLE ROAD',
    targetAddress: '2 SAMPLE ROAD',
    isMasked: false,
  });
  assert.deepEqual(gateway.auditLines(), []);
});

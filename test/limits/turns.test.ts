import assert from 'node:assert/strict';
import test from 'node:test';
import { openMeasuredGateway } from '../support/limits/measured-gateway.ts';
import { transports } from '../support/limits/transports.ts';

/** What one request may hold the event loop for, in milliseconds of processor time. */
const mostMs = 200;

const field = (value: string) => ({ value, confidence_score: 0.9 });
const pan = (place: number) => ({
  document_id: `pan-${place}.jpg`,
  document_type: 'PAN',
  name: field('ASHA KUMARI'),
  dob: field('01/02/1990'),
  father_name: field('RAM KUMAR'),
  pan_number: field('ABCPK1234F'),
});
const documents = (count: number) =>
  JSON.stringify({
    ocr_data: Array.from({ length: count }, (_, place) => pan(place)),
    cross_checks: [],
  });
const names = (count: number, selection: string) =>
  Array.from({ length: count }, (_, place) => `a${place}: ${selection}`).join(' ');
const uuids = (count: number) => Array.from({ length: count }, (_, place) => `flow-${place}`);

interface Row {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Documents of each flow. */
  readonly count: number;
  /** The least that must be answered, in bytes: a test of a refusal measures nothing. */
  readonly leastBytes: number;
}

const rows: Readonly<Record<string, Row>> = {
  'forty flows of a hundred documents under six names': {
    query: `query ($uuids: [String!]!) { flowsByUuid(uuids: $uuids) { documents { extraction {
      ${names(6, 'fields { name value }')} } } } }`,
    variables: { uuids: uuids(40) },
    count: 100,
    leastBytes: 4_000_000,
  },
  'ten thousand documents under ninety names': {
    query: `{ flow(uuid: "flow-1") { documents { ${names(90, 'state')} } } }`,
    count: 9_990,
    leastBytes: 12_000_000,
  },
  'ten thousand documents of ninety types': {
    query: `{ flow(uuid: "flow-1") { documents { ${names(90, '__typename')} } } }`,
    count: 9_990,
    leastBytes: 12_000_000,
  },
};

for (const [transport, ask] of transports) {
  test(`a long answer holds the event loop for no longer than 200 ms at a time by ${transport}`, async (t) => {
    const gateway = await openMeasuredGateway(t, { PII_CACHE_SECONDS: '0' });
    for (const [what, { query, variables = {}, count, leastBytes }] of Object.entries(rows)) {
      gateway.answers.set('/verification/extracts', documents(count));
      // The third time and on it is run as a compiled query.
      for (let time = 0; time < 4; time += 1) {
        let bytes = 0;
        const longestMs = await gateway.longestTurnMs(async () => {
          const answer = await ask(gateway, { query, variables });
          assert.equal(answer.errors, undefined, JSON.stringify(answer.errors?.[0]));
          bytes = JSON.stringify(answer).length;
        });
        assert.ok(bytes >= leastBytes, `${what}: ${bytes} bytes`);
        assert.ok(longestMs <= mostMs, `${what}: ${longestMs} ms the ${time + 1}. time`);
      }
    }
  });
}

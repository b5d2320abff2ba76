import assert from 'node:assert/strict';
import test from 'node:test';
import { type MeasuredGateway, openMeasuredGateway } from '../support/limits/measured-gateway.ts';
import { type Answered, transports } from '../support/limits/transports.ts';

/** The longest turn of one request, in milliseconds of processor time. */
const mostMs = 200;
/** The bound holds on an idle machine; neighbours make a turn longer and never shorter. */
const attempts = 3;
/** Often enough for a query to be compiled. */
const times = 4;
const mib = 1024 * 1024;

const field = (value: string) => ({ value, confidence_score: 0.9 });
const pan = (place: number) => ({
  document_id: `pan-${place}.jpg`,
  document_type: 'PAN',
  name: field('ASHA KUMARI'),
  dob: field('01/02/1990'),
  father_name: field('RAM KUMAR'),
  pan_number: field('ABCPK1234F'),
});
const list = <Entry>(count: number, toEntry: (place: number) => Entry) =>
  Array.from({ length: count }, (_, place) => toEntry(place));
const extracts = (documents: readonly unknown[], checks: readonly unknown[] = []) =>
  JSON.stringify({ ocr_data: documents, cross_checks: checks });
const names = (count: number, selection: string) =>
  list(count, (place) => `a${place}: ${selection}`).join(' ');
/** A document with members that are only values, as many as an object may have. */
const flat = (place: number, count: number, toValue: (place: number) => unknown) => ({
  document_id: `d${place}`,
  ...Object.fromEntries(list(count, (at) => [`f${at}`, toValue(at)])),
});

interface Row {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Atlas's answer for each flow. */
  readonly extracts: string;
  /** The least that must be answered, in bytes: to measure a refusal would prove nothing. */
  readonly leastBytes: number;
}

const documentsQuery = `query ($uuids: [String!]!) { flowsByUuid(uuids: $uuids) {
  documents { extraction { ${names(6, 'fields { name value }')} } } } }`;
const status = '{ flow(uuid: "flow-1") { documents { state } } }';

const longAnswers: Readonly<Record<string, Row>> = {
  'forty flows of a hundred documents under six names': {
    query: documentsQuery,
    variables: { uuids: list(40, (place) => `flow-${place}`) },
    extracts: extracts(list(100, pan)),
    leastBytes: 3 * mib,
  },
  'ten thousand documents under ninety names': {
    query: `{ flow(uuid: "flow-1") { documents { ${names(90, 'state')} } } }`,
    extracts: extracts(list(9_990, pan)),
    leastBytes: 12 * mib,
  },
  'ten thousand documents whose type is asked for sixty times': {
    query: `{ flow(uuid: "flow-1") { documents { ${names(60, '__typename')} } } }`,
    extracts: extracts(list(9_990, pan)),
    leastBytes: 8 * mib,
  },
  'fifty thousand errors': {
    query: `{ flow(uuid: "flow-1") { crossChecks { ${names(5, 'passes(threshold: 200)')} } } }`,
    extracts: extracts(
      [],
      list(9_990, () => ({ field: 'name', similarity_score: 50 })),
    ),
    leastBytes: 8 * mib,
  },
};

const longExtracts: Readonly<Record<string, string>> = {
  'ten thousand documents': extracts(list(9_990, pan)),
  'members without number': extracts(list(260, (place) => flat(place, 900, (at) => at))),
  'digits in every member': extracts(
    list(100, (place) => flat(place, 2_400, (at) => `${10 ** 6 + at} 1234 5678 9012`)),
  ),
  'a text of eight million characters': extracts([
    flat(1, 1, () => '1234 5678 a '.repeat(660_000)),
  ]),
  'a text of digits alone': extracts([flat(1, 1, () => '12.34/56-78 90 '.repeat(500_000))]),
  'a text in another script': extracts([flat(1, 1, () => 'पता १२३४ '.repeat(340_000))]),
  'long numbers': `{"ocr_data":[${list(
    9_000,
    (place) => `{"document_id":"d${place}",${list(9, (at) => `"n${at}":12345678901234567890`)}}`,
  )}]}`,
  'a list of digits': extracts([flat(1, 1, () => list(9_000, (place) => `${place % 10}`))]),
};

async function assertDivided(
  gateway: MeasuredGateway,
  what: string,
  leastBytes: number,
  ask: () => Promise<Answered>,
): Promise<void> {
  let bytes = 0;
  let longestMs = Number.POSITIVE_INFINITY;
  for (let attempt = 1; attempt <= attempts && longestMs > mostMs; attempt += 1) {
    const measuredMs = await gateway.longestTurnMs(async () => {
      bytes = Buffer.byteLength(JSON.stringify(await ask()));
    });
    assert.ok(bytes >= leastBytes, `${what}: ${bytes} bytes`);
    longestMs = Math.min(longestMs, measuredMs);
  }
  assert.ok(longestMs <= mostMs, `${what}: ${longestMs} ms`);
}

for (const [what, row] of Object.entries(longAnswers)) {
  const { query, variables = {}, leastBytes } = row;
  test(`an answer of ${what} leaves the event loop to others on every transport`, async (t) => {
    const gateway = await openMeasuredGateway(t, { PII_CACHE_SECONDS: '0' });
    gateway.answers.set('/verification/extracts', row.extracts);
    for (const [transport, ask] of transports) {
      for (let time = transport === 'HTTP' ? 1 : times; time <= times; time += 1) {
        await assertDivided(gateway, `${transport}, the ${time}. time`, leastBytes, () =>
          ask(gateway, { query, variables }),
        );
      }
    }
    const url = new URL(gateway.graphqlUrl);
    url.search = String(new URLSearchParams({ query, variables: JSON.stringify(variables) }));
    await assertDivided(gateway, 'GET', leastBytes, async () => {
      const response = await fetch(url, { headers: gateway.headers });
      return await response.json();
    });
  });
}

test('the first request that loads Yoga leaves the event loop to others', async (t) => {
  const gateway = await openMeasuredGateway(t);
  const url = `${gateway.graphqlUrl}?query={__typename}`;
  await assertDivided(gateway, 'the first GET', 20, async () => {
    const response = await fetch(url, { headers: gateway.headers });
    return await response.json();
  });
});

test('a long event of a subscription leaves the event loop to others', async (t) => {
  const gateway = await openMeasuredGateway(t, { PII_CACHE_SECONDS: '0' });
  gateway.answers.set('/verification/extracts', extracts(list(9_990, pan)));
  const query = `subscription { flowUpdated(uuid: "flow-1") { documents { ${names(90, 'state')} } } }`;
  for (const [transport, ask] of transports) {
    if (transport === 'HTTP') continue;
    await assertDivided(gateway, transport, 12 * mib, () => ask(gateway, { query }));
  }
});

test('the reading of a long answer of Atlas leaves the event loop to others', async (t) => {
  const gateway = await openMeasuredGateway(t, { PII_CACHE_SECONDS: '0' });
  const [[, ask] = assert.fail()] = transports;
  for (const [what, text] of Object.entries(longExtracts)) {
    gateway.answers.set('/verification/extracts', text);
    await assertDivided(gateway, what, 40, async () => {
      const answer = await ask(gateway, { query: status });
      assert.deepEqual(answer.errors, undefined, what);
      return answer;
    });
  }
});

test('requests are answered while a long answer is made', async (t) => {
  const gateway = await openMeasuredGateway(t, { PII_CACHE_SECONDS: '0' });
  gateway.answers.set('/verification/extracts', extracts(list(9_990, pan)));
  const [[, askByHttp] = assert.fail()] = transports;
  const query = `{ flow(uuid: "flow-1") { documents { ${names(90, 'state')} } } }`;
  for (const [transport, ask] of transports) {
    let isLongDone = false;
    const asking = ask(gateway, { query }).then(() => {
      isLongDone = true;
    });
    let answered = 0;
    for (; !isLongDone; answered += 1)
      await askByHttp(gateway, { query: '{ viewer { tenantId } }' });
    await asking;
    assert.ok(answered > 5, `${transport}: ${answered} requests were answered meanwhile`);
  }
});

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { EndpointName } from '../../src/atlas/api/endpoints.ts';
import type { Fault } from '../../src/sandbox/fault-queue.ts';
import { createSchema } from '../../src/schema/index.ts';
import {
  type Canary,
  echoed,
  numbers,
  personal,
  personalCanaries,
  toPapers,
  toSecretCanary,
} from '../support/privacy/canary-values.ts';
import { type CanaryWorld, openCanaryWorld } from '../support/privacy/canary-world.ts';
import { selectEverything } from '../support/privacy/select-everything.ts';
import { callBack, getToken } from '../support/server/atlas-calls.ts';

/** Where something could come out; a new way out is a row more. */
const sinks: readonly (readonly [
  name: string,
  read: (world: CanaryWorld) => Promise<string> | string,
])[] = [
  ['answers to who may see it', ({ sinks }) => sinks.clear.join('\n')],
  ['answers to all others', ({ sinks }) => sinks.masked.join('\n')],
  ['errors', ({ sinks }) => sinks.errors.join('\n')],
  ['the log', ({ logLines }) => JSON.stringify(logLines())],
  ['the audit', ({ auditLines }) => JSON.stringify(auditLines())],
  ['the metrics', ({ scrape }) => scrape()],
  ['the files in DATA_DIR', ({ directory }) => readAll(directory)],
  ['the title and arguments of the process', () => [process.title, ...process.argv].join('\n')],
  // The last one, because it ends the gateway.
  ['the spans', ({ spans }) => spans()],
];

function readAll(directory: string): string {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true });
  return files
    .filter((file) => file.isFile())
    .map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'))
    .join('\n');
}

const given = {
  against: JSON.stringify(personal.address),
  applicationId: '"application-1"',
  documentId: '"pan"',
  first: '50',
};
const wholeFlow = selectEverything(createSchema(), 'Flow', given);
const wholeBatch = selectEverything(createSchema(), 'Batch', given);
const { pan, name, address } = personal;
const upload = `https://files.example/${pan}.jpg?X-Amz-Signature=quuxuploadsignature&name=${encodeURIComponent(name)}`;
const uploadSignature: readonly [string, string] = ['a signature of a file', 'quuxuploadsignature'];

interface Way {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  /** The calls of Atlas that it takes, any of which may echo. */
  readonly asks: readonly EndpointName[];
}

/** Everything that can be asked of the graph, with something personal wherever a value can stand. */
const waysOf = ({ uuid, batchId }: CanaryWorld): readonly Way[] => [
  { query: `{ flow(uuid: "${uuid}") ${wholeFlow} }`, asks: ['flowStatus', 'flowExtracts'] },
  { query: `{ flowsByUuid(uuids: ["${pan}", "${uuid}"]) ${wholeFlow} }`, asks: ['flowStatus'] },
  {
    query: `{ waitForFlow(uuid: "${name}", timeoutMs: 0) { status { state } } }`,
    asks: ['flowStatus'],
  },
  { query: `subscription { flowUpdated(uuid: "${uuid}") ${wholeFlow} }`, asks: ['flowStatus'] },
  { query: `{ batch(batchId: "${batchId}") ${wholeBatch} }`, asks: ['bulkExtracts', 'bulkToken'] },
  {
    query: `subscription { batchUpdated(batchId: "${batchId}") ${wholeBatch} }`,
    asks: ['bulkExtracts'],
  },
  {
    query:
      'query ($source: String!, $targets: [String!]!) { addressMatches(applicationId: "1", source: $source, targets: $targets) { similarityScore samePersonScore failure { code } } }',
    variables: { source: `${name}, ${address}`, targets: [echoed, '??'] },
    asks: ['matchAddresses'],
  },
  {
    query:
      'mutation ($input: CreateFlowInput!) { createFlow(input: $input) { flow { status { state } } userErrors { code message path } } }',
    variables: {
      input: {
        applicationId: 'application-1',
        flowParams: { echoed, [pan]: numbers },
      },
    },
    asks: ['initFlow', 'verificationToken'],
  },
  {
    query:
      'mutation ($input: UploadDocumentsInput!) { uploadDocuments(input: $input) { documents { state } userErrors { code message path } } }',
    variables: { input: { flowUuid: uuid, files: [{ documentId: 'pan', url: upload }] } },
    asks: ['uploadToFlow'],
  },
  {
    query:
      'mutation ($input: CreateBatchInput!) { createBatch(input: $input) { batch { service } userErrors { code message path } } }',
    variables: { input: { files: [{ documentId: '1', url: upload }] } },
    asks: ['uploadBulk'],
  },
  {
    query:
      'mutation ($input: CreateBatchInput!) { createBatch(input: $input) { userErrors { code message path } } }',
    variables: {
      input: { idempotencyKey: `${pan} ${name}`, files: [{ documentId: '1', url: upload }] },
    },
    asks: [],
  },
  {
    query:
      'mutation ($input: IssueFlowGrantInput!) { issueFlowGrant(input: $input) { userErrors { code message path } } }',
    variables: { input: { flowUuid: echoed } },
    asks: [],
  },
];

/** The error texts of Atlas, which quote the request. */
const failures: readonly Fault[] = [
  { status: 400, body: { error_code: 'E-1', error_message: echoed } },
  { status: 401, body: { error: echoed } },
  { status: 403, body: { message: echoed, reason: echoed } },
  { status: 404, body: { error: echoed } },
  { status: 422, body: { error_code: echoed, error_message: [echoed] } },
  { status: 429, body: { message: echoed }, headers: { 'Retry-After': pan } },
  { status: 503, body: { message: echoed, reason: echoed }, headers: { 'Retry-After': '0' } },
  { rawBody: `<html><body>${echoed}</body></html>`, status: 502, contentType: 'text/html' },
  { rawBody: `<html><body>${echoed}</body></html>`, contentType: 'text/html' },
  { rawBody: `{"error":${JSON.stringify(echoed)}` },
  { status: 200, body: [echoed] },
  { status: 200, body: echoed },
  {
    status: 200,
    body: { master_status: { echoed }, ocr_data: echoed, data: echoed, match_data: echoed },
  },
  { hangUp: 'after' },
];

/** Requests that are wrong, and hold something personal where it does not belong. */
const wrong: readonly (readonly [query: string, variables?: Record<string, unknown>])[] = [
  ['query ($uuid: String!) { flow(uuid: $uuid) { uuid } }', { uuid: { echoed } }],
  ['query ($uuid: String!) { flow(uuid: $uuid) { uuid } }', { uuid: [echoed, echoed] }],
  ['query ($uuid: Int!) { flow(uuid: $uuid) { uuid } }', { uuid: echoed }],
  [
    'query ($until: [FlowState!]) { waitForFlow(uuid: "x", until: $until) { uuid } }',
    { until: [echoed] },
  ],
  [
    'mutation ($input: CreateFlowInput!) { createFlow(input: $input) { flow { uuid } } }',
    { input: { applicationId: 'x', [echoed]: echoed, callbackUrl: echoed } },
  ],
  [
    'mutation ($input: UploadDocumentsInput!) { uploadDocuments(input: $input) { userErrors { code message path } } }',
    {
      input: {
        flowUuid: 'x',
        files: [
          { documentId: '1', url: echoed },
          { documentId: echoed, url: 7 },
        ],
      },
    },
  ],
  [`{ flow(uuid: ${numbers[0]}) { uuid } }`],
  [`{ flow(uuid: {a: "${name}"}) { uuid } }`],
  [`{ waitForFlow(uuid: "x", until: ["${name}"]) { uuid } }`],
  [`{ waitForFlow(uuid: "x", until: [${pan}]) { uuid } }`],
  [`{ waitForFlow(uuid: "x", timeoutMs: "${name}") { uuid } }`],
  [`{ flow(uuid: "${name}) { uuid } }`],
  [`{ flow(uuid: '${name}') { uuid } }`],
  [`{ flow(uuid: """${echoed}`],
  [`{ flow(uuid: "x" ${numbers[0]}) { uuid } }`],
  [`{ flow(uuid: ${numbers[1]}) { uuid } }`],
  [`{ node(id: "${Buffer.from(`Flow:${name}`).toString('base64url')}") { id } }`],
  [`{ node(id: "${Buffer.from(echoed).toString('base64url')}") { id } }`],
  [`{ node(id: "${name}") { id } }`],
  ...[pan, pan.toLowerCase(), ...numbers].map(
    (it) => [`query A${it.replace(/\W/g, '_')} { viewer { callerId } }`] as const,
  ),
  [`# ${echoed.replaceAll('\n', ' ')}\n{ flow { uuid } }`],
  [`{ flow(uuid: "x") @skip(if: "${name}") { uuid } }`],
];

test('nothing that is personal or secret comes out where it must not', {
  timeout: 240_000,
}, async (t) => {
  const world = await openCanaryWorld(t);
  const { sandbox, addresses, app, graphqlUrl, headers } = world;
  for (const { query, variables, asks } of waysOf(world)) {
    const showPapers = () => {
      const { ocr_data, cross_checks } = toPapers();
      // The one that was submitted, so that whoever watches the batch sees its end.
      const data = [...ocr_data, { document_id: '1', document_type: 'PAN' }];
      sandbox.fault('flowExtracts', { status: 200, body: { ocr_data, cross_checks } }, 3);
      sandbox.fault('bulkExtracts', { status: 200, body: { data, total_items: 5 } }, 3);
    };
    await world.askAll(query, { variables, before: showPapers });
    for (const endpoint of asks) {
      for (const failure of failures) {
        const echo = () => {
          if (endpoint.endsWith('Token')) sandbox.revokeTokens();
          sandbox.fault(endpoint, failure, 2);
        };
        await world.askOne(query, { variables, before: echo });
      }
    }
  }
  for (const [query, variables] of wrong) await world.askAll(query, { variables });

  const token = await getToken(addresses.authUrl);
  await callBack(addresses.callbackUrl, { token }, { ...toPapers(), echoed });
  await callBack(addresses.callbackUrl, { token: pan }, { echoed });
  await callBack(addresses.callbackUrl, { authorization: `Bearer ${token}x` }, toPapers());
  for (const path of [
    `/${pan}`,
    `/graphql/${numbers[0]}`,
    `/atlas/callback/${pan}`,
    '/atlas/callback/sandbox',
    '/health',
    '/ready',
  ]) {
    await world.fetchAll(`${app.url}${path}?name=${encodeURIComponent(echoed)}&token=${token}`);
  }
  await world.fetchAll(`${graphqlUrl}?query=${encodeURIComponent(`{ flow(uuid: "${echoed}`)}`, {
    headers,
  });
  for (const body of [
    `{"query":"${name}`,
    JSON.stringify({ query: 7, name }),
    JSON.stringify({ [name]: pan }),
  ]) {
    await world.fetchAll(graphqlUrl, { method: 'POST', headers, body });
  }
  for (const id of [pan, `request-${pan}`, ...numbers.map((it) => it.replace(/\W/g, '_'))]) {
    const body = '{"query":"{ __typename }"}';
    await world.fetchAll(graphqlUrl, {
      method: 'POST',
      body,
      headers: { ...headers, 'x-request-id': id },
    });
  }
  await world.fetchAll(graphqlUrl, {
    method: 'POST',
    body: '{"query":"{ __typename }"}',
    headers: {
      ...headers,
      'x-request-id': numbers[0] ?? '',
      'user-agent': pan,
      cookie: `name=${pan}`,
      origin: `https://${pan.toLowerCase()}.example`,
      traceparent: `00-${pan}-${pan}-01`,
      'x-graphql-event-stream-token': pan,
    },
  });

  const canaries: readonly Canary[] = [
    ...personalCanaries,
    ...[...world.secrets(), uploadSignature, ['a token of a callback', token] as const].map(
      toSecretCanary,
    ),
  ];
  const found: string[] = [];
  for (const [sink, read] of sinks) {
    const text = await read(world);
    assert.ok(text.length > 0, `${sink} has been written to`);
    const isClear = sink === 'answers to who may see it';
    for (const { name, pattern, isShownWithScope } of canaries) {
      const isThere = pattern.test(text);
      // Where it may be seen it is, or nothing of this would have been looked for.
      if (isClear && isShownWithScope) assert.ok(isThere, `${name} was there to be found`);
      else if (isThere) found.push(`${name} in ${sink}`);
    }
  }
  assert.deepEqual(found, []);
});

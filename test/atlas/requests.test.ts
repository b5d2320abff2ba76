import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { type TestContext, test } from 'node:test';
import { CallIds } from '../../src/atlas/api/call-ids.ts';
import { type EndpointName, endpointRow, endpoints } from '../../src/atlas/api/endpoints.ts';
import type { Tenant } from '../../src/atlas/api/tenant.ts';
import type { AtlasClient } from '../../src/atlas/client/client.ts';
import {
  flowToOpen,
  oneFile,
  openClient,
  openClientAt,
  openServer,
} from '../support/atlas/open-client.ts';
import { toTenantId } from '../support/tenant-id.ts';

/** A request as it came out of the socket. */
interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  /** By the spelling in which they were sent. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const tenant: Tenant = {
  id: toTenantId('acme'),
  credentials: {
    clientId: 'sample-id',
    clientSecret: 'sample-secret',
    addressClientId: 'sample-address-id',
    addressClientSecret: 'sample-address-secret',
  },
};
const batch = { batch_id: 'BATCH-1', page: 1, per_page: 50 };

/** One call of every endpoint that a caller can name; the tokens are fetched on the way. */
const calls: { readonly [Name in EndpointName]?: (client: AtlasClient) => Promise<unknown> } = {
  initFlow: (client) => client.call(tenant, 'initFlow', flowToOpen),
  uploadToFlow: (client) =>
    client.call(tenant, 'uploadToFlow', { flow_uuid: 'LOS-1', file_urls: oneFile }),
  uploadBulk: (client) =>
    client.call(tenant, 'uploadBulk', { product_type: 'SAMPLE', file_urls: oneFile }),
  uploadDocstream: (client) =>
    client.call(tenant, 'uploadDocstream', { product_type: 'SAMPLE', file_urls: oneFile }),
  flowStatus: (client) => client.call(tenant, 'flowStatus', { flow_uuid: 'LOS-1' }),
  flowExtracts: (client) => client.call(tenant, 'flowExtracts', { flow_uuid: 'LOS-1' }),
  bulkExtracts: (client) => client.call(tenant, 'bulkExtracts', batch),
  docstreamExtracts: (client) => client.call(tenant, 'docstreamExtracts', batch),
  matchAddresses: (client) =>
    client.call(tenant, 'matchAddresses', {
      application_id: 'app-0001',
      source_address: '1 Sample Road, Testpur',
      target_addresses: [{ address: '1 Sample Rd, Testpur', index: 0 }],
    }),
};

/** One answer that every endpoint can read, and where the requests for it arrive. */
async function openRecorder(t: TestContext) {
  const received: Received[] = [];
  const { url } = await openServer(t, async (request, response) => {
    received.push({
      method: request.method,
      url: request.url,
      headers: toSpelling(request),
      body: (await request.toArray()).join(''),
    });
    response.end(
      JSON.stringify({
        access_token: `token of ${request.url}`.replaceAll(' ', '_'),
        expires_in: 3600,
        flow_uuid: 'LOS-1',
        batch_id: 'BATCH-1',
        ocr_data: [],
        data: [],
        master_status: 'SUCCESS',
        match_data: [],
      }),
    );
  });
  const take = (path: string) => {
    const found = received.find((each) => each.url?.split('?')[0] === path);
    assert.ok(found, `nothing came at ${path}`);
    return found;
  };
  return { url, received, take };
}

function toSpelling({ rawHeaders }: IncomingMessage): Record<string, string> {
  const pairs = rawHeaders.flatMap((name, place) =>
    place % 2 === 0 ? [[name, rawHeaders[place + 1] ?? '']] : [],
  );
  return Object.fromEntries(pairs);
}

/** The headers without those of the transport. */
function saidIn({ headers }: Received): Record<string, string> {
  const transport = new Set([
    'host',
    'connection',
    'content-length',
    'accept',
    'accept-encoding',
    'x-request-id',
  ]);
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !transport.has(name.toLowerCase())),
  );
}

test('each request is named after the operation, the one for the token too', async (t) => {
  const recorder = await openRecorder(t);
  const { client, reported } = openClientAt(t, recorder.url);
  const ids = new CallIds('operation-1');
  await client.call(tenant, 'initFlow', flowToOpen, { ids });
  await client.call(tenant, 'flowStatus', { flow_uuid: 'LOS-1' }, { ids });
  assert.deepEqual(
    recorder.received.map(({ url, headers }) => [url?.split('/').at(-1), headers['x-request-id']]),
    [
      ['authtoken', 'operation-1-1'],
      ['init', 'operation-1-2'],
      ['status?flow_uuid=LOS-1', 'operation-1-3'],
    ],
  );
  assert.deepEqual(
    reported.map(({ requestId }) => requestId),
    ['operation-1-1', 'operation-1-2', 'operation-1-3'],
  );
});

test('a call that is made again has another id', async (t) => {
  const { client, sandbox, tenant: known } = await openClient(t);
  sandbox.fault('flowStatus', { status: 503 });
  const ids = new CallIds('operation-1');
  await client.call(known, 'flowStatus', { flow_uuid: 'LOS-1' }, { ids });
  assert.deepEqual(
    sandbox.calls.map(({ headers }) => headers['x-request-id']),
    ['operation-1-1', 'operation-1-2', 'operation-1-3'],
  );
});

test('a call without an operation has an id of its own', async (t) => {
  const recorder = await openRecorder(t);
  const { client } = openClientAt(t, recorder.url);
  await calls.flowStatus?.(client);
  const sent = recorder.received.map(({ headers }) => headers['x-request-id'] ?? '');
  assert.equal(new Set(sent).size, 2);
  for (const id of sent) assert.match(id, /^[\w-]{36}$/);
});

test('a request carries the span that is begun for it, and its end is told to the span', async (t) => {
  const recorder = await openRecorder(t);
  const ended: (string | undefined)[] = [];
  let spans = 0;
  const { client } = openClientAt(t, recorder.url, {
    startTrace() {
      spans += 1;
      const traceparent = `00-${'4'.repeat(32)}-${String(spans).repeat(16)}-01`;
      return {
        traceparent,
        end: (call) => {
          assert.equal(call.traceparent, traceparent);
          ended.push(call.endpoint);
        },
      };
    },
  });
  await calls.flowStatus?.(client);
  assert.deepEqual(
    recorder.received.map(({ headers }) => headers.traceparent?.at(36)),
    ['1', '2'],
  );
  assert.deepEqual(ended, ['verificationToken', 'flowStatus']);
});

for (const service of ['verification', 'bulk', 'docstream'] as const) {
  test(`the ${service} token is asked for with Client-Id and Client-Secret and nothing else`, async (t) => {
    const recorder = await openRecorder(t);
    const { client } = openClientAt(t, recorder.url);
    const read = {
      verification: 'flowStatus',
      bulk: 'bulkExtracts',
      docstream: 'docstreamExtracts',
    };
    await calls[read[service] as EndpointName]?.(client);
    const asked = recorder.take(endpoints[`${service}Token`].path);
    assert.equal(asked.method, 'POST');
    assert.deepEqual(saidIn(asked), {
      'Client-Id': 'sample-id',
      'Client-Secret': 'sample-secret',
    });
    assert.equal(asked.body, '');
    assert.equal(asked.headers['content-length'] ?? '0', '0');
  });
}

for (const [name, call] of Object.entries(calls) as [EndpointName, typeof calls.initFlow & {}][]) {
  const row = endpointRow(name);
  if (row.credentials !== 'token') continue;
  test(`${name} carries the bare token of its own family and no other credentials`, async (t) => {
    const recorder = await openRecorder(t);
    const { client } = openClientAt(t, recorder.url);
    await call(client);
    const asked = recorder.take(row.path);
    assert.equal(asked.method, row.method);
    const tokenPath = endpoints[`${row.service as 'bulk'}Token`].path; // no address: it has no token
    assert.deepEqual(saidIn(asked), {
      Token: `token_of_${tokenPath}`,
      ...(row.method === 'POST' ? { 'content-type': 'application/json' } : {}),
    });
    assert.equal(recorder.received.length, 2);
  });
}

test('an address match carries client_id and client_secret with underscores, and fetches no token', async (t) => {
  const recorder = await openRecorder(t);
  const { client } = openClientAt(t, recorder.url);
  await calls.matchAddresses?.(client);
  const asked = recorder.take('/v1/address/match/batch');
  assert.deepEqual(saidIn(asked), {
    client_id: 'sample-address-id',
    client_secret: 'sample-address-secret',
    'content-type': 'application/json',
  });
  assert.equal(recorder.received.length, 1);
});

test('a body is sent as CONTRACT names its members, and a query likewise', async (t) => {
  const recorder = await openRecorder(t);
  const { client } = openClientAt(t, recorder.url);
  await calls.initFlow?.(client);
  await calls.bulkExtracts?.(client);
  assert.deepEqual(JSON.parse(recorder.take('/v3/verification/flow/init').body), flowToOpen);
  const read = recorder.take('/v1/bulk/extracts');
  assert.equal(read.url, '/v1/bulk/extracts?batch_id=BATCH-1&page=1&per_page=50');
  assert.equal(read.body, '');
});

test('a flow uuid reaches Atlas as it is, whatever signs it holds', async (t) => {
  const recorder = await openRecorder(t);
  const { client } = openClientAt(t, recorder.url);
  const flow_uuid = 'LOS-1&flow_uuid=2 ?#%/é';
  await client.call(tenant, 'flowStatus', { flow_uuid });
  const { url } = recorder.take('/v3/verification/status');
  const query = new URL(url ?? '', recorder.url).searchParams;
  assert.deepEqual([...query], [['flow_uuid', flow_uuid]]);
});

for (const prefix of ['/atlas', '/atlas/', '/gateway/atlas//']) {
  test(`a base address that ends in ${prefix} keeps its path`, async (t) => {
    const recorder = await openRecorder(t);
    const { client } = openClientAt(t, `${recorder.url}${prefix}`);
    await calls.flowStatus?.(client);
    const path = prefix.replace(/\/+$/, '');
    assert.deepEqual(
      recorder.received.map(({ url }) => url),
      [`${path}/v3/verification/authtoken`, `${path}/v3/verification/status?flow_uuid=LOS-1`],
    );
  });
}

test('docstream is asked at its own address, tokens too, and the others at theirs', async (t) => {
  const main = await openRecorder(t);
  const apart = await openRecorder(t);
  const { client } = openClientAt(t, {
    verification: main.url,
    bulk: main.url,
    address: main.url,
    docstream: apart.url,
  });
  for (const call of Object.values(calls)) await call(client);
  const paths = ({ received }: typeof main) =>
    new Set(received.map(({ url }) => url?.split('?')[0]));
  assert.deepEqual(
    paths(apart),
    new Set(['/v1/docstream/authtoken', '/v1/docstream/multiupload', '/v1/docstream/extracts']),
  );
  assert.equal(paths(main).size, Object.keys(endpoints).length - 3);
  assert.ok(![...paths(main)].some((path) => path?.includes('docstream')));
});

for (const expires_in of [undefined, null, -1, 'soon', {}]) {
  test(`a token whose expires_in is ${JSON.stringify(expires_in)} lives the documented hour`, async (t) => {
    const issued: number[] = [];
    const { url } = await openServer(t, (request, response) => {
      if (request.url?.endsWith('authtoken')) issued.push(issued.length);
      const body = { access_token: 'sample', expires_in, master_status: 'SUCCESS' };
      response.end(JSON.stringify(body));
    });
    const clock = { now: 1_000_000 };
    const { client } = openClientAt(t, url, { now: () => clock.now, random: () => 0.5 });
    await calls.flowStatus?.(client);
    clock.now += 3600_000 * 0.84;
    await calls.flowStatus?.(client);
    assert.equal(issued.length, 1);
    clock.now += 3600_000 * 0.16;
    await calls.flowStatus?.(client);
    assert.equal(issued.length, 2);
  });
}

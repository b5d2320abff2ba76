import assert from 'node:assert/strict';
import { request } from 'node:http';
import test from 'node:test';
import { openSocket } from '../server/raw-socket.ts';
import { type OpenGateway, openGateway } from '../support/open-gateway.ts';
import { codesOf, transports } from './transports.ts';

const doubling = (on: string, leaf: string) => {
  const fragments = Array.from(
    { length: 60 },
    (_, place) => `fragment f${place} on ${on} { ...f${place + 1} ...f${place + 1} }`,
  );
  return `${fragments.join(' ')} fragment f60 on ${on} { ${leaf} }`;
};

const bombs: readonly (readonly [what: string, query: string, code: string])[] = [
  [
    '10,000 aliases',
    `{ ${Array.from({ length: 10_000 }, (_, place) => `n${place}: __typename`).join(' ')} }`,
    'QUERY_TOO_COMPLEX',
  ],
  ['10,000 times one field', `{ ${'__typename '.repeat(10_000)} }`, 'QUERY_TOO_COMPLEX'],
  ['a nest 10,000 deep', `${'{ a '.repeat(10_000)}${'}'.repeat(10_000)}`, 'QUERY_TOO_COMPLEX'],
  [
    '10,000 directives',
    `{ __typename ${'@skip(if: false) '.repeat(10_000)} }`,
    'QUERY_TOO_COMPLEX',
  ],
  ['10,000 operations', 'query a { a } '.repeat(10_000), 'QUERY_TOO_COMPLEX'],
  [
    'a circle of fragments',
    `{ flow(uuid: "x") { ...a } } fragment a on Flow { ...b } fragment b on Flow { uuid ...a }`,
    'BAD_USER_INPUT',
  ],
  [
    'a circle of fragments with fields between',
    `{ __schema { types { ...a } } } fragment a on __Type { ofType { ...b } } fragment b on __Type { fields { type { ...a } } }`,
    'BAD_USER_INPUT',
  ],
  ['a fragment in itself', '{ ...a } fragment a on Query { ...a }', 'BAD_USER_INPUT'],
  [
    'fragments that double each other',
    `{ ...f0 } ${doubling('Query', '__typename')}`,
    'QUERY_TOO_COMPLEX',
  ],
  [
    'fragments that double each other below the schema',
    `{ __schema { ...f0 } } ${doubling('__Schema', 'description')}`,
    'QUERY_TOO_COMPLEX',
  ],
  [
    'fragments that double each other in a subscription',
    `subscription { flowUpdated(uuid: "x") { ...f0 } } ${doubling('Flow', 'uuid')}`,
    'QUERY_TOO_COMPLEX',
  ],
  [
    'a question of the schema that goes round in it',
    '{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }',
    'BAD_USER_INPUT',
  ],
];

for (const [transport, ask] of transports) {
  test(`no bomb goes off over ${transport}, and Atlas hears of none`, async (t) => {
    const gateway = await openGateway(t);
    for (const [what, query, code] of bombs) {
      // More than a WebSocket takes: it is closed.
      if (transport === 'WebSocket' && query.length > 64 * 1024) {
        await assert.rejects(ask(gateway, { query }), { code: 1009 }, what);
        continue;
      }
      const answer = await ask(gateway, { query });
      assert.equal(answer.data ?? undefined, undefined, what);
      assert.deepEqual(new Set(codesOf(answer)), new Set([code]), what);
    }
    assert.equal(gateway.sandbox.countCalls(), 0);
    assert.equal((await ask(gateway, { query: '{ __typename }' })).errors, undefined);
  });
}

test('no bomb goes off where limits are only measured', async (t) => {
  const gateway = await openGateway(t, { env: { LIMITS_MODE: 'measure' } });
  for (const [what, query] of bombs) {
    const { errors = [] } = await gateway.ask(query);
    const codes = codesOf({ errors }).filter((code) => code === 'INTERNAL');
    assert.deepEqual(codes, [], what);
  }
  assert.equal((await gateway.ask('{ __typename }')).errors, undefined);
});

/** Posts what may be longer than is read, and answers the status. */
function post(
  { graphqlUrl, headers }: OpenGateway,
  body: string | Buffer,
  more: Readonly<Record<string, string>> = {},
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asking = request(graphqlUrl, { method: 'POST', headers: { ...headers, ...more } });
    let status: number | undefined;
    asking.on('response', (response) => {
      status = response.statusCode;
      response.resume();
      response.on('close', () => resolve(status));
    });
    // The rest of a body that is refused finds nobody to take it.
    asking.on('error', (error) => (status === undefined ? reject(error) : resolve(status)));
    asking.end(body);
  });
}

const tenMegabytes = Buffer.alloc(10 * 1024 * 1024, ' ');

for (const accept of ['application/json', 'text/event-stream']) {
  test(`a body of ten megabytes is a 413 with ${accept}`, async (t) => {
    const gateway = await openGateway(t);
    assert.equal(await post(gateway, tenMegabytes, { accept }), 413);
    assert.equal((await gateway.ask('{ __typename }')).errors, undefined);
  });

  test(`a form posts no mutation with ${accept}`, async (t) => {
    const gateway = await openGateway(t);
    const mutation = 'mutation { createFlow(input: {applicationId: "a"}) { flow { uuid } } }';
    const forms = [
      ['application/x-www-form-urlencoded', `query=${encodeURIComponent(mutation)}`],
      [
        'multipart/form-data; boundary=x',
        `--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n${JSON.stringify({ query: mutation })}\r\n--x\r\ncontent-disposition: form-data; name="map"\r\n\r\n{}\r\n--x--\r\n`,
      ],
      ['text/plain', JSON.stringify({ query: mutation })],
      ['application/graphql', mutation],
    ] as const;
    for (const [type, body] of forms) {
      assert.equal(await post(gateway, body, { accept, 'content-type': type }), 415, type);
    }
    assert.equal(gateway.sandbox.countCalls('initFlow'), 0);
  });

  test(`a GET runs no mutation with ${accept}`, async (t) => {
    const gateway = await openGateway(t);
    const url = new URL(gateway.graphqlUrl);
    url.searchParams.set(
      'query',
      'mutation { createFlow(input: {applicationId: "a"}) { flow { uuid } } }',
    );
    const response = await fetch(url, { headers: { ...gateway.headers, accept } });
    const text = await response.text();
    assert.match(text, /BAD_USER_INPUT/);
    assert.equal(gateway.sandbox.countCalls('initFlow'), 0);
  });

  test(`operations do not come in batches with ${accept}`, async (t) => {
    const gateway = await openGateway(t);
    const body = JSON.stringify([{ query: '{ __typename }' }, { query: '{ __typename }' }]);
    assert.equal(await post(gateway, body, { accept }), 400);
    assert.equal(await post(gateway, '[]', { accept }), 400);
  });
}

test('a message of ten megabytes closes its socket and no other', async (t) => {
  const gateway = await openGateway(t);
  const [one, other] = [
    await openSocket(t, gateway.webSocketUrl),
    await openSocket(t, gateway.webSocketUrl),
  ];
  one.send(tenMegabytes.toString());
  assert.equal((await one.closed).code, 1009);
  await other.init(`Bearer ${gateway.apiKey}`);
});

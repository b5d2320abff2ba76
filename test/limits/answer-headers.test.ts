import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import test from 'node:test';
import { openGateway } from '../support/open-gateway.ts';

const origin = 'https://app.example';
const requestId = 'request-of-this-test';
const subscription = '{"query":"subscription { flowUpdated(uuid: \\"none\\") { uuid } }"}';
const json = 'application/json';

/** A request to the gateway, with what is sent besides the key, and how it is answered. */
type Asked = readonly [
  method: string,
  path: string,
  status: number,
  headers?: Readonly<Record<string, string>>,
  body?: string,
];

const ofGraph: readonly Asked[] = [
  ['POST', '/graphql', 200, { accept: json }, '{"query":"{ __typename }"}'],
  ['POST', '/graphql', 400, { accept: json }, subscription],
  ['POST', '/graphql', 200, { accept: 'text/event-stream' }, subscription],
  ['POST', '/graphql', 200, { accept: '*/*' }, subscription],
  ['GET', '/graphql?query={__typename}', 200],
  ['POST', '/graphql', 400, {}, 'garbage'],
  ['POST', '/graphql', 401, { authorization: 'Bearer wrong' }],
  ['PUT', '/graphql', 405],
  ['POST', '/graphql', 406, { accept: 'image/png' }, '{"query":"{ __typename }"}'],
  ['POST', '/graphql', 413, {}, ' '.repeat(1024 * 1024 + 1)],
  ['POST', '/graphql', 415, { 'content-type': 'text/plain' }],
  ['OPTIONS', '/graphql', 204, { 'access-control-request-method': 'POST' }],
  ['PUT', '/graphql/stream', 201],
  ['GET', '/graphql/stream', 404],
];
const ofTheRest: readonly Asked[] = [
  ['GET', '/graphql', 200, { accept: 'text/html' }],
  ['GET', '/health', 200],
  ['POST', '/ready', 405],
  ['GET', '/atlas/callback/none', 404],
  ['GET', '/nowhere', 404],
];

for (const asked of [...ofGraph, ...ofTheRest]) {
  const [method, path, status, headers, body] = asked;
  const what = `${method} ${path} with ${JSON.stringify(headers ?? {})} and ${body?.length ?? 0} bytes`;
  test(`${what} is a ${status} with all that every answer has in its head`, async (t) => {
    const gateway = await openGateway(t, { env: { CORS_ORIGINS: origin } });
    const asking = request(new URL(path, gateway.graphqlUrl), {
      method,
      headers: { ...gateway.headers, origin, 'x-request-id': requestId, ...headers },
      agent: false,
    });
    asking.on('error', () => {}); // the rest of a body that is too long finds nobody to take it
    t.after(() => asking.destroy());
    asking.end(body);
    const [response]: IncomingMessage[] = await once(asking, 'response');
    assert.equal(response?.statusCode, status);
    assert.equal(response.headers['x-request-id'], requestId);
    assert.equal(response.headers['x-content-type-options'], 'nosniff');
    if (!ofGraph.includes(asked)) return;
    assert.match(response.headers.vary ?? '', /^origin\b/);
    assert.equal(response.headers['access-control-allow-origin'], origin);
    assert.match(response.headers['access-control-expose-headers'] ?? '', /x-request-id/);
  });
}

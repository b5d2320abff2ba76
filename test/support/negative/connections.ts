import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { answered, type Group, nobody, type Outcomes, type Row, unread } from './row.ts';

const short = () => ({ query: '{ __typename }' });
const done = answered('{"__typename":"Query"}');
const watch = ({ flow }: { readonly flow: string }) => ({
  query: `subscription { flowUpdated(uuid: "${flow}") { uuid } }`,
});

/** Of the two kinds of connections that last, one is too many. */
const noConnection: Outcomes = {
  'one SSE connection': '503 RATE_LIMITED',
  WebSocket: 'closed 1013',
};
const { 'one SSE connection': onStream = '', WebSocket: onSocket = '' } = done;
const connected: Outcomes = { 'one SSE connection': onStream, WebSocket: onSocket };

/** How many connections and requests a caller and a tenant may have. Ten connections are always allowed. */
export const connections: Group = {
  what: 'so many connections are taken of a caller and of a tenant, and one more is not',
  env: { MAX_PENDING_SOCKETS: '10' },
  rows: [
    {
      what: 'the last connection of a caller',
      as: 'capped 4',
      connections: 9,
      sent: short,
      outcomes: connected,
    },
    {
      what: 'one connection more of a caller',
      as: 'capped 5',
      connections: 10,
      sent: short,
      outcomes: noConnection,
    },
    {
      what: 'one subscription more of a tenant, by another caller',
      as: 'full 2',
      others: 'full 1',
      held: 2,
      sent: watch,
      outcomes: {
        SSE: '200 RATE_LIMITED',
        'one SSE connection': '202 RATE_LIMITED',
        WebSocket: 'error RATE_LIMITED',
      },
    },
    {
      what: 'a wait beside the last subscription of a tenant',
      as: 'full 2',
      others: 'full 1',
      held: 2,
      sent: ({ flow }) => ({ query: `{ waitForFlow(uuid: "${flow}") { uuid } }` }),
      outcomes: answered('RATE_LIMITED {"waitForFlow":null}'),
    },
    {
      what: 'one connection more of a tenant, by another caller',
      as: 'full 2',
      others: 'full 1',
      connections: 10,
      sent: short,
      outcomes: noConnection,
    },
    {
      what: 'one request more of a tenant in a minute, by another caller',
      as: 'busy 2',
      others: 'busy 1',
      before: 3,
      sent: short,
      outcomes: {
        HTTP: '429 RATE_LIMITED',
        SSE: '429 RATE_LIMITED',
        'one SSE connection': '429 RATE_LIMITED',
        WebSocket: 'closed 1013',
      },
    },
    {
      what: 'a caller beside sockets that never send a key',
      silent: 20,
      sent: short,
      outcomes: done,
    },
    {
      what: 'a second connection_init',
      sent: () => ({ message: '{"type":"connection_init","payload":{}}' }),
      outcomes: { WebSocket: 'closed 4429' },
    },
  ],
};

/** The same of the process, in which one bystander has a socket. */
export const lastConnection: Group = {
  what: 'so many connections of all are taken',
  env: { MAX_SUBSCRIPTIONS: '4' },
  rows: [
    {
      what: 'the last socket of the process',
      connections: 2,
      sent: short,
      outcomes: { WebSocket: onSocket },
    },
    {
      what: 'the last stream of the process',
      connections: 3,
      sent: short,
      outcomes: { 'one SSE connection': onStream },
    },
  ],
};

export const oneConnectionMore: Group = {
  what: 'one connection more of all is not taken',
  env: { MAX_SUBSCRIPTIONS: '4' },
  rows: [
    {
      what: 'one socket more of the process',
      connections: 3,
      sent: short,
      outcomes: { WebSocket: '503' },
    },
    {
      what: 'one stream more of the process',
      connections: 4,
      sent: short,
      outcomes: { 'one SSE connection': '503 RATE_LIMITED' },
    },
  ],
};

const operation = Buffer.from('{"query":"{ __typename }","extensions":{"operationId":"1"}}');
const bomb = Buffer.alloc(10 * 1024 * 1024, ' ');

const coded = (what: string, coding: string, body: Buffer, outcomes: Outcomes): Row => ({
  what,
  sent: () => ({ body, headers: [`Content-Encoding: ${coding}`] }),
  outcomes,
});
const { WebSocket: _, ...read } = done;

/** Bodies that are packed, which a WebSocket does not have. */
export const codings: Group = {
  what: 'a packed body is read within the limit, and nothing else is',
  rows: [
    coded('a body in gzip', 'gzip', gzipSync(operation), read),
    coded('a body in br', 'br', brotliCompressSync(operation), read),
    coded('ten megabytes in gzip', 'gzip', gzipSync(bomb), unread(413)),
    coded('ten megabytes in deflate', 'deflate', deflateSync(bomb), unread(413)),
    coded('ten megabytes in br', 'br', brotliCompressSync(bomb), unread(413)),
    coded('half a body in gzip', 'gzip', gzipSync(operation).subarray(0, 30), unread(400)),
    coded('a plain body that is said to be in gzip', 'gzip', operation, unread(400)),
    coded('a body in gzip twice', 'gzip, gzip', gzipSync(gzipSync(operation)), unread(415)),
    coded('a body in a coding that is not read', 'zstd', operation, unread(415)),
    coded('a body in a coding that is none', 'gzip\u0001', operation, {
      HTTP: '400',
      SSE: '400',
      'one SSE connection': '400',
    }),
  ],
};

const foreign = 'Origin: https://evil.example';

/** Pages of an origin that is on no list. */
export const pages: Group = {
  what: 'a page of another origin learns nothing',
  rows: [
    {
      what: 'an operation from a page of another origin',
      sent: () => ({ ...short(), headers: [foreign] }),
      // A browser sends such a thing only behind a question, and shows its page no answer.
      outcomes: { ...done, WebSocket: '403' },
      withoutHeader: 'access-control-allow-origin',
    },
    {
      what: 'an operation from a page without an origin',
      sent: () => ({ ...short(), headers: ['Origin: null'] }),
      outcomes: { ...done, WebSocket: '403' },
      withoutHeader: 'access-control-allow-origin',
    },
    {
      what: 'the question of a page of another origin',
      sent: () => ({
        method: 'OPTIONS',
        body: '',
        headers: [foreign, 'Access-Control-Request-Method: POST'],
      }),
      outcomes: { HTTP: '403', SSE: '403', 'one SSE connection': '403' },
      withoutHeader: 'access-control-allow-origin',
    },
    {
      what: 'an operation without a key from a page on the list',
      as: 'nobody at all',
      sent: () => ({ ...short(), headers: ['Origin: https://app.example'] }),
      outcomes: nobody,
    },
    {
      what: 'the key of a tenant from a page of another tenant',
      as: 'bolt',
      sent: () => ({ ...short(), headers: ['Origin: https://app.example'] }),
      outcomes: { ...done, WebSocket: 'closed 4403' },
      withoutHeader: 'access-control-allow-origin',
    },
  ],
};

/** Keys that come too late. */
export const time: Group = {
  what: 'a key that comes too late, or is over by then, opens nothing',
  rows: [
    {
      what: 'a connection_init three seconds after the upgrade',
      sent: () => ({ ...short(), silentMs: 3_000 }),
      outcomes: { WebSocket: 'closed 4408' },
    },
    {
      what: 'an operation behind the end of a grant',
      as: 'the bearer of a brief grant',
      passesMs: 90_000,
      sent: short,
      outcomes: { ...nobody, WebSocket: 'closed 4403' },
      // The flow that the bystanders watch is looked at.
      atlas: ['flowStatus'],
    },
    {
      what: 'a connection_init behind the end of a grant',
      as: 'the bearer of a brief grant',
      sent: short,
      outcomes: nobody,
    },
  ],
};

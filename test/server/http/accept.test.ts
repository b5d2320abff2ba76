import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  acceptedStream,
  jsonFormOf,
  preferredStream,
  type StreamKind,
  toMediaRanges,
} from '../../../src/server/http/accept.ts';
import { openGateway } from '../../support/open-gateway.ts';

const readers: readonly [accept: string | undefined, takes: boolean, prefers: boolean][] = [
  ['text/event-stream', true, true],
  [' Text/Event-Stream ; charset=utf-8', true, true],
  ['text/event-stream, application/json', true, true],
  ['text/event-stream, */*', true, true],
  ['image/png, text/event-stream', true, true],
  ['text/*', true, true],
  [undefined, true, false],
  ['', true, false],
  ['*/*', true, false],
  ['application/json, text/event-stream', true, false],
  ['application/graphql-response+json, */*;q=0.1', true, false],
  ['application/json', false, false],
  ['application/graphql-response+json, application/json;q=0.9', false, false],
  ['multipart/mixed', false, false],
  ['application/json, text/event-stream;q=0', false, false],
  ['application/json, text/event-stream;q=0.000', false, false],
  ['text/event-stream;charset=latin1', false, false],
  ['image/png', false, false],
  ['text/event-streams', false, false],
];

/** How a subscription is answered, and how anything is. */
const streams: readonly [
  accept: string,
  accepted: StreamKind | null,
  preferred: StreamKind | null,
][] = [
  ['multipart/mixed;subscriptionSpec="1.0", application/json', 'multipart', null],
  ['multipart/mixed;boundary="graphql";subscriptionSpec="1.0",application/json', 'multipart', null],
  ['multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json', 'multipart', null],
  ['application/json, multipart/mixed;subscriptionSpec=1.0', 'multipart', null],
  ['Multipart/Mixed; SubscriptionSpec="1.0"; boundary="a,b;c"', 'multipart', 'multipart'],
  ['multipart/mixed;subscriptionSpec=1.0', 'multipart', 'multipart'],
  ['*/*, multipart/mixed;subscriptionSpec=1.0', 'multipart', null],
  ['multipart/mixed;subscriptionSpec=1.0, text/event-stream', 'multipart', 'multipart'],
  ['text/event-stream, multipart/mixed;subscriptionSpec=1.0', 'sse', 'sse'],
  ['application/json, text/event-stream, multipart/mixed;subscriptionSpec=1.0', 'sse', null],
  ['multipart/mixed;subscriptionSpec=2.0, application/json', null, null],
  ['multipart/mixed;subscriptionSpec="1.0, application/json', null, null],
  ['multipart/mixed;deferSpec=20220824, application/json', null, null],
  ['multipart/mixed;boundary="subscriptionSpec=1.0", application/json', null, null],
  ['multipart/mixed;subscriptionSpec=1.0;q=0, application/json', null, null],
  ['multipart/form-data;subscriptionSpec=1.0, application/json', null, null],
];

test('the first kind of stream that an Accept names carries subscriptions', () => {
  for (const [accept, accepted, preferred] of streams) {
    assert.equal(acceptedStream(accept), accepted, accept);
    assert.equal(preferredStream(accept), preferred, accept);
  }
});

const ranges: readonly [accept: string, meant: string][] = [
  ['*', '*/*'],
  ['*;q=0.2', '*/*;q=0.2'],
  ['text/html, *; q=.2, */*; q=.2', 'text/html, */*; q=.2, */*; q=.2'],
  ['*,application/json', '*/*,application/json'],
  ['*/*', '*/*'],
  ['text/*', 'text/*'],
  ['application/json', 'application/json'],
];
for (const [accept, meant] of ranges) {
  test(`"${accept}" means "${meant}"`, () => {
    assert.equal(toMediaRanges(accept), meant);
    assert.equal(jsonFormOf(toMediaRanges('*')), 'application/json');
  });
}

test('a request that accepts * is answered as one that accepts */*', async (t) => {
  const { graphqlUrl, headers } = await openGateway(t);
  for (const [body, status] of [
    ['{"query":"{ __typename }"}', 200],
    ['{"query":"{ __typename "}', 200],
    ['[]', 400],
  ] as const) {
    const answers = ['*', '*/*'].map(async (accept) => {
      const response = await fetch(graphqlUrl, {
        method: 'POST',
        headers: { ...headers, accept },
        body,
      });
      return [response.status, response.headers.get('content-type')];
    });
    const [short, long] = await Promise.all(answers);
    assert.equal(short?.[0], status);
    assert.deepEqual(short, long);
  }
});

for (const [accept, takes, prefers] of readers) {
  const what = `who accepts ${accept === undefined ? 'whatever comes' : `"${accept}"`}`;
  test(`${what} ${takes ? (prefers ? 'prefers' : 'takes') : 'takes no'} events`, () => {
    assert.equal(acceptedStream(accept) === 'sse', takes);
    assert.equal(preferredStream(accept) === 'sse', prefers);
  });
}

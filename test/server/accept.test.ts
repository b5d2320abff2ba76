import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prefersEvents, takesEvents } from '../../src/server/accept.ts';

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

for (const [accept, takes, prefers] of readers) {
  const what = `who accepts ${accept === undefined ? 'whatever comes' : `"${accept}"`}`;
  test(`${what} ${takes ? (prefers ? 'prefers' : 'takes') : 'takes no'} events`, () => {
    assert.equal(takesEvents(accept), takes);
    assert.equal(prefersEvents(accept), prefers);
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorCases, toSampleError } from '../support/docs/error-cases.ts';
import { readDocument, tableOf } from '../support/docs/markdown.ts';
import { redisIsMissing } from '../support/start-redis.ts';

const samples = JSON.parse(readDocument('docs/reference/errors/examples.json'));
const table = tableOf(readDocument('docs/reference/errors.md'));

for (const [code, run] of Object.entries(errorCases)) {
  const skip = code === 'STORE_UNAVAILABLE' && redisIsMissing;
  test(`the example of ${code} is met as its page tells`, { skip, timeout: 60_000 }, async (t) => {
    const { story, query, error } = await run(t);
    const sample = { story, query, error: toSampleError(error) };
    assert.deepEqual(sample, samples[code], 'run npm run docs:examples');
    assert.equal(samples[code].error.extensions.code, code);
    const isRetryable = samples[code].error.extensions.retryable;
    assert.equal(table.get(code)?.[2], isRetryable ? 'yes' : 'no');
  });
}

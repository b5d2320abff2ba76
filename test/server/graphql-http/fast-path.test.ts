import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toQuestion } from '../../../bench/http/questions.ts';
import { openCallers } from '../../support/privacy/open-callers.ts';

const timeout = 60_000;

test('the questions of the benchmark go the short way, in no more calls than planned', {
  timeout,
}, async (t) => {
  const gateway = await openCallers(t, { env: { PII_CACHE_SECONDS: '0' } });
  const uuids: string[] = [];
  for (let count = 0; count < 3; count += 1) {
    uuids.push(await gateway.finishedFlow(['pan.jpg', 'aadhaar.jpg']));
  }
  const [uuid] = uuids;
  const asked = [
    ['Q1', { uuid }, 1],
    ['Q2', { uuid }, 2],
    ['Q3', { uuids: [...uuids, uuid] }, 6],
    ['Q4', toQuestion('Q4').toVariables(0), 1],
  ] as const;
  for (const [name, variables, calls] of asked) {
    gateway.sandbox.clearCalls();
    const answer: object = await gateway.ask(toQuestion(name).toText(0), variables);
    assert.ok(!('errors' in answer), name);
    const { extensions } = answer as { extensions: { atlas: Record<string, number> } };
    assert.deepEqual([extensions.atlas.calls, extensions.atlas.planned], [calls, calls], name);
    const made = gateway.sandbox.calls.filter((call) => !/token/i.test(call.name));
    assert.equal(made.length, calls, name);
    const line = gateway.logLines().findLast(({ msg }) => msg === 'request');
    assert.equal(line?.lane, 'plain', name);
  }
});

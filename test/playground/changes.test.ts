import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesBetween } from '../../playground/src/changes.ts';
import { carryOver } from '../../playground/src/editing.ts';
import { beginJourney, learn } from '../../playground/src/journey.ts';
import { isSubscription } from '../../playground/src/variables.ts';

test('the changes between two events are told by path, below the root field', () => {
  const before = { flowUpdated: { status: { state: 'IN_PROGRESS', upload: 'PENDING' } } };
  const after = { flowUpdated: { status: { state: 'IN_PROGRESS', upload: 'SUCCESS' } } };
  assert.deepEqual(changesBetween(before, after), [
    { path: 'status.upload', from: '"PENDING"', to: '"SUCCESS"' },
  ]);
  assert.deepEqual(changesBetween(after, after), []);
});

test('an entry of a list keeps its name when another comes before it', () => {
  const one = { flow: { documents: [{ documentId: 'a', state: 'PENDING' }] } };
  const two = {
    flow: {
      documents: [
        { documentId: 'b', state: 'PENDING' },
        { documentId: 'a', state: 'PENDING' },
      ],
    },
  };
  assert.deepEqual(
    changesBetween(one, two).map(({ path }) => path),
    ['documents.b.documentId', 'documents.b.state'],
  );
  assert.deepEqual(changesBetween(two, one).at(-1), {
    path: 'documents.b.state',
    from: '"PENDING"',
    to: null,
  });
});

test('a journey learns ids from answers, and a new flow has neither files nor a grant', () => {
  let journey = beginJourney('application-1', 'key-1');
  journey = learn(journey, { createFlow: { flow: { uuid: 'flow-1' } } });
  journey = learn(journey, { uploadDocuments: { documents: [] } });
  journey = learn(journey, { issueFlowGrant: { token: 'grant-1' } });
  journey = learn(journey, { createBatch: { batch: { batchId: 'batch-1' } } });
  const { flowUuid, batchId, grant, hasFiles } = journey;
  assert.deepEqual([flowUuid, batchId, grant, hasFiles], ['flow-1', 'batch-1', 'grant-1', true]);
  const next = learn(journey, { createFlow: { flow: { uuid: 'flow-2' } } });
  assert.deepEqual([next.flowUuid, next.grant, next.hasFiles], ['flow-2', null, false]);
  for (const data of [null, undefined, 1, { createFlow: null }, { createFlow: { flow: null } }]) {
    assert.equal(learn(journey, data), journey);
  }
});

test('edited variables take the ids of the next journey, and nothing else', () => {
  const before = { ...beginJourney('a', 'k'), flowUuid: 'flow-1', batchId: 'batch-1' };
  const drafts = { 'read/0': { query: 'flow-1', variables: '{"uuid":"flow-1","b":"batch-1"}' } };
  assert.deepEqual(carryOver(drafts, before, { ...before, flowUuid: 'flow-2' }), {
    'read/0': { query: 'flow-1', variables: '{"uuid":"flow-2","b":"batch-1"}' },
  });
  assert.equal(carryOver(drafts, before, before), drafts);
});

test('a subscription is told from a query by its first word', () => {
  assert.ok(isSubscription('# note\n  subscription S { a }'));
  assert.ok(!isSubscription('query subscription { a }'));
  assert.ok(!isSubscription('{ subscription }'));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flowUuidFor } from '../../src/sandbox/identifiers.ts';
import {
  documentStates,
  followToEnd,
  openAndUpload,
  openStory,
} from '../support/stories/open-story.ts';

const timeout = 60_000;

interface Named {
  readonly documentId: string;
}

const stateQuery = 'query ($uuid: String!) { flow(uuid: $uuid) { status { state version } } }';

test('slow: a flow is still under way when another has ended, and ends well', {
  timeout,
}, async (t) => {
  const story = await openStory(t);
  const slow = await openAndUpload(story, 'slow-1', 'pan.jpg');
  const usual = await openAndUpload(story, 'application-1', 'pan.jpg');
  await followToEnd(story, usual);
  const { data } = await story.ask(stateQuery, { uuid: slow });
  assert.equal(data.flow.status.state, 'IN_PROGRESS');
  const { last } = await followToEnd(story, slow);
  assert.equal(last.state, 'SUCCESS');
});

test('fails: a flow ends as FAILED, and its documents say why', { timeout }, async (t) => {
  const story = await openStory(t);
  const uuid = await openAndUpload(story, 'fails-1', 'pan.jpg', 'aadhaar.jpg');
  const { last } = await followToEnd(story, uuid);
  assert.equal(last.state, 'FAILED');
  const { data, errors } = await story.ask(
    'query ($uuid: String!) { flow(uuid: $uuid) { documents { state failure { code } } crossChecks { field } } }',
    { uuid },
  );
  assert.equal(errors, undefined);
  const failed = { state: 'FAILED', failure: { code: 'UNRECOGNISED' } };
  assert.deepEqual(data.flow, { documents: [failed, failed], crossChecks: [] });
});

test('token-expires: nobody notices, and no other flow', { timeout }, async (t) => {
  const story = await openStory(t);
  const uuid = await openAndUpload(story, 'token-expires-1', 'pan.jpg');
  const other = await openAndUpload(story, 'application-1', 'pan.jpg');
  const flows = await Promise.all([followToEnd(story, uuid), followToEnd(story, other)]);
  for (const { last, before } of flows) {
    assert.equal(last.state, 'SUCCESS');
    assert.ok([...before, last].every(({ freshness }) => !freshness.stale));
  }
  const refused = story.sandbox.calls.filter(({ status }) => status === 401);
  assert.ok(refused.length > 0);
  assert.ok(refused.every(({ query }) => query.flow_uuid === uuid));
});

test('busy-n: a flow that cannot be asked for is stale, and is followed on', {
  timeout,
}, async (t) => {
  const story = await openStory(t);
  const uuid = await openAndUpload(story, 'busy-999-1', 'pan.jpg');
  const reading = story.follow(uuid);
  for (let isStale = false; !isStale; ) {
    const { value, done } = await reading.next();
    assert.ok(!done && !value.isTerminal);
    isStale = value.freshness.stale;
  }
  const busy = story.sandbox.countCalls('flowStatus');
  await story.sandbox.waitForCall(
    'flowStatus',
    () => story.sandbox.countCalls('flowStatus') > busy,
  );
});

test('busy-n: once Atlas answers again, the flow ends well', { timeout }, async (t) => {
  const story = await openStory(t);
  const uuid = await openAndUpload(story, 'busy-3-1', 'pan.jpg');
  const { last } = await followToEnd(story, uuid);
  assert.deepEqual([last.state, last.freshness.stale], ['SUCCESS', false]);
  assert.deepEqual(await documentStates(story, uuid), { 'pan.jpg': 'EXTRACTED' });
  assert.equal(story.sandbox.calls.filter(({ status }) => status === 503).length, 3);
});

test('busy-n: reads that are shut off leave other flows answered with what is known', {
  timeout,
}, async (t) => {
  const story = await openStory(t, { env: { PII_CACHE_SECONDS: '0' } });
  const [busy, other] = [await story.openFlow('busy-999-a'), await story.openFlow()];
  await story.upload(busy, 'pan.jpg');
  const read =
    'query ($uuid: String!) { flow(uuid: $uuid) { status { state freshness { stale } } } }';
  const before = (await story.ask(read, { uuid: other })).data.flow.status;
  const health = '{ atlasHealth { services { service state } } }';
  const isDown = async () => {
    const { services } = (await story.ask(health)).data.atlasHealth;
    return services.some(({ state }: { state: string }) => state === 'DOWN');
  };
  while (!(await isDown())) await story.ask(read, { uuid: busy });
  const { data, errors } = await story.ask(read, { uuid: other });
  assert.equal(errors, undefined);
  assert.deepEqual(data.flow.status, { ...before, freshness: { stale: true } });
  assert.match(await story.openFlow('another-application'), /^LOS-/);
});

test('upload-busy-n: an upload that was turned away can be sent again', { timeout }, async (t) => {
  const story = await openStory(t);
  const uuid = await story.openFlow('upload-busy-2-1');
  let answer = await story.upload(uuid, 'pan.jpg');
  assert.equal(answer.errors?.[0]?.extensions.code, 'ATLAS_UNAVAILABLE');
  assert.equal(answer.errors?.[0]?.extensions.retryable, true);
  for (let tries = 0; tries < 2 && answer.errors !== undefined; tries += 1) {
    answer = await story.upload(uuid, 'pan.jpg');
  }
  assert.equal(answer.errors, undefined);
  const { last } = await followToEnd(story, uuid);
  assert.equal(last.state, 'SUCCESS');
  assert.deepEqual(await documentStates(story, uuid), { 'pan.jpg': 'EXTRACTED' });
});

test('hang-up: nobody can say whether the upload was done, and it was', { timeout }, async (t) => {
  const story = await openStory(t);
  const uuid = await story.openFlow('hang-up-1');
  const { errors } = await story.upload(uuid, 'pan.jpg', 'aadhaar.jpg');
  assert.deepEqual(
    errors?.map(({ extensions }) => extensions.code),
    ['OUTCOME_UNKNOWN'],
  );
  const { last } = await followToEnd(story, uuid);
  assert.equal(last.state, 'SUCCESS');
  const states = { 'pan.jpg': 'EXTRACTED', 'aadhaar.jpg': 'EXTRACTED' };
  assert.deepEqual(await documentStates(story, uuid), states);
  assert.equal(story.sandbox.countCalls('uploadToFlow'), 1);
});

test('drift: what is new is UNKNOWN or another extraction, and never an error', {
  timeout,
}, async (t) => {
  const story = await openStory(t);
  const uuid = await openAndUpload(story, 'drift-1', 'pan.jpg', 'blurred.jpg', 'aadhaar.jpg');
  const { last, before } = await followToEnd(story, uuid);
  assert.ok(before.some(({ state }) => state === 'UNKNOWN'));
  assert.deepEqual([last.state, last.crossCheck], ['SUCCESS', 'UNKNOWN']);
  const { data, errors } = await story.ask(
    `query ($uuid: String!) {
      flow(uuid: $uuid) {
        documents {
          documentId documentType
          failure { code rawCode }
          extraction { __typename }
        }
        crossChecks { field similarityScore }
      }
    }`,
    { uuid },
  );
  assert.equal(errors, undefined);
  assert.deepEqual(
    new Map(
      data.flow.documents.map(({ documentId, ...document }: Named) => [documentId, document]),
    ),
    new Map([
      [
        'pan.jpg',
        {
          documentType: 'DIGITAL_LAND_RECORD',
          failure: null,
          extraction: { __typename: 'OtherExtraction' },
        },
      ],
      [
        'blurred.jpg',
        { documentType: null, failure: { code: 'OTHER', rawCode: 'TOO_OLD' }, extraction: null },
      ],
      [
        'aadhaar.jpg',
        {
          documentType: 'AADHAAR',
          failure: null,
          extraction: { __typename: 'AadhaarExtraction' },
        },
      ],
    ]),
  );
  assert.equal(data.flow.crossChecks.length, 2);
});

for (const [name, count] of [
  ['callbacks-twice', 2],
  ['callbacks-early', 2],
  ['callbacks-out-of-order', 2],
  ['callbacks-never', 0],
] as const) {
  test(`${name}: a flow has one end, and it is the right one`, { timeout }, async (t) => {
    const story = await openStory(t);
    const uuid = await openAndUpload(story, `${name}-1`, 'pan.jpg');
    const { last } = await followToEnd(story, uuid);
    assert.equal(last.state, 'SUCCESS');
    if (count > 0) {
      assert.equal((await story.sandbox.waitForCallback(uuid, count)).state, 'delivered');
    }
    assert.equal(story.sandbox.callbacks.length, count);
    const { data } = await story.ask(stateQuery, { uuid });
    assert.deepEqual(data.flow.status, { state: 'SUCCESS', version: last.version });
  });
}

test('a story is played again when its name opens another flow', { timeout }, async (t) => {
  const story = await openStory(t);
  for (const n of [1, 2]) {
    const uuid = await openAndUpload(story, 'fails-again', 'pan.jpg');
    assert.equal(uuid, flowUuidFor('fails-again', n));
    const { last } = await followToEnd(story, uuid);
    assert.equal(last.state, 'FAILED');
  }
});

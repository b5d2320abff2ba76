import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AtlasError } from '../../src/atlas/api/errors.ts';
import type { FlowExtracts } from '../../src/atlas/atlas.ts';
import { settle } from '../support/live/fake-clock.ts';
import { acme, flowUuid, openFlowWatch, toExtracts } from '../support/live/open-flow-watch.ts';
import { follow, intervalMs } from '../support/live/open-watch.ts';

const unavailable = (retryAfterMs?: number) =>
  new AtlasError({ endpoint: 'flowExtracts', failure: 'unavailable', retryAfterMs });

function openDetailed() {
  const world = openFlowWatch();
  const reader = follow(world.watch.watch(acme, flowUuid, { isDetailed: true }));
  const landedOf = () => reader.seen.map(({ state }) => state.landed);
  return { ...world, reader, landedOf };
}

test('documents that land are told while the flow runs, good or bad, and pending ones are not', async () => {
  const { clock, atlas, reader, landedOf } = openDetailed();
  await settle();
  for (const [landed, pending] of [
    [0, 3],
    [1, 2],
    [1, 2],
    [3, 0],
  ] as const) {
    Object.assign(atlas, { landed, pending });
    await clock.advance(intervalMs);
  }
  assert.deepEqual(landedOf(), [0, 1, 3]);
  const versions = reader.seen.map(({ version }) => version);
  assert.deepEqual(
    versions,
    versions.toSorted((one, other) => one - other),
  );
  assert.equal(new Set(versions).size, 3);
});

test('fewer documents than before are no news', async () => {
  const { clock, atlas, landedOf } = openDetailed();
  await settle();
  for (const landed of [2, 1, 0, 2]) {
    atlas.landed = landed;
    await clock.advance(intervalMs);
  }
  assert.deepEqual(landedOf(), [0, 2]);
});

test('a query of the status does not make the documents forgotten', async () => {
  const { clock, atlas, watch, reader, landedOf } = openDetailed();
  await settle();
  atlas.landed = 2;
  await clock.advance(intervalMs);
  const status = reader.seen[0]?.state.status;
  assert.ok(status);
  watch.observe(acme, flowUuid, { status, landed: null }, clock.monotonicMs());
  await clock.advance(intervalMs);
  assert.deepEqual(landedOf(), [0, 2]);
});

test('extracts that fail do not hurt the status, and are asked for again', async () => {
  const { clock, atlas, reader, landedOf } = openDetailed();
  await settle();
  atlas.extracts = () => Promise.reject(unavailable());
  await clock.advance(2 * intervalMs);
  assert.equal(reader.seen.at(-1)?.isStale, false);
  assert.equal(reader.ending, null);
  atlas.extracts = null;
  atlas.landed = 1;
  await clock.advance(intervalMs);
  assert.deepEqual(landedOf(), [0, 1]);
  assert.equal(atlas.extractsAsked.length, 4);
});

test('extracts are not asked for before the time Atlas named, while the status is', async () => {
  const { clock, atlas } = openDetailed();
  await settle();
  atlas.extracts = () => Promise.reject(unavailable(30_000));
  await clock.advance(intervalMs);
  await clock.advance(30_000 - 1);
  assert.equal(atlas.extractsAsked.length, 2);
  assert.equal(atlas.statusAsked.length, 7);
  await clock.advance(1);
  assert.equal(atlas.extractsAsked.length, 3);
});

test('extracts that are slow hold the status up by a second at most, and are told when they are there', async () => {
  const { clock, atlas, watch } = openFlowWatch();
  const slow = Promise.withResolvers<FlowExtracts | null>();
  atlas.extracts = () => slow.promise;
  const reader = follow(watch.watch(acme, flowUuid, { isDetailed: true }));
  await clock.advance(999);
  assert.equal(reader.seen.length, 0);
  await clock.advance(1);
  assert.deepEqual(
    reader.seen.map(({ state }) => [state.status.state, state.landed]),
    [['IN_PROGRESS', null]],
  );
  slow.resolve(toExtracts(2));
  atlas.extracts = null;
  atlas.landed = 2;
  await clock.advance(intervalMs);
  assert.equal(reader.seen.at(-1)?.state.landed, 2);
});

test('slow extracts that were overtaken take nothing back', async () => {
  const { clock, atlas, landedOf } = openDetailed();
  await settle();
  const slow = Promise.withResolvers<FlowExtracts | null>();
  atlas.extracts = () => slow.promise;
  await clock.advance(intervalMs + 1_000);
  atlas.extracts = null;
  atlas.landed = 3;
  await clock.advance(intervalMs);
  slow.resolve(toExtracts(1));
  atlas.extracts = () => Promise.reject(unavailable());
  atlas.state = 'UNKNOWN';
  await clock.advance(intervalMs);
  assert.deepEqual(landedOf(), [0, 3, 3]);
});

test('a flow that starts over is counted anew', async () => {
  const { clock, atlas, watch } = openDetailed();
  atlas.landed = 3;
  await clock.advance(intervalMs);
  atlas.state = 'SUCCESS';
  await clock.advance(intervalMs);
  assert.equal(watch.last(acme, flowUuid)?.state.landed, 3);
  watch.reopen(acme, flowUuid);
  Object.assign(atlas, { state: 'IN_PROGRESS', landed: 1 });
  const again = follow(watch.watch(acme, flowUuid, { isDetailed: true }));
  await settle();
  assert.deepEqual(
    again.seen.map(({ state }) => state.landed),
    [1],
  );
});

test('a fault of our own in reading extracts ends the reading', async () => {
  const { clock, atlas, reader } = openDetailed();
  await settle();
  atlas.extracts = () => Promise.reject(new TypeError('a fault of our own'));
  await clock.advance(intervalMs);
  assert.ok(reader.ending instanceof TypeError);
});

test('no timer stays behind extracts that were in time', async () => {
  const { clock, atlas, reader } = openDetailed();
  await clock.advance(intervalMs);
  assert.equal(clock.countTimers(), 1, 'the next look alone');
  atlas.state = 'SUCCESS';
  await clock.advance(intervalMs);
  assert.equal(reader.ending, 'completed');
  assert.equal(clock.countTimers(), 0);
});

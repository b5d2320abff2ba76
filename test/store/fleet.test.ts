import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fleet, PublishedState, Signal, WatchKey } from '../../src/store/fleet.ts';
import { fleets } from '../support/store/fleets.ts';
import { toTenantId } from '../support/tenant-id.ts';

const acme = toTenantId('acme');
const bolt = toTenantId('bolt');

const watchKey: WatchKey = { tenantId: acme, topic: 'flow', key: 'LOS-1' };
const published: PublishedState = {
  version: 7,
  state: '"RUNNING"',
  source: 'POLL',
  observedAt: 1_000,
  isStale: false,
};

/** The next signal that a member hears. A subscription under way is waited for by a signal of its own. */
async function hear(from: Fleet, to: Fleet, act: () => Promise<unknown>): Promise<Signal> {
  const marker: WatchKey = { ...watchKey, key: 'marker' };
  const heard = Promise.withResolvers<Signal>();
  const isSubscribed = Promise.withResolvers<void>();
  const stop = to.listen((signal) => {
    if (signal.watchKey.key === marker.key) isSubscribed.resolve();
    else heard.resolve(signal);
  });
  let isKnown = false;
  void isSubscribed.promise.then(() => {
    isKnown = true;
  });
  while (!isKnown) await from.send({ kind: 'poke', watchKey: marker, source: 'POLL' });
  await act();
  const signal = await heard.promise;
  stop();
  return signal;
}

for (const { name, open } of fleets) {
  test(`${name}: of many who ask for a thing one holds it, and stays it`, async (t) => {
    const members = await open(t, 3);
    const held = await Promise.all(members.map((member) => member.acquireLease(watchKey, false)));
    assert.equal(held.filter(({ isMine }) => isMine).length, 1);
    const again = await Promise.all(members.map((member) => member.acquireLease(watchKey, false)));
    assert.deepEqual(
      again.map(({ isMine }) => isMine),
      held.map(({ isMine }) => isMine),
    );
  });

  test(`${name}: a thing is one for its tenant and its topic`, async (t) => {
    const [one, other] = await open(t, 2);
    assert.ok(one && other);
    assert.equal((await one.acquireLease(watchKey, false)).isMine, true);
    assert.equal((await other.acquireLease({ ...watchKey, tenantId: bolt }, false)).isMine, true);
    assert.equal((await other.acquireLease({ ...watchKey, topic: 'batch' }, false)).isMine, true);
    assert.equal((await other.acquireLease(watchKey, false)).isMine, false);
  });

  test(`${name}: what is let go is another's, and all others are told; only its holder can`, async (t) => {
    const [one, other] = await open(t, 2);
    assert.ok(one && other);
    await one.acquireLease(watchKey, false);
    await other.releaseLease(watchKey);
    assert.equal((await other.acquireLease(watchKey, false)).isMine, false);
    assert.deepEqual(await hear(one, other, () => one.releaseLease(watchKey)), {
      kind: 'released',
      watchKey,
    });
    assert.equal((await other.acquireLease(watchKey, false)).isMine, true);
  });

  test(`${name}: who is closed holds nothing`, async (t) => {
    const [one, other] = await open(t, 2);
    assert.ok(one && other);
    await one.acquireLease(watchKey, false);
    await one.close();
    assert.equal((await other.acquireLease(watchKey, false)).isMine, true);
  });

  test(`${name}: what is told reaches the others, and who comes later`, async (t) => {
    const [one, other] = await open(t, 2);
    assert.ok(one && other);
    const signal = await hear(one, other, async () => {
      assert.equal(await one.publish(watchKey, published), null);
    });
    assert.deepEqual(signal, { kind: 'published', watchKey, published });
    assert.deepEqual((await other.acquireLease(watchKey, false)).published, published);
    assert.equal(
      (await other.acquireLease({ ...watchKey, tenantId: bolt }, false)).published,
      null,
    );
  });

  test(`${name}: no version is told twice with two states, and none goes backwards`, async (t) => {
    const [one, other] = await open(t, 2);
    assert.ok(one && other);
    await one.publish(watchKey, published);
    assert.deepEqual(await other.publish(watchKey, { ...published, state: '"OTHER"' }), published);
    assert.deepEqual(await other.publish(watchKey, { ...published, version: 6 }), published);
    assert.equal(await other.publish(watchKey, { ...published, isStale: true }), null);
    assert.equal(
      await other.publish(watchKey, { ...published, version: 8, state: '"OTHER"' }),
      null,
    );
    assert.equal((await one.acquireLease(watchKey, false)).published?.version, 8);
  });

  test(`${name}: details that one wants are told to who holds the thing, once`, async (t) => {
    const [one, other] = await open(t, 2);
    assert.ok(one && other);
    assert.equal((await one.acquireLease(watchKey, false)).isDetailed, false);
    const signal = await hear(other, one, () => other.acquireLease(watchKey, true));
    assert.deepEqual(signal, { kind: 'details-requested', watchKey });
    assert.equal((await one.acquireLease(watchKey, false)).isDetailed, true);
    const next = await hear(other, one, async () => {
      await other.acquireLease(watchKey, true);
      await other.send({ kind: 'poke-all', watchKey });
    });
    assert.equal(next.kind, 'poke-all');
  });

  test(`${name}: that a thing was reopened is told, and known to who holds it later`, async (t) => {
    const [one, other, third] = await open(t, 3);
    assert.ok(one && other && third);
    const before = Date.now();
    const signal = await hear(one, other, () => one.send({ kind: 'reopened', watchKey }));
    assert.deepEqual(signal, { kind: 'reopened', watchKey });
    assert.ok((await third.acquireLease(watchKey, false)).reopenedAt >= before);
  });

  test(`${name}: nobody hears what it said itself, nor after it stopped listening`, async (t) => {
    const [one, other] = await open(t, 2);
    assert.ok(one && other);
    const heard: Signal[] = [];
    one.listen((signal) => heard.push(signal));
    const stop = other.listen((signal) => heard.push(signal));
    stop();
    await hear(one, other, () => one.send({ kind: 'poke', watchKey, source: 'CALLBACK' }));
    assert.deepEqual(heard, []);
  });

  test(`${name}: a token is for its tenant and family, and one at a time has its turn`, async (t) => {
    const [one, other] = await open(t, 2);
    assert.ok(one && other);
    const token = { tenantId: acme, family: 'verification' };
    const shelved = { value: 'v', issuedFor: 'c', issuedAt: Date.now(), expiresAt: 9e12 };
    const turns = await Promise.all([one, other].map(({ tokens }) => tokens.lock(token, 60_000)));
    assert.equal(turns.filter(Boolean).length, 1);
    const [mine, theirs] = turns[0] ? [one, other] : [other, one];
    await theirs.tokens.unlock(token);
    assert.equal(await theirs.tokens.lock(token, 60_000), false);
    await mine.tokens.put(token, { ...shelved, expiresAt: shelved.issuedAt + 60_000 });
    await mine.tokens.unlock(token);
    assert.equal((await theirs.tokens.find(token))?.value, 'v');
    assert.equal(await theirs.tokens.find({ ...token, tenantId: bolt }), null);
    assert.equal(await theirs.tokens.find({ ...token, family: 'bulk' }), null);
    assert.equal(await theirs.tokens.lock(token, 60_000), true);
  });
}

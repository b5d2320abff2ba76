import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRounds } from '../../../src/server/streaming/rounds.ts';
import { createFakeClock } from '../../support/live/fake-clock.ts';

const periodMs = 12_000;

/** Rounds over members by their names, and who was visited when. */
function openRounds() {
  const clock = createFakeClock();
  const beganAt = clock.now();
  const visits: [name: string, atMs: number][] = [];
  const rounds = startRounds<string>(clock, periodMs, (name) => {
    visits.push([name, clock.now() - beganAt]);
  });
  return { clock, rounds, visits };
}

test('each member is visited once a period, whenever it came', async () => {
  const { clock, rounds, visits } = openRounds();
  for (let count = 0; count < 30; count += 1) {
    rounds.add(`member ${count}`);
    await clock.advance(700);
  }
  await clock.advance(periodMs);
  visits.length = 0;
  await clock.advance(3 * periodMs);
  assert.equal(visits.length, 90);
  for (let count = 0; count < 30; count += 1) {
    const own = visits.filter(([name]) => name === `member ${count}`).map(([, atMs]) => atMs);
    const [first = 0, second = 0, third = 0] = own;
    assert.deepEqual([second - first, third - second], [periodMs, periodMs]);
  }
});

test('the first visit comes within a period', async () => {
  const { clock, rounds, visits } = openRounds();
  await clock.advance(5_500);
  for (let count = 0; count < 24; count += 1) rounds.add(`member ${count}`);
  await clock.advance(periodMs);
  assert.equal(new Set(visits.map(([name]) => name)).size, 24);
});

test('no turn has more than a twelfth of those who came, though all came at once', async () => {
  const { clock, rounds, visits } = openRounds();
  for (let count = 0; count < 1_200; count += 1) rounds.add(`member ${count}`);
  for (let turn = 1; turn <= 12; turn += 1) {
    await clock.advance(1_000);
    assert.equal(visits.length, 100 * turn);
  }
});

test('a removed member is not visited, and its place is the next one taken', async () => {
  const { clock, rounds, visits } = openRounds();
  for (let count = 0; count < 12; count += 1) rounds.add(`member ${count}`);
  rounds.delete('member 3');
  rounds.delete('nobody');
  assert.equal(rounds.count(), 11);
  rounds.add('newcomer');
  await clock.advance(periodMs);
  const names = visits.map(([name]) => name);
  assert.equal(names[3], 'newcomer');
  assert.equal(names.length, 12);
  assert.deepEqual([...rounds].toSorted(), names.toSorted());
});

test('a member that leaves at its own visit, or at another, keeps nobody from theirs', async () => {
  const clock = createFakeClock();
  const visited: string[] = [];
  const rounds = startRounds<string>(clock, periodMs, (name) => {
    visited.push(name);
    rounds.delete(name);
    rounds.delete('member 13');
  });
  for (let count = 0; count < 36; count += 1) rounds.add(`member ${count}`);
  await clock.advance(2 * periodMs);
  assert.equal(visited.length, 35);
  assert.equal(rounds.count(), 0);
});

test('rounds that are stopped visit nobody and leave nothing to time', async () => {
  const { clock, rounds, visits } = openRounds();
  rounds.add('member');
  rounds.stop();
  await clock.advance(periodMs);
  assert.deepEqual(visits, []);
  assert.equal(clock.countTimers(), 0);
});

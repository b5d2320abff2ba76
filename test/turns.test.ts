import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createTurns } from '../src/turns.ts';

/** Turns by a clock that goes on only when work is done. */
function openTurns() {
  let atMs = 0;
  const turns = createTurns({ sliceMs: 20, now: () => atMs });
  const begun: string[] = [];
  let turn = 0;
  let isCounting = true;
  async function count(): Promise<void> {
    for (; isCounting; turn += 1) await nextTurn();
  }
  const counting = count();
  return {
    turns,
    begun,
    /** A piece of work, noted with the turn of the loop in which it was begun. */
    async work(owner: object, name: string, takesMs: number): Promise<void> {
      await turns.next(owner);
      begun.push(`${name} in turn ${turn}`);
      // Work that follows from promises belongs to the same piece.
      for (let step = 0; step < 5; step += 1) {
        await null;
        atMs += takesMs / 5;
      }
    },
    takeTime(ms: number) {
      atMs += ms;
    },
    async end() {
      isCounting = false;
      await counting;
    },
  };
}

test('work goes on in the same turn until that has lasted for a slice', async () => {
  const { turns, begun, work, end } = openTurns();
  assert.equal(turns.isLong(), false);
  const owner = {};
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => work(owner, name, 11)));
  await end();
  const turnOf = begun.map((each) => Number(each.split(' ').at(-1)));
  assert.deepEqual(
    begun.map((each) => each[0]),
    ['a', 'b', 'c', 'd', 'e'],
  );
  const [a, b, c, d, e] = turnOf;
  assert.deepEqual([a === b, b === c, c === d, d === e], [true, false, true, false], begun.join());
});

test('a turn is long once it has lasted for a slice, and the next is not', async () => {
  const { turns, takeTime, end } = openTurns();
  await end();
  assert.equal(turns.isLong(), false);
  takeTime(21);
  assert.equal(turns.isLong(), true);
  await nextTurn();
  assert.equal(turns.isLong(), false);
});

test('owners take turns, so that short work does not wait for all of the long', async () => {
  const { begun, work, end } = openTurns();
  const [long, short] = [{}, {}];
  const all = Array.from({ length: 50 }, () => work(long, 'long', 30));
  all.push(work(short, 'short', 1));
  await Promise.all(all);
  await end();
  const place = begun.findIndex((each) => each.startsWith('short'));
  assert.ok(place <= 2, `${place} pieces of the other came before`);
});

test('timers and sockets have their turn between pieces of work', async () => {
  const turns = createTurns({ sliceMs: 1 });
  const owner = {};
  let done = 0;
  let seen = -1;
  const pieces = Array.from({ length: 100 }, async () => {
    await turns.next(owner);
    const until = performance.now() + 2;
    while (performance.now() < until);
    done += 1;
  });
  setTimeout(() => {
    seen = done;
  }, 1);
  await Promise.all(pieces);
  assert.ok(seen >= 0 && seen < 50, `a timer ran after ${seen} of 100 pieces`);
});

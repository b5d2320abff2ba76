import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toPower } from '../../bench/http/growth.ts';
import { toPlot } from '../../bench/plot.ts';

const sizes = [1, 10, 100];

function toGrown(cost: (size: number) => number) {
  return sizes.map((size) => ({ size, busyMs: cost(size), heldMiB: 100 }));
}

test('cost in proportion grows with the first power, cost of pairs with the second', () => {
  assert.equal(toPower(toGrown((size) => 3 * size)).toFixed(2), '1.00');
  assert.equal(toPower(toGrown((size) => size ** 2)).toFixed(2), '2.00');
  assert.equal(toPower(toGrown(() => 7)).toFixed(2), '0.00');
});

test('only the last tenfold counts, where what is the same for all sizes weighs least', () => {
  const grown = toGrown((size) => (size === 1 ? 1_000 : size ** 2));
  assert.equal(toPower(grown).toFixed(2), '2.00');
});

test('a cost in proportion lies on the dashed line of its drawing', () => {
  const points = sizes.map((size) => ({ size, figure: 2 * size }));
  const plot = toPlot([{ title: 'Cost', unit: 'ms', kind: 'cost', points }]);
  const [dashed, drawn] = [...plot.matchAll(/<polyline points="([^"]+)"/g)].map(([, line = '']) =>
    line.split(' '),
  );
  assert.equal(drawn?.length, sizes.length);
  assert.deepEqual(dashed, [drawn?.at(0), drawn?.at(-1)]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SmallSet } from '../../../src/atlas/deadline/small-set.ts';

const people = ['one', 'two', 'three', 'four'].map((name) => ({ name }));
const step = fc.record({
  act: fc.constantFrom('add', 'delete', 'take'),
  who: fc.constantFrom(...people),
});

test('a few are a set, from which who came first is taken first', () => {
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const few = new SmallSet<{ name: string }>();
      const set = new Set<{ name: string }>();
      for (const { act, who } of steps) {
        if (act === 'add') {
          few.add(who);
          set.add(who);
        } else if (act === 'delete') {
          assert.equal(few.delete(who), set.delete(who));
        } else {
          const [first] = set;
          if (first) set.delete(first);
          assert.equal(few.take(), first);
        }
        const left: { name: string }[] = [];
        few.forEach((each) => void left.push(each));
        assert.deepEqual(left, [...set]);
        assert.equal(few.isEmpty, set.size === 0);
      }
    }),
  );
});

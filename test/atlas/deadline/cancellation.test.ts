import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancellation } from '../../../src/atlas/deadline/cancellation.ts';

function openCancellation() {
  const told: string[] = [];
  const toAct = (name: string) => () => void told.push(name);
  return { cancellation: new Cancellation(), told, toAct };
}

test('all who listen are told, once', () => {
  const { cancellation, told, toAct } = openCancellation();
  cancellation.onCancel(toAct('one'));
  cancellation.onCancel(toAct('other'));
  assert.equal(cancellation.isCancelled, false);
  cancellation.cancel();
  cancellation.cancel();
  assert.equal(cancellation.isCancelled, true);
  assert.deepEqual(told, ['one', 'other']);
});

test('a listener that is added after the cancellation is called at once', () => {
  const { cancellation, told, toAct } = openCancellation();
  cancellation.cancel();
  cancellation.onCancel(toAct('late'));
  assert.deepEqual(told, ['late']);
});

test('a removed listener is not called, even if another listener removed it', () => {
  const { cancellation, told, toAct } = openCancellation();
  const [one, other] = [toAct('one'), toAct('other')];
  cancellation.onCancel(one);
  cancellation.offCancel(one);
  cancellation.onCancel(() => cancellation.offCancel(other));
  cancellation.onCancel(other);
  cancellation.cancel();
  assert.deepEqual(told, []);
});

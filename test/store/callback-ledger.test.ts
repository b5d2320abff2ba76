import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCallbackLedger } from '../../src/store/callback-ledger.ts';

test('a call after its reference was bound names the flow', () => {
  const ledger = createCallbackLedger();
  assert.equal(ledger.bind('acme', 'ref-1', 'LOS-1'), false);
  assert.equal(ledger.called('acme', 'ref-1'), 'LOS-1');
  assert.equal(ledger.called('acme', 'ref-1'), 'LOS-1');
});

test('a call that comes before its reference is bound is told of once, at the binding', () => {
  const ledger = createCallbackLedger();
  assert.equal(ledger.called('acme', 'ref-1'), undefined);
  assert.equal(ledger.bind('acme', 'ref-1', 'LOS-1'), true);
  assert.equal(ledger.bind('acme', 'ref-1', 'LOS-1'), false);
  assert.equal(ledger.called('acme', 'ref-1'), 'LOS-1');
});

test('a reference of one tenant is none of another', () => {
  const ledger = createCallbackLedger();
  ledger.bind('acme', 'ref-1', 'LOS-1');
  assert.equal(ledger.called('bolt', 'ref-1'), undefined);
  assert.equal(ledger.bind('acme', 'ref-1', 'LOS-1'), false);
  assert.equal(ledger.bind('bolt', 'ref-1', 'LOS-2'), true);
  assert.equal(ledger.called('acme', 'ref-1'), 'LOS-1');
});

test('every call counts, for its tenant and for all', () => {
  const ledger = createCallbackLedger();
  for (const tenant of ['acme', 'acme', 'bolt']) ledger.called(tenant, 'ref-1');
  assert.equal(ledger.countReceived('acme'), 2);
  assert.equal(ledger.countReceived('bolt'), 1);
  assert.equal(ledger.countReceived('other'), 0);
  assert.equal(ledger.countReceived(), 3);
});

test('the oldest references are forgotten once there are too many', () => {
  const ledger = createCallbackLedger({ max: 2 });
  for (const place of [1, 2, 3]) ledger.bind('acme', `ref-${place}`, `LOS-${place}`);
  assert.equal(ledger.called('acme', 'ref-1'), undefined);
  assert.equal(ledger.called('acme', 'ref-3'), 'LOS-3');
});

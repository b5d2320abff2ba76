import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCallbackLedger } from '../../src/store/callback-ledger.ts';

test('a flow that Atlas called for has been called', () => {
  const ledger = createCallbackLedger();
  ledger.bind('acme', 'reference', 'LOS-1');
  assert.equal(ledger.hasCalled('acme', 'LOS-1'), false);
  ledger.called('acme', 'reference');
  assert.equal(ledger.hasCalled('acme', 'LOS-1'), true);
});

test('a flow that Atlas called for before it was known has been called', () => {
  const ledger = createCallbackLedger();
  ledger.called('acme', 'reference');
  ledger.bind('acme', 'reference', 'LOS-1');
  assert.equal(ledger.hasCalled('acme', 'LOS-1'), true);
});

test('a call for one flow is none for another flow, nor for another tenant', () => {
  const ledger = createCallbackLedger();
  ledger.bind('acme', 'reference-1', 'LOS-1');
  ledger.bind('acme', 'reference-2', 'LOS-2');
  ledger.called('acme', 'reference-1');
  ledger.called('globex', 'reference-2');
  assert.equal(ledger.hasCalled('acme', 'LOS-2'), false);
  assert.equal(ledger.hasCalled('globex', 'LOS-1'), false);
});

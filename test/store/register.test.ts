import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryRegister } from '../../src/store/register.ts';

const application = { applicationId: 'app-0001', productType: 'SAMPLE', isCalledBack: true };

test('what a flow was opened and fed with is known', () => {
  const register = createMemoryRegister();
  register.recordFlow('acme', 'LOS-1', application);
  register.recordUpload('acme', 'LOS-1', { documentIds: ['doc-1', 'doc-2'], at: 1000 });
  register.recordUpload('acme', 'LOS-1', {
    documentIds: ['doc-2', 'doc-3'],
    at: 2000,
    receipts: new Map([['doc-3', { fileUuid: 'file-3', batchId: 'BATCH-3' }]]),
  });
  assert.deepEqual(register.flow('acme', 'LOS-1'), {
    ...application,
    submittedDocumentIds: ['doc-1', 'doc-2', 'doc-3'],
    receipts: new Map([['doc-3', { fileUuid: 'file-3', batchId: 'BATCH-3' }]]),
    uploadedAt: 2000,
  });
});

test('of a flow that was opened elsewhere its documents alone are known', () => {
  const register = createMemoryRegister();
  register.recordUpload('acme', 'LOS-1', { documentIds: ['doc-1'], at: 1000 });
  assert.deepEqual(register.flow('acme', 'LOS-1'), {
    submittedDocumentIds: ['doc-1'],
    receipts: new Map(),
    uploadedAt: 1000,
  });
  register.recordFlow('acme', 'LOS-1', application);
  assert.deepEqual(register.flow('acme', 'LOS-1')?.submittedDocumentIds, ['doc-1']);
});

test('of what was never recorded nothing is known', () => {
  const register = createMemoryRegister();
  assert.equal(register.flow('acme', 'LOS-1'), undefined);
  assert.equal(register.batch('acme', 'BULK B-1'), undefined);
});

test('two tenants never see what the other recorded, be the ids the same', () => {
  const register = createMemoryRegister();
  register.recordFlow('acme', 'LOS-1', application);
  register.recordUpload('acme', 'LOS-1', { documentIds: ['doc-1'], at: 1000 });
  register.recordBatch('acme', 'BULK B-1', { submittedDocumentIds: ['a-1'] });
  assert.equal(register.flow('bolt', 'LOS-1'), undefined);
  assert.equal(register.batch('bolt', 'BULK B-1'), undefined);

  register.recordFlow('bolt', 'LOS-1', { ...application, applicationId: 'app-9999' });
  register.recordUpload('bolt', 'LOS-1', { documentIds: ['doc-9'], at: 1000 });
  register.recordBatch('bolt', 'BULK B-1', { submittedDocumentIds: ['b-1'] });
  assert.equal(register.flow('acme', 'LOS-1')?.applicationId, 'app-0001');
  assert.deepEqual(register.flow('acme', 'LOS-1')?.submittedDocumentIds, ['doc-1']);
  assert.deepEqual(register.flow('bolt', 'LOS-1')?.submittedDocumentIds, ['doc-9']);
  assert.deepEqual(register.batch('acme', 'BULK B-1')?.submittedDocumentIds, ['a-1']);
});

test('no tenant and id together read as another pair', () => {
  const register = createMemoryRegister();
  register.recordFlow('acme', 'x:LOS-1', application);
  for (const [tenantId, uuid] of [
    ['acme:x', 'LOS-1'],
    ['acme x', 'LOS-1'],
    ['acmex', ':LOS-1'],
    ['', 'acme\nx:LOS-1'],
  ] as const) {
    assert.equal(register.flow(tenantId, uuid), undefined);
  }
});

test('a flow and a batch of one name are two things', () => {
  const register = createMemoryRegister();
  register.recordFlow('acme', 'same', application);
  assert.equal(register.batch('acme', 'same'), undefined);
});

test('the oldest are forgotten once there are too many', () => {
  const register = createMemoryRegister({ max: 2 });
  for (const uuid of ['LOS-1', 'LOS-2', 'LOS-3']) register.recordFlow('acme', uuid, application);
  assert.equal(register.flow('acme', 'LOS-1'), undefined);
  assert.ok(register.flow('acme', 'LOS-2'));
  assert.ok(register.flow('acme', 'LOS-3'));
});

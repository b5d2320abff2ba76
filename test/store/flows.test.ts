import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mostFlowEvents } from '../../src/store/event-log.ts';
import { adapters, timelineOf, toOpening, toWords } from '../support/store/adapters.ts';
import { toTenantId } from '../support/tenant-id.ts';

const acme = toTenantId('acme');
const bolt = toTenantId('bolt');

for (const { name, open } of adapters) {
  test(`${name}: what a flow was opened and fed with is known`, async (t) => {
    const { flows } = await open(t);
    assert.equal(await flows.open(acme, toOpening('LOS-1', { at: 500 })), false);
    await flows.upload(acme, 'LOS-1', { documentIds: ['doc-2', 'doc-1'], at: 1_000 });
    const receipts = new Map([['doc-3', { fileUuid: 'file-3', batchId: undefined }]]);
    await flows.upload(acme, 'LOS-1', { documentIds: ['doc-1', 'doc-3'], at: 2_000, receipts });
    assert.deepEqual(await flows.find(acme, 'LOS-1'), {
      uuid: 'LOS-1',
      applicationId: 'application of LOS-1',
      productType: 'SAMPLE',
      isCalledBack: true,
      createdAt: 500,
      uploadedAt: 2_000,
      state: 'NOT_STARTED',
      last: null,
      submittedDocumentIds: ['doc-2', 'doc-1', 'doc-3'],
      receipts,
      earlierReceipts: new Map([['doc-1', [{ fileUuid: undefined, batchId: undefined }]]]),
    });
  });

  test(`${name}: a document that is sent again keeps its place, and each attempt its receipt`, async (t) => {
    const { flows } = await open(t);
    const sent = (fileUuid: string | undefined, batchId: string | undefined) =>
      new Map([['doc-1', { fileUuid, batchId }]]);
    const documentIds = ['doc-1'];
    await flows.upload(acme, 'LOS-1', { documentIds, at: 1, receipts: sent('file-1', 'B-1') });
    await flows.upload(acme, 'LOS-1', { documentIds: ['doc-2'], at: 2 });
    await flows.upload(acme, 'LOS-1', {
      documentIds,
      at: 3,
      receipts: sent('file-2', undefined),
    });
    const found = await flows.find(acme, 'LOS-1');
    assert.deepEqual(found?.submittedDocumentIds, ['doc-1', 'doc-2']);
    assert.deepEqual(found?.receipts, sent('file-2', undefined));
    assert.deepEqual(
      found?.earlierReceipts,
      new Map([['doc-1', [{ fileUuid: 'file-1', batchId: 'B-1' }]]]),
    );
    await flows.upload(acme, 'LOS-1', { documentIds, at: 4 });
    const later = await flows.find(acme, 'LOS-1');
    assert.deepEqual(later?.receipts, new Map());
    assert.deepEqual(
      later?.earlierReceipts.get('doc-1')?.map(({ fileUuid }) => fileUuid),
      ['file-1', 'file-2'],
    );
  });

  test(`${name}: of a flow that was opened elsewhere its documents alone are known`, async (t) => {
    const { flows } = await open(t);
    await flows.upload(acme, 'LOS-1', { documentIds: ['doc-1'], at: 1_000 });
    const found = await flows.find(acme, 'LOS-1');
    assert.equal(found?.applicationId, null);
    assert.equal(found?.isCalledBack, false);
    assert.equal(found?.state, 'UNKNOWN');
    await flows.open(acme, toOpening('LOS-1', { at: 2_000 }));
    const opened = await flows.find(acme, 'LOS-1');
    assert.equal(opened?.applicationId, 'application of LOS-1');
    assert.equal(opened?.createdAt, 1_000);
    assert.deepEqual(opened?.submittedDocumentIds, ['doc-1']);
  });

  test(`${name}: of what was never written down nothing is known`, async (t) => {
    const store = await open(t);
    const { flows, batches } = store;
    assert.equal(await flows.find(acme, 'LOS-1'), null);
    assert.equal(await timelineOf(store, acme, 'LOS-1', { first: 1, after: 0 }), null);
    assert.equal(await batches.find(acme, 'BULK:B-1'), null);
  });

  test(`${name}: two tenants never see what the other wrote, be the ids the same`, async (t) => {
    const { flows, batches } = await open(t);
    await flows.open(acme, toOpening('LOS-1', { applicationId: 'a' }));
    await flows.upload(acme, 'LOS-1', { documentIds: ['doc-a'], at: 1 });
    await batches.submit(acme, 'BULK:B-1', { submittedDocumentIds: ['a'], at: 1 });
    assert.equal(await flows.find(bolt, 'LOS-1'), null);
    assert.equal(await batches.find(bolt, 'BULK:B-1'), null);
    await flows.recordFailure(bolt, 'LOS-1', { at: 2, failure: 'ATLAS_UNAVAILABLE' });
    await flows.recordStatus(bolt, 'LOS-1', {
      status: toWords('FAILED'),
      version: 9,
      at: 2,
      source: 'POLL',
      hasEnded: false,
    });
    assert.equal((await flows.find(acme, 'LOS-1'))?.state, 'NOT_STARTED');

    await flows.open(bolt, toOpening('LOS-1', { applicationId: 'b' }));
    await batches.submit(bolt, 'BULK:B-1', { submittedDocumentIds: ['b'], at: 1 });
    assert.equal((await flows.find(acme, 'LOS-1'))?.applicationId, 'a');
    assert.deepEqual((await flows.find(bolt, 'LOS-1'))?.submittedDocumentIds, []);
    assert.deepEqual(await batches.find(acme, 'BULK:B-1'), { submittedDocumentIds: ['a'] });
    assert.deepEqual(await batches.find(bolt, 'BULK:B-1'), { submittedDocumentIds: ['b'] });
    const { entries } = await flows.page(bolt, { first: 10 });
    assert.deepEqual(
      entries.map(({ applicationId }) => applicationId),
      ['b'],
    );
  });

  test(`${name}: no tenant and id together read as another pair`, async (t) => {
    const { flows } = await open(t);
    await flows.open(acme, toOpening('x:LOS-1'));
    for (const [tenantId, uuid] of [
      ['acme:x', 'LOS-1'],
      ['acme x', 'LOS-1'],
      ['acmex', ':LOS-1'],
      ['', 'acme:x:LOS-1'],
    ] as const) {
      assert.equal(await flows.find(toTenantId(tenantId), uuid), null);
    }
  });

  test(`${name}: the last status seen is known, and an older one does not take its place`, async (t) => {
    const store = await open(t);
    const { flows } = store;
    await flows.open(acme, toOpening('LOS-1'));
    const last = { status: toWords('IN_PROGRESS'), version: 7, at: 2_000 };
    await flows.recordStatus(acme, 'LOS-1', { ...last, source: 'CALLBACK', hasEnded: false });
    for (const version of [6, 7]) {
      const status = toWords('NOT_STARTED');
      await flows.recordStatus(acme, 'LOS-1', {
        status,
        version,
        at: 3_000,
        source: 'POLL',
        hasEnded: false,
      });
    }
    const found = await flows.find(acme, 'LOS-1');
    assert.deepEqual(found?.last, last);
    assert.equal(found?.state, 'IN_PROGRESS');
    const events = await timelineOf(store, acme, 'LOS-1', { first: 10, after: 1 });
    assert.deepEqual(events, {
      entries: [
        {
          number: 2,
          kind: 'CHANGED',
          at: 2_000,
          source: 'CALLBACK',
          status: toWords('IN_PROGRESS'),
        },
      ],
      hasNext: false,
    });
  });

  test(`${name}: a flow's events come in order, a page at a time`, async (t) => {
    const store = await open(t);
    const { flows, callbacks } = store;
    await flows.open(acme, toOpening('LOS-1', { at: 1 }));
    await flows.upload(acme, 'LOS-1', { documentIds: ['doc-1', 'doc-2'], at: 2 });
    await callbacks.call(acme, 'reference of LOS-1', 3);
    await flows.recordFailure(acme, 'LOS-1', { at: 4, failure: 'OUTCOME_UNKNOWN' });
    await flows.recordFailure(acme, 'LOS-1', { at: 5, failure: 'ATLAS_UNAVAILABLE' });
    await flows.recordFailure(acme, 'LOS-2', { at: 6, failure: 'ATLAS_UNAVAILABLE' });
    const first = await timelineOf(store, acme, 'LOS-1', { first: 2, after: 0 });
    assert.deepEqual(first, {
      entries: [
        { number: 1, kind: 'CREATED', at: 1 },
        { number: 2, kind: 'UPLOADED', at: 2, documentIds: ['doc-1', 'doc-2'] },
      ],
      hasNext: true,
    });
    const rest = await timelineOf(store, acme, 'LOS-1', { first: 3, after: 2 });
    assert.deepEqual(rest, {
      entries: [
        { number: 3, kind: 'CALLED_BACK', at: 3 },
        { number: 4, kind: 'FAILED', at: 4, failure: 'OUTCOME_UNKNOWN' },
        { number: 5, kind: 'FAILED', at: 5, failure: 'ATLAS_UNAVAILABLE' },
      ],
      hasNext: false,
    });
    assert.equal(await flows.find(acme, 'LOS-2'), null);
  });

  test(`${name}: a flow keeps its first thousand events, and works on`, async (t) => {
    const store = await open(t);
    const { flows } = store;
    await flows.open(acme, toOpening('LOS-1'));
    for (let at = 1; at <= mostFlowEvents + 5; at += 1) {
      await flows.recordFailure(acme, 'LOS-1', { at, failure: 'ATLAS_UNAVAILABLE' });
    }
    const after = mostFlowEvents;
    const events = await timelineOf(store, acme, 'LOS-1', { first: 10, after });
    assert.deepEqual(events, {
      entries: [
        {
          number: mostFlowEvents + 1,
          kind: 'FAILED',
          at: mostFlowEvents,
          failure: 'ATLAS_UNAVAILABLE',
        },
      ],
      hasNext: false,
    });
    await flows.upload(acme, 'LOS-1', { documentIds: ['doc-1'], at: 9_000 });
    assert.deepEqual((await flows.find(acme, 'LOS-1'))?.submittedDocumentIds, ['doc-1']);
  });
}

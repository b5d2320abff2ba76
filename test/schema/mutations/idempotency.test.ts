import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { EndpointName } from '../../../src/atlas/api/endpoints.ts';
import { startSandbox } from '../../../src/sandbox/start-sandbox.ts';
import { createFakeClock } from '../../support/live/fake-clock.ts';
import { type OpenGateway, openGateway } from '../../support/open-gateway.ts';
import { createHandClock } from '../../support/sandbox/hand-clock.ts';
import { openStillGateway } from '../../support/schema/still-gateway.ts';
import { makeDirectory } from '../../support/store/adapters.ts';

const files = [{ documentId: 'pan', url: 'https://files.example/pan.jpg?X-Sig=secret' }];
type Input = Readonly<Record<string, unknown>>;

/** Each mutation: what it is given besides a key, what it answers, and the call that it makes. */
const mutations: Readonly<
  Record<string, { endpoint: EndpointName; selection: string; toInput: (uuid: string) => Input }>
> = {
  createFlow: {
    endpoint: 'initFlow',
    selection: 'flow { uuid }',
    toInput: () => ({
      applicationId: 'application-7',
      flowParams: { b: 1, a: { d: [1], c: null } },
    }),
  },
  uploadDocuments: {
    endpoint: 'uploadToFlow',
    selection: 'flow { uuid } documents { documentId fileUuid batchId state }',
    toInput: (flowUuid) => ({ flowUuid, files }),
  },
  createBatch: {
    endpoint: 'uploadBulk',
    selection: 'batch { batchId }',
    toInput: () => ({ files }),
  },
};

function mutate({ ask }: Pick<OpenGateway, 'ask'>, field: string, input: Input) {
  const type = `${field[0]?.toUpperCase()}${field.slice(1)}Input`;
  const selection = `${mutations[field]?.selection} userErrors { code path message }`;
  return ask(`mutation ($input: ${type}!) { result: ${field}(input: $input) { ${selection} } }`, {
    input,
  });
}

/** A world in which a flow is open, and what a mutation is to be given. */
async function openWorld(t: TestContext, field: string) {
  const gateway = await openStillGateway(t);
  const uuid = await gateway.openFlow();
  gateway.sandbox.clearCalls();
  const { endpoint, toInput } = mutations[field] ?? {};
  assert.ok(endpoint && toInput);
  const count = () => gateway.sandbox.countCalls(endpoint);
  return { gateway, endpoint, input: { ...toInput(uuid), idempotencyKey: 'key-1' }, count };
}

for (const field of Object.keys(mutations)) {
  test(`${field} under a key is done once, and repeated with the first answer`, async (t) => {
    const { gateway, input, count } = await openWorld(t, field);
    const first = await mutate(gateway, field, input);
    assert.equal(first.errors, undefined);
    assert.deepEqual(first.data.result.userErrors, []);
    // The order of members, and what is null, make no other input.
    const same = Object.fromEntries(Object.entries({ ...input, productType: null }).reverse());
    for (const each of [input, field === 'uploadDocuments' ? input : same]) {
      assert.deepEqual((await mutate(gateway, field, each)).data, first.data);
    }
    assert.equal(count(), 1);
    const { data } = await mutate(gateway, field, { ...input, idempotencyKey: 'key-2' });
    assert.deepEqual(data.result.userErrors, []);
    assert.equal(count(), 2);
  });

  test(`${field} under a key that was used for another input is refused`, async (t) => {
    const { gateway, input, count } = await openWorld(t, field);
    await mutate(gateway, field, input);
    const other =
      field === 'createFlow'
        ? { ...input, flowParams: {} }
        : { ...input, files: [{ documentId: 'pan', url: 'https://files.example/other.jpg' }] };
    const { data, errors } = await mutate(gateway, field, other);
    assert.equal(errors, undefined);
    const [{ message, ...error }] = data.result.userErrors;
    assert.deepEqual(error, { code: 'IDEMPOTENCY_KEY_REUSED', path: ['input', 'idempotencyKey'] });
    assert.doesNotMatch(message, /secret|files\.example/);
    assert.equal(count(), 1);
  });

  test(`${field} that comes twice at once is done once`, async (t) => {
    const { gateway, input, count } = await openWorld(t, field);
    const answers = await Promise.all([1, 2, 3].map(() => mutate(gateway, field, input)));
    assert.equal(count(), 1);
    for (const { data } of answers) assert.deepEqual(data, answers[0]?.data);
  });

  test(`${field} that did nothing can be repeated under its key`, async (t) => {
    const { gateway, endpoint, input, count } = await openWorld(t, field);
    gateway.sandbox.fault(endpoint, { status: 503 });
    const failed = await mutate(gateway, field, input);
    assert.equal(failed.errors?.[0]?.extensions.code, 'ATLAS_UNAVAILABLE');
    const { data } = await mutate(gateway, field, input);
    assert.deepEqual(data.result.userErrors, []);
    assert.equal(count(), 2);
  });

  test(`${field} whose answer is lost says what to do, and asks once under its key`, async (t) => {
    const { gateway, endpoint, input, count } = await openWorld(t, field);
    // Atlas did not get it, which nobody can know.
    gateway.sandbox.fault(endpoint, { hangUp: 'before' });
    for (let times = 0; times < 3; times += 1) {
      const { errors } = await mutate(gateway, field, input);
      assert.equal(errors?.[0]?.extensions.code, 'OUTCOME_UNKNOWN');
      assert.match(errors?.[0]?.message ?? '', /^Atlas's answer was lost: .*(key|Key)/);
    }
    assert.equal(count(), 1);
    gateway.sandbox.fault(endpoint, { hangUp: 'before' });
    const { errors } = await mutate(gateway, field, { ...input, idempotencyKey: null });
    assert.match(
      errors?.[0]?.message ?? '',
      /^Atlas's answer was lost: .*(before you repeat|twice)/,
    );
  });

  test(`${field} takes a key of 1 to 255 characters`, async (t) => {
    const { gateway, input, count } = await openWorld(t, field);
    for (const [idempotencyKey, code] of [
      ['', 'REQUIRED'],
      ['x'.repeat(256), 'TOO_LONG'],
    ]) {
      const { data } = await mutate(gateway, field, { ...input, idempotencyKey });
      const [{ message: _, ...error }] = data.result.userErrors;
      assert.deepEqual(error, { code, path: ['input', 'idempotencyKey'] });
    }
    assert.equal(count(), 0);
    const longest = { ...input, idempotencyKey: 'é'.repeat(255) };
    assert.deepEqual((await mutate(gateway, field, longest)).data.result.userErrors, []);
  });
}

test('an upload whose answer was lost is found to have arrived, and is not sent again', async (t) => {
  const { gateway, input, count } = await openWorld(t, 'uploadDocuments');
  gateway.sandbox.fault('uploadToFlow', { hangUp: 'after' });
  const lost = await mutate(gateway, 'uploadDocuments', input);
  assert.equal(lost.errors?.[0]?.extensions.code, 'OUTCOME_UNKNOWN');
  const { data, errors } = await mutate(gateway, 'uploadDocuments', input);
  assert.equal(errors, undefined);
  assert.equal(data.result.documents[0].documentId, 'pan');
  assert.equal(count(), 1);
  assert.deepEqual((await mutate(gateway, 'uploadDocuments', input)).data, data);
});

test('more files of a flow whose answer was lost are found by their results', async (t) => {
  const { gateway, input, count } = await openWorld(t, 'uploadDocuments');
  const flowUuid = String({ flowUuid: '', ...input }.flowUuid);
  await gateway.upload(flowUuid, 'invoice.pdf');
  gateway.sandbox.fault('uploadToFlow', { hangUp: 'after' });
  await mutate(gateway, 'uploadDocuments', input);
  // That Atlas works on the flow says nothing: it had files before.
  const early = await mutate(gateway, 'uploadDocuments', input);
  assert.equal(early.errors?.[0]?.extensions.code, 'OUTCOME_UNKNOWN');
  gateway.sandbox.finishFlow(flowUuid, 'SUCCESS');
  const { data } = await mutate(gateway, 'uploadDocuments', input);
  assert.equal(data.result.documents[0].documentId, 'pan');
  assert.equal(count(), 2);
});

test('an upload of which Atlas shows nothing a minute later is sent again', async (t) => {
  const clock = createFakeClock();
  const gateway = await openGateway(t, { clock, sandbox: { clock: createHandClock() } });
  const input = { flowUuid: await gateway.openFlow(), files, idempotencyKey: 'key-1' };
  gateway.sandbox.fault('uploadToFlow', { hangUp: 'before' });
  for (const advanceMs of [0, 60_000]) {
    await clock.advance(advanceMs);
    const { errors } = await mutate(gateway, 'uploadDocuments', input);
    assert.equal(errors?.[0]?.extensions.code, 'OUTCOME_UNKNOWN');
  }
  await clock.advance(1);
  const { data } = await mutate(gateway, 'uploadDocuments', input);
  assert.deepEqual(data.result.userErrors, []);
  assert.equal(gateway.sandbox.countCalls('uploadToFlow'), 2);
});

test('an upload is not sent a second time while the first may be under way', async (t) => {
  const clock = createFakeClock();
  const gateway = await openGateway(t, {
    clock,
    sandbox: { clock: createHandClock() },
    env: { OPERATION_TIMEOUT_MS: '600000' },
  });
  const input = { flowUuid: await gateway.openFlow(), files, idempotencyKey: 'key-1' };
  gateway.sandbox.fault('uploadToFlow', { hangUp: 'before' });
  await mutate(gateway, 'uploadDocuments', input);
  await clock.advance(600_000);
  const { errors } = await mutate(gateway, 'uploadDocuments', input);
  assert.equal(errors?.[0]?.extensions.code, 'OUTCOME_UNKNOWN');
  assert.equal(gateway.sandbox.countCalls('uploadToFlow'), 1);
});

test('keys and their results outlive the process', async (t) => {
  const sandbox = await startSandbox({ clock: createHandClock() });
  t.after(() => sandbox.close());
  const options = { atlas: sandbox, env: { DATA_DIR: makeDirectory(t) } };
  const input = { ...mutations.createFlow?.toInput(''), idempotencyKey: 'key-1' };
  const before = await openGateway(t, options);
  const first = await mutate(before, 'createFlow', input);
  await before.app.close();
  const after = await openGateway(t, options);
  assert.deepEqual((await mutate(after, 'createFlow', input)).data, first.data);
  assert.equal(sandbox.countCalls('initFlow'), 1);
});

test('a file that Atlas did not take is told of by itself, and the others are there', async (t) => {
  const gateway = await openStillGateway(t);
  const flowUuid = await gateway.openFlow();
  const body = [
    { document_id: 'b', error_code: 'INVALID_DOC', error_reason: 'words of Atlas' },
    { document_id: 'a', file_uuid: 'file-a', batch_id: 'B-1', error_code: '' },
  ];
  gateway.sandbox.fault('uploadToFlow', { status: 201, body });
  const two = ['a', 'b'].map((documentId) => ({ ...files[0], documentId }));
  const { data } = await mutate(gateway, 'uploadDocuments', { flowUuid, files: two });
  assert.deepEqual(
    data.result.documents.map(({ documentId }: Input) => documentId),
    ['a'],
  );
  assert.deepEqual(data.result.userErrors, [
    {
      code: 'FILE_REFUSED',
      path: ['input', 'files', '1'],
      message: 'Atlas did not take this file, while it took others of this call.',
    },
  ]);
});

test('a file of a batch that Atlas did not take is told of, and is not waited for', async (t) => {
  const gateway = await openStillGateway(t);
  const body = [
    { document_id: 'b', error_code: 'UNRECOGNISED', error_reason: 'words of Atlas' },
    { document_id: 'a', file_uuid: 'file-a', batch_id: 'B-1', error_code: '' },
  ];
  gateway.sandbox.fault('uploadBulk', { status: 201, body });
  const two = ['a', 'b'].map((documentId) => ({ ...files[0], documentId }));
  const { data: submitted } = await gateway.ask(
    `mutation ($input: CreateBatchInput!) { createBatch(input: $input) {
      batch { batchId } userErrors { code path }
    } }`,
    { input: { files: two, idempotencyKey: 'one batch' } },
  );
  assert.deepEqual(submitted.createBatch, {
    batch: { batchId: 'B-1' },
    userErrors: [{ code: 'FILE_REFUSED', path: ['input', 'files', '1'] }],
  });
  const data = [{ document_id: 'a', file_data: { document_type: 'PAN' } }];
  const page = { data, total_items: 1, has_next: false };
  gateway.sandbox.fault('bulkExtracts', { status: 200, body: page });
  const { data: read } = await gateway.ask(
    '{ batch(batchId: "B-1") { progress { submitted arrived isComplete } } }',
  );
  assert.deepEqual(read.batch.progress, { submitted: 1, arrived: 1, isComplete: true });
});

test('each file is refused for itself before Atlas is asked, in a flow and in a batch', async (t) => {
  const gateway = await openStillGateway(t);
  const flowUuid = await gateway.openFlow();
  gateway.sandbox.clearCalls();
  const bad = [
    ['ftp://files.example/x', 'INVALID_URL'],
    ['https://2130706433/x', 'FILE_HOST_PRIVATE'],
    ['https://user:secret@files.example/x', 'FILE_URL_HAS_USER'],
    ['https://files.example/x?Expires=1000000000&Signature=secret', 'FILE_URL_EXPIRES'],
    ['https://files.example/x', null],
  ] as const;
  const given = bad.map(([url], place) => ({ documentId: `doc-${place}`, url }));
  for (const [field, input] of [
    ['uploadDocuments', { flowUuid, files: given }],
    ['createBatch', { files: given }],
  ] as const) {
    const { data } = await mutate(gateway, field, input);
    assert.deepEqual(
      data.result.userErrors.map(({ code, path }: Input) => [code, path]),
      bad.flatMap(([, code], place) =>
        code === null ? [] : [[code, ['input', 'files', String(place), 'url']]],
      ),
    );
    assert.doesNotMatch(JSON.stringify(data), /secret/);
  }
  assert.equal(gateway.sandbox.countCalls(), 0);
});

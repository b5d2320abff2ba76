import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { EndpointName } from '../../src/atlas/api/endpoints.ts';
import type { Fault } from '../../src/sandbox/fault-queue.ts';
import type { OpenGateway } from '../support/open-gateway.ts';
import { openStillGateway } from '../support/schema/still-gateway.ts';

/*
 * Only the answer of a write itself can be lost. Where its token could not be had, nothing was sent:
 * the error says so, and the idempotency key is as good as before.
 */

const files = [{ documentId: 'pan', url: 'https://files.example/pan.jpg' }];

interface Write {
  readonly endpoint: EndpointName;
  readonly tokenEndpoint: EndpointName;
  readonly mutation: string;
  readonly toInput: (flowUuid: string) => object;
}

const writes: Readonly<Record<string, Write>> = {
  createFlow: {
    endpoint: 'initFlow',
    tokenEndpoint: 'verificationToken',
    mutation:
      'mutation ($input: CreateFlowInput!) { result: createFlow(input: $input) { flow { uuid } userErrors { code } } }',
    toInput: () => ({ applicationId: 'application-7' }),
  },
  uploadDocuments: {
    endpoint: 'uploadToFlow',
    tokenEndpoint: 'verificationToken',
    mutation:
      'mutation ($input: UploadDocumentsInput!) { result: uploadDocuments(input: $input) { documents { documentId } userErrors { code } } }',
    toInput: (flowUuid) => ({ flowUuid, files }),
  },
  createBatch: {
    endpoint: 'uploadBulk',
    tokenEndpoint: 'bulkToken',
    mutation:
      'mutation ($input: CreateBatchInput!) { result: createBatch(input: $input) { batch { batchId } userErrors { code } } }',
    toInput: () => ({ files }),
  },
  'createBatch of the sandbox API': {
    endpoint: 'uploadDocstream',
    tokenEndpoint: 'docstreamToken',
    mutation:
      'mutation ($input: CreateBatchInput!) { result: createBatch(input: $input) { batch { batchId } userErrors { code } } }',
    toInput: () => ({ files, service: 'SANDBOX' }),
  },
};

/** A value in the place of a token, and the code that reports it. */
const faults: readonly [string, Fault, string][] = [
  ['a page under 200', { rawBody: '<html>Back soon</html>', contentType: 'text/html' }, broken()],
  ['an error under 200', { status: 200, body: { error: 'Invalid Client-Id' } }, broken()],
  ['no content', { rawBody: '', status: 204 }, broken()],
  ['a redirection', { status: 302, headers: { location: 'https://status.example/' } }, broken()],
  ['of a length without end', { padToBytes: 9 * 1024 * 1024 }, broken()],
  ['too long for a header', { status: 201, body: { access_token: 'a'.repeat(8_193) } }, broken()],
  ['no text', { status: 201, body: { access_token: 7 } }, broken()],
  ['broken JSON', { rawBody: '{"access_token":"a.b' }, broken()],
  ['cut off', { hangUp: 'after' }, 'ATLAS_UNAVAILABLE'],
  ['busy', { status: 503 }, 'ATLAS_UNAVAILABLE'],
  ['refused', { status: 401 }, 'ATLAS_UNAUTHORIZED'],
  ['forbidden', { status: 403 }, 'ATLAS_REJECTED'],
];

function broken(): string {
  return 'ATLAS_CONTRACT_BROKEN';
}

/** A gateway whose token was refused, or that has none yet, and one write under a key. */
async function openWorld(t: TestContext, write: Write) {
  const gateway = await openStillGateway(t);
  const { sandbox } = gateway;
  const flowUuid = write.endpoint === 'uploadToFlow' ? await gateway.openFlow() : '';
  // The token that opened the flow is refused at its next use.
  if (flowUuid) sandbox.fault(write.endpoint, { expiredToken: true });
  const input = { ...write.toInput(flowUuid), idempotencyKey: 'key-1' };
  const countDone = () =>
    sandbox.calls.filter(({ name, status }) => name === write.endpoint && status < 300).length;
  return { gateway, countDone, run: () => runUnder(gateway, write, input) };
}

async function runUnder({ ask }: OpenGateway, { mutation }: Write, input: object) {
  const { data, errors } = await ask(mutation, { input });
  return { data: data?.result, codes: errors?.map(({ extensions }) => extensions.code) };
}

for (const [field, write] of Object.entries(writes)) {
  for (const [what, fault, code] of faults) {
    test(`${field} whose token is ${what} was not sent, and is done later under its key`, async (t) => {
      const { gateway, countDone, run } = await openWorld(t, write);
      gateway.sandbox.fault(write.tokenEndpoint, fault, Number.POSITIVE_INFINITY);
      assert.deepEqual((await run()).codes, [code]);
      assert.equal(countDone(), 0);
      gateway.sandbox.clearFaults();
      const again = await run();
      assert.deepEqual([again.codes, again.data?.userErrors], [undefined, []]);
      assert.equal(countDone(), 1);
      assert.deepEqual(await run(), again);
      assert.equal(countDone(), 1);
    });
  }

  for (const [status, body] of [
    [400, { error_code: '400', error_message: 'Bad Request: Token has expired' }],
    [403, { error: 'Invalid token', reason: 'Signature verification failed' }],
    [400, { error: 'Expired token' }],
    [403, { message: 'jwt expired' }],
    [400, { error_code: 'TOKEN_EXPIRED', error_message: 'Please sign in' }],
  ] as const) {
    test(`${field} refused with ${status} ${JSON.stringify(body)} is sent once more with a new token`, async (t) => {
      const gateway = await openStillGateway(t);
      const { sandbox } = gateway;
      const input = write.toInput(await gateway.openFlow());
      sandbox.clearCalls();
      sandbox.fault(write.endpoint, { status, body });
      const { data, codes } = await runUnder(gateway, write, input);
      assert.deepEqual([codes, data?.userErrors], [undefined, []]);
      assert.equal(sandbox.countCalls(write.endpoint), 2);
      const [first, second] = sandbox.calls.filter(({ name }) => name === write.endpoint);
      assert.notEqual(first?.headers.token, second?.headers.token);

      sandbox.clearCalls();
      sandbox.fault(write.endpoint, { status, body }, Number.POSITIVE_INFINITY);
      assert.deepEqual((await runUnder(gateway, write, input)).codes, ['ATLAS_UNAUTHORIZED']);
      assert.equal(sandbox.countCalls(write.endpoint), 2);
    });
  }

  for (const [status, body] of [
    [400, { error: 'Missing or empty required parameters: file_urls' }],
    [403, { error: 'Forbidden' }],
    [403, { error: 'The signature of the file address does not match' }],
    [422, { error: 'Invalid token' }],
  ] as const) {
    test(`${field} refused with ${status} ${JSON.stringify(body)} is not sent again`, async (t) => {
      const gateway = await openStillGateway(t);
      const input = write.toInput(await gateway.openFlow());
      gateway.sandbox.clearCalls();
      gateway.sandbox.fault(write.endpoint, { status, body });
      assert.deepEqual((await runUnder(gateway, write, input)).codes, ['ATLAS_REJECTED']);
      assert.equal(gateway.sandbox.countCalls(write.endpoint), 1);
    });
  }
}

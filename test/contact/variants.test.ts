import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { environmentFor, runContact, variantOf } from '../support/contact/run-contact.ts';

type Answers = Readonly<Record<string, readonly [status: number, body: unknown]>>;

const name = 'QUUXNAMEVALUE';
const document = {
  document_id: 'contact-1',
  error_code: null,
  document_type: 'LAND_RECORD',
  holder_name: { value: `${name} ONE`, confidence_score: '0.9' },
  date_of_sale: { value: '01/02/2020', confidence_score: 0.5 },
};
const page = { data: [{ document_id: 'contact-1', file_data: { document_type: 'PAN' } }], page: 1 };

/** An Atlas that is as far from the sandbox as the contract allows. */
const other: Answers = {
  '/v3/verification/authtoken': [200, { access_token: 'a.b.c', refresh_token: 'd.e.f' }],
  '/v1/bulk/authtoken': [200, { access_token: 'a.b.c', expires_in: '3600' }],
  '/v3/verification/flow/init': [200, { session_id: '2f4b7c1e-9a55-4d6b-8e10-77c2d3a9b604' }],
  '/v3/verification/multiupload': [201, { batch_id: 'BATCH-1', document_id: 'contact-1' }],
  '/v3/verification/status': [
    200,
    {
      master_status: 'FAILED',
      upload_status: 'SUCCESS',
      processing_status: 'FAILED',
      crossheck_status: 'NOT_STARTED',
      flow_uuid: name,
    },
  ],
  '/v3/verification/extracts': [200, { ocr_data: [document], cross_checks: [], version: 3 }],
  '/v1/bulk/multiupload': [200, { batch_id: 'BATCH-1' }],
  '/v1/bulk/extracts': [200, page],
  '/v1/address/match/batch': [422, { error_code: '422', error_message: name }],
};

/** Serves fixed answers by path; an unknown flow gets 409. */
async function openAtlas(t: TestContext, answers: Answers): Promise<string> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const isUnknown = searchParams.get('flow_uuid')?.startsWith('00000000') ?? false;
    const [status, body] = isUnknown
      ? [409, { error_code: '409', error_message: 'Flow not found' }]
      : (answers[pathname] ?? [404, '<html>']);
    request.resume().on('end', () => {
      response.statusCode = status;
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe
  return `http://127.0.0.1:${port}`;
}

const files = ['--yes', '--minutes', '1', 'https://files.example/a.jpg?signature=QUUXSIGNATURE'];

test('the other variants of an Atlas are told, and rows are offered', async (t) => {
  const url = await openAtlas(t, other);
  const { code, stdout, stderr } = await runContact(files, environmentFor(url));
  assert.equal(code, 0, stdout + stderr);
  const variants = {
    K1: 'uploadToFlow: object; uploadBulk: object',
    K3: 'verificationToken: yes; bulkToken: no',
    K6: 'UUID',
    K7: 'answered after FAILED',
    K9: 'refuses the request with 422',
    K11: 'error_code + error_message',
    K19: 'stages of the flow',
    K20: 'session_id',
    K22: 'LAND_RECORD: not in the catalogue, PAN: known',
    X2: 'flow_uuid',
    X3: 'version',
    X5: 'null',
    X10: 'decimal number as text, decimal number',
  };
  for (const [id, variant] of Object.entries(variants)) {
    assert.equal(variantOf(stdout, id), variant, id);
  }
  assert.match(
    stdout,
    /document-types\.json: \{"type":"LAND_RECORD".*"name":"holder_name","kind":"text".*"name":"date_of_sale","kind":"date"/,
  );
});

test('no value of an answer, no credential and no file address is printed', async (t) => {
  const personal = 'ABCPE1234F';
  const url = await openAtlas(t, {
    ...other,
    '/v3/verification/extracts': [
      200,
      {
        ocr_data: [{ ...document, [personal]: { value: name }, [name]: name, '4521 8837': 1 }],
        cross_checks: [{ similarity_score: 80, [personal]: name }],
      },
    ],
  });
  const { stdout, stderr } = await runContact(files, environmentFor(url));
  for (const value of [name, personal, '4521', 'QUUXSIGNATURE', 'sandbox-secret', '2f4b7c1e']) {
    assert.ok(!`${stdout}${stderr}`.includes(value), value);
  }
});

const unreadable: readonly [name: string, answers: Answers, told: RegExp][] = [
  [
    'the extracts are a list',
    { '/v3/verification/extracts': [200, [document]] },
    /flowExtracts: the answer has a form that the gateway cannot read/,
  ],
  [
    'a status is HTML',
    { '/v3/verification/status': [200, '<html>'] },
    /flowStatus: the answer has a form that the gateway cannot read/,
  ],
  [
    'a status has no word that is known',
    { '/v3/verification/status': [200, { master_status: 'DONE' }] },
    /status-unknown: \d+ times/,
  ],
  [
    'a cross-check has no member that is known',
    { '/v3/verification/extracts': [200, { ocr_data: [document], cross_checks: [{ a: 1 }] }] },
    /cross-check-unreadable: 1 times/,
  ],
  [
    'an upload is refused',
    { '/v3/verification/multiupload': [422, { error: 'auth_url unreachable' }] },
    /uploadToFlow was refused with 422/,
  ],
];
for (const [what, answers, told] of unreadable) {
  test(`the program ends with 1 and says which if ${what}`, async (t) => {
    const url = await openAtlas(t, { ...other, ...answers });
    const args = ['--yes', '--minutes', '0', ...files.slice(-1)];
    const { code, stdout } = await runContact(args, environmentFor(url));
    assert.equal(code, 1, stdout);
    assert.match(stdout, told);
  });
}

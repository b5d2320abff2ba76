import assert from 'node:assert/strict';
import { mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isKnownName } from '../../src/atlas/api/document-types.ts';
import { createAudit } from '../../src/privacy/audit.ts';
import { openAuditFile } from '../../src/privacy/audit-file.ts';
import type { Subject } from '../../src/privacy/redaction.ts';
import { toTenantId } from '../support/tenant-id.ts';

const reader = { tenantId: toTenantId('acme'), callerId: 'key 1', requestId: 'request-1' };
const flow: Subject = { kind: 'flow', id: 'uuid-1', applicationId: 'application-1' };

function openAudit(secret = 'a-secret-of-the-audit') {
  const lines: string[] = [];
  const audit = createAudit({
    secret,
    isKnownName,
    destination: { write: (line) => void lines.push(line) },
  });
  return { audit, read: () => lines.splice(0).map((line) => JSON.parse(line)) };
}

function hashOf(subject: Subject, { secret = 'a-secret-of-the-audit', tenantId = 'acme' } = {}) {
  const { audit, read } = openAudit(secret);
  const reads = audit.begin({ ...reader, tenantId: toTenantId(tenantId) });
  reads.note(subject, 'PAN', 'name');
  reads.flush();
  return read()[0].subject;
}

test('the reads of one flow by one operation are one line with caller, subject and fields', () => {
  const { audit, read } = openAudit();
  const reads = audit.begin(reader);
  for (const name of ['pan_number', 'dob', 'pan_number']) reads.note(flow, 'PAN', name);
  assert.deepEqual(read(), []);
  reads.flush();
  const [line, ...rest] = read();
  const { time, subject, ...said } = line;
  assert.deepEqual(rest, []);
  assert.ok(!Number.isNaN(Date.parse(time)));
  assert.match(subject, /^[\w-]{43}$/);
  assert.deepEqual(said, {
    stream: 'audit',
    event: 'personal data read',
    requestId: 'request-1',
    tenant: 'acme',
    caller: 'key 1',
    flow: 'uuid-1',
    fields: ['PAN.dob', 'PAN.pan_number'],
  });
});

test('each flow and batch has a line of its own, and nothing is said twice', () => {
  const { audit, read } = openAudit();
  const reads = audit.begin(reader);
  reads.note(flow, 'PAN', 'name');
  reads.note({ kind: 'flow', id: 'uuid-2' }, 'PAN', 'dob');
  reads.note({ kind: 'batch', id: 'uuid-1' }, 'PAN', 'address');
  reads.flush();
  assert.deepEqual(
    read().map(({ flow: uuid, batch, fields }) => [uuid, batch, fields]),
    [
      ['uuid-1', undefined, ['PAN.name']],
      ['uuid-2', undefined, ['PAN.dob']],
      [undefined, 'uuid-1', ['PAN.address']],
    ],
  );
  reads.flush();
  assert.deepEqual(read(), []);
  reads.note(flow, 'PAN', 'gender');
  reads.flush();
  assert.deepEqual(
    read().map(({ fields }) => fields),
    [['PAN.gender']],
  );
});

test('a read that was noted once is noted again for another reader of the tenant', () => {
  const { audit, read } = openAudit();
  const first = audit.begin(reader);
  first.note(flow, 'PAN', 'name');
  first.note({ kind: 'batch', id: 'uuid-2' }, 'PAN', 'dob');
  const noted = first.noted();
  assert.deepEqual(first.noted(), noted);
  first.flush();
  const lines = read();
  assert.deepEqual(first.noted(), []);

  const second = audit.begin({ ...reader, callerId: 'key "2"', requestId: 'request-2' });
  second.noteAgain(noted);
  second.note({ kind: 'flow', id: 'uuid-3' }, 'PAN', 'gender');
  second.flush();
  const again = read();
  assert.deepEqual(
    again.slice(0, 2).map(({ time, ...said }) => said),
    lines.map(({ time, ...said }) => ({ ...said, caller: 'key "2"', requestId: 'request-2' })),
  );
  assert.deepEqual(
    again.slice(2).map((line) => line.flow),
    ['uuid-3'],
  );
  second.flush();
  assert.deepEqual(read(), []);
});

test('the members of a line come in one order', () => {
  const { audit, read } = openAudit();
  const reads = audit.begin(reader);
  reads.note(flow, 'PAN', 'name');
  reads.flush();
  const order = 'stream time requestId tenant caller flow subject fields event';
  assert.deepEqual(
    read().map((line) => Object.keys(line).join(' ')),
    [order],
  );
});

test('a subject is told by a hash that only the key can make again', () => {
  const hash = hashOf(flow);
  assert.equal(hashOf({ ...flow, id: 'uuid-2' }), hash, 'two flows of one application');
  const others = [
    hashOf(flow, { secret: 'another-secret-of-it' }),
    hashOf(flow, { tenantId: 'bolt' }),
    hashOf({ ...flow, applicationId: 'application-2' }),
    hashOf({ kind: 'flow', id: 'application-1' }),
    hashOf({ kind: 'batch', id: 'application-1' }),
  ];
  assert.equal(new Set([hash, ...others]).size, 6);
  assert.ok(!hash.includes('application'));
});

test('a name that may be a person’s is not written as one', () => {
  const { audit, read } = openAudit();
  const reads = audit.begin(reader);
  const names = [
    'TEST PERSON ONE',
    'a'.repeat(97),
    'line\nbreak',
    'naïve',
    'AAAPZ0000A',
    'RAVI_KUMAR',
    '40911220033445',
  ];
  for (const name of names) reads.note(flow, 'PAN', name);
  reads.note(flow, 'SUNITA_DEVI', 'name');
  reads.note(flow, 'AADHAAR', 'aadhaar_number.redact_url');
  reads.flush();
  assert.deepEqual(read()[0].fields, [
    'AADHAAR.aadhaar_number.redact_url',
    'PAN.unnamed',
    'unnamed.name',
  ]);
});

async function openFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'audit-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

test('an audit file is made for nobody else to read, added to, and opened anew when it was moved', async (t) => {
  const place = join(await openFolder(t), 'deep', 'audit.log');
  const output = { writeNow: assert.fail };
  openAuditFile(place, output).write('one\n');
  const file = openAuditFile(place, output);
  file.write('two\n');
  assert.equal(await readFile(place, 'utf8'), 'one\ntwo\n');
  assert.equal((await stat(place)).mode & 0o777, 0o600);

  await rename(place, `${place}.1`);
  file.write('three\n');
  file.reopen();
  file.write('four\n');
  assert.equal(await readFile(`${place}.1`, 'utf8'), 'one\ntwo\nthree\n');
  assert.equal(await readFile(place, 'utf8'), 'four\n');
});

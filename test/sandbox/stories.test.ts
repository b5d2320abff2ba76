import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPlay } from '../../src/sandbox/play.ts';
import { stories } from '../../src/sandbox/stories.ts';
import {
  application,
  exchange,
  filesNamed,
  type OpenSandbox,
  openSandbox,
} from '../support/sandbox/open-sandbox.ts';

/** Opens a flow of an application id, without a file. */
async function open({ call }: OpenSandbox, application_id: string): Promise<string> {
  const { status, body } = await call('initFlow', { ...application, application_id });
  assert.equal(status, 201);
  return body.flow_uuid;
}

async function upload({ call }: OpenSandbox, flow_uuid: string, ...names: string[]) {
  return await call('uploadToFlow', { flow_uuid, file_urls: filesNamed(...names) });
}

/** The statuses of so many looks at a flow, one after the other. */
async function looks({ call }: OpenSandbox, flow_uuid: string, count: number): Promise<number[]> {
  const statuses = [];
  for (let look = 0; look < count; look += 1) {
    statuses.push((await call('flowStatus', { flow_uuid })).status);
  }
  return statuses;
}

async function masterOf({ call }: OpenSandbox, flow_uuid: string): Promise<string> {
  return (await call('flowStatus', { flow_uuid })).body.master_status;
}

test('a story is told by how a name begins, whatever its case', () => {
  for (const name of ['slow', 'slow-1', 'SLOW_1', 'slow.jpg', 'slow 7']) {
    assert.equal(createPlay('flow', [name]).slowness, 10, name);
  }
  for (const name of ['slowly-1', 'slow7', 'not-slow', 'application-1', '']) {
    assert.equal(createPlay('flow', [name]).slowness, 1, name);
  }
});

test('the number in a name is a whole one from 1 to 999', () => {
  const call = { name: 'flowStatus', token: undefined } as const;
  for (const [name, times] of [
    ['busy-1', 1],
    ['busy-12-loan-7', 12],
    ['busy-999', 999],
    ['busy-0', 0],
    ['busy-1000', 0],
    ['busy-1x', 0],
    ['busy-many', 0],
    ['busy', 0],
  ] as const) {
    const { nextFault } = createPlay('flow', [name]);
    let count = 0;
    while (nextFault(call) !== null) count += 1;
    assert.equal(count, times, name);
  }
});

test('only what a story is about can be told one', () => {
  assert.equal(createPlay('address match', ['fails-1']).isUnreadable, false);
  assert.deepEqual(createPlay('batch', ['callbacks-never.jpg']).callbacks.length, 1);
  assert.equal(createPlay('batch', ['pan.jpg', 'fails.jpg', 'slow.jpg']).isUnreadable, true);
});

test('no story hides another', () => {
  for (const story of stories) {
    const name = story.name.replace(/-n$/, '-2');
    const others = stories.filter(
      (other) => other !== story && name.startsWith(other.name.replace(/-n$/, '-2')),
    );
    assert.deepEqual(others, [], story.name);
  }
});

test('slow: each stage takes ten times as long', async (t) => {
  const world = await openSandbox(t);
  const flow_uuid = await open(world, 'slow-1');
  await upload(world, flow_uuid, 'pan.jpg');
  world.clock.advance(29_999);
  assert.equal(await masterOf(world, flow_uuid), 'IN_PROGRESS');
  world.clock.advance(1);
  assert.equal(await masterOf(world, flow_uuid), 'SUCCESS');
});

test('fails: no document can be read, and the flow fails', async (t) => {
  const world = await openSandbox(t);
  const flow_uuid = await open(world, 'fails-1');
  await upload(world, flow_uuid, 'pan.jpg', 'aadhaar.jpg');
  world.clock.advance(3000);
  assert.equal(await masterOf(world, flow_uuid), 'FAILED');
  const { ocr_data } = (await world.call('flowExtracts', { flow_uuid })).body;
  assert.deepEqual(
    ocr_data.map((entry: Record<string, unknown>) => entry.error_code),
    ['UNRECOGNISED', 'UNRECOGNISED'],
  );
});

test('token-expires: the token of the first read is refused by this flow alone', async (t) => {
  const world = await openSandbox(t);
  const flow_uuid = await open(world, 'token-expires-1');
  const other = await open(world, 'application-1');
  const [old, renewed] = [await world.token('verification'), await world.token('verification')];
  const look = async (uuid: string, Token: string) =>
    (await world.ask('flowStatus', { flow_uuid: uuid }, { Token })).status;
  assert.equal(await look(flow_uuid, old), 200);
  await upload(world, flow_uuid, 'pan.jpg');
  await upload(world, other, 'pan.jpg');
  assert.deepEqual([await look(flow_uuid, old), await look(flow_uuid, old)], [401, 401]);
  const more = { flow_uuid, file_urls: filesNamed('dl.jpg') };
  assert.equal((await world.ask('uploadToFlow', more, { Token: old })).status, 401);
  assert.equal(await look(other, old), 200);
  assert.equal(await look(flow_uuid, renewed), 200);
  assert.equal((await world.ask('uploadToFlow', more, { Token: renewed })).status, 200);
});

test('busy-n: the first n reads after the upload are refused with 503', async (t) => {
  const world = await openSandbox(t);
  const flow_uuid = await open(world, 'busy-3-1');
  assert.deepEqual(await looks(world, flow_uuid, 4), [200, 200, 200, 200]);
  assert.equal((await upload(world, flow_uuid, 'pan.jpg')).status, 200);
  assert.deepEqual(await looks(world, flow_uuid, 2), [503, 503]);
  assert.equal((await world.call('flowExtracts', { flow_uuid })).status, 503);
  assert.deepEqual(await looks(world, flow_uuid, 2), [200, 200]);
  await upload(world, flow_uuid, 'dl.jpg');
  assert.deepEqual(await looks(world, flow_uuid, 1), [200]);
});

test('upload-busy-n: the first n uploads are refused with 503 and do nothing', async (t) => {
  const world = await openSandbox(t);
  const flow_uuid = await open(world, 'upload-busy-2-1');
  for (const status of [503, 503, 200]) {
    assert.equal((await upload(world, flow_uuid, 'pan.jpg')).status, status);
  }
  world.clock.advance(3000);
  assert.equal((await world.call('flowExtracts', { flow_uuid })).body.ocr_data.length, 1);
});

test('hang-up: the first upload is taken and not answered', async (t) => {
  const world = await openSandbox(t);
  const flow_uuid = await open(world, 'hang-up-1');
  await assert.rejects(upload(world, flow_uuid, 'pan.jpg'));
  world.clock.advance(3000);
  assert.equal(await masterOf(world, flow_uuid), 'SUCCESS');
  assert.equal((await upload(world, flow_uuid, 'dl.jpg')).status, 200);
});

test('drift: nothing is called as it is documented, but the end', async (t) => {
  const world = await openSandbox(t);
  const flow_uuid = await open(world, 'drift-1');
  await upload(world, flow_uuid, 'pan.jpg');
  assert.equal(await masterOf(world, flow_uuid), 'UNDER_REVIEW');
  world.clock.advance(3000);
  assert.equal(await masterOf(world, flow_uuid), 'SUCCESS');
  const { ocr_data } = (await world.call('flowExtracts', { flow_uuid })).body;
  assert.equal(ocr_data[0].document_type, 'DIGITAL_LAND_RECORD');
});

test('a story is played again for each flow that its name opens', async (t) => {
  const world = await openSandbox(t);
  for (let round = 0; round < 2; round += 1) {
    const flow_uuid = await open(world, 'busy-1-again');
    await upload(world, flow_uuid, 'pan.jpg');
    assert.deepEqual(await looks(world, flow_uuid, 2), [503, 200]);
  }
});

test('a story disturbs no other flow, and no other client uses it up', async (t) => {
  const other = { clientId: 'other-client', clientSecret: 'other-secret' };
  const mine = { clientId: 'sandbox-client', clientSecret: 'sandbox-secret' };
  const world = await openSandbox(t, { credentials: [mine, other] });
  const flow_uuid = await open(world, 'busy-1-mine');
  await upload(world, flow_uuid, 'pan.jpg');
  const honest = await open(world, 'application-1');
  await upload(world, honest, 'pan.jpg');
  assert.deepEqual(await looks(world, honest, 2), [200, 200]);
  const headers = { 'Client-Id': other.clientId, 'Client-Secret': other.clientSecret };
  const Token = await world.token('verification', headers);
  const stranger = await world.ask('flowStatus', { flow_uuid }, { Token });
  const nobody = await world.ask('flowStatus', { flow_uuid }, { Token: 'invented' });
  assert.deepEqual([stranger.status, nobody.status], [409, 401]);
  assert.deepEqual(await looks(world, flow_uuid, 2), [503, 200]);
});

test('a fault asked for by hand goes before the story, and does not use it up', async (t) => {
  const world = await openSandbox(t);
  const flow_uuid = await open(world, 'busy-1-by-hand');
  await upload(world, flow_uuid, 'pan.jpg');
  world.sandbox.fault('flowStatus', { status: 500 });
  assert.deepEqual(await looks(world, flow_uuid, 3), [500, 503, 200]);
});

function batchOf(...names: string[]) {
  return { product_type: 'SAMPLE_PRODUCT', file_urls: filesNamed(...names) };
}

for (const [uploads, reads] of [
  ['uploadBulk', 'bulkExtracts'],
  ['uploadDocstream', 'docstreamExtracts'],
] as const) {
  test(`${uploads}: the names of its files tell the story of a batch`, async (t) => {
    const world = await openSandbox(t);
    const { call, clock } = world;
    const submit = async (...names: string[]) => {
      const { body } = await call(uploads, batchOf(...names));
      return { batch_id: String(body.batch_id ?? body[0].batch_id) };
    };

    const slow = await submit('pan.jpg', 'slow-pan.jpg');
    const fails = await submit('fails-pan.jpg', 'dl.jpg');
    clock.advance(2000);
    assert.deepEqual((await call(reads, slow)).body.data, []);
    const failed = (await call(reads, fails)).body.data;
    assert.deepEqual(
      failed.map((entry: Record<string, unknown>) => entry.error_code),
      ['UNRECOGNISED', 'UNRECOGNISED'],
    );
    clock.advance(18_000);
    assert.equal((await call(reads, slow)).body.data.length, 2);

    const busy = await submit('busy-2-pan.jpg');
    const statuses = [await call(reads, busy), await call(reads, busy), await call(reads, busy)];
    assert.deepEqual(
      statuses.map(({ status }) => status),
      [503, 503, 200],
    );

    const expiring = await submit('token-expires-pan.jpg');
    const Token = await world.token(reads === 'bulkExtracts' ? 'bulk' : 'docstream', exchange);
    assert.equal((await world.ask(reads, expiring, { Token })).status, 401);
    assert.equal((await world.ask(reads, slow, { Token })).status, 200);
    assert.equal((await call(reads, expiring)).status, 200);

    await assert.rejects(submit('hang-up-pan.jpg'));
    await assert.rejects(submit('hang-up-pan.jpg'));
  });
}

test('address matches of an application are refused n times, then answered, and again', async (t) => {
  const { call } = await openSandbox(t);
  const match = {
    application_id: 'busy-2-loan',
    source_address: '1 Sample Road, Testpur',
    target_addresses: [{ address: '1 Sample Rd, Testpur', index: 0 }],
  };
  const statuses = [];
  for (let count = 0; count < 6; count += 1) {
    statuses.push((await call('matchAddresses', match)).status);
    const other = { ...match, application_id: 'loan' };
    assert.equal((await call('matchAddresses', other)).status, 200);
  }
  assert.deepEqual(statuses, [503, 503, 200, 503, 503, 200]);
});

test('a slow address match takes five seconds', async (t) => {
  const { call, sandbox, clock } = await openSandbox(t);
  const reply = call('matchAddresses', {
    application_id: 'slow-loan',
    source_address: '1 Sample Road, Testpur',
    target_addresses: [{ address: '1 Sample Rd, Testpur', index: 0 }],
  });
  const held = await sandbox.waitForCall('matchAddresses');
  clock.advance(4999);
  assert.equal(held.status, 0);
  clock.advance(1);
  assert.equal((await reply).status, 200);
});

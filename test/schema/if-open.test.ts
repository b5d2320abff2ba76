import assert from 'node:assert/strict';
import test from 'node:test';
import { openGateway } from '../support/open-gateway.ts';
import { openStillGateway } from '../support/schema/still-gateway.ts';

const createFlow = `mutation ($input: CreateFlowInput!) { createFlow(input: $input) {
  flow { uuid status { state } } userErrors { code path } } }`;
const refusal = [{ code: 'FLOW_ALREADY_OPEN', path: ['input', 'applicationId'] }];

test('a flow that has not ended is returned, refused or joined by another', async (t) => {
  const gateway = await openStillGateway(t);
  const open = async (ifOpen?: string, applicationId = 'application-1') => {
    const input = { applicationId, ...(ifOpen ? { ifOpen } : {}) };
    const { data, errors } = await gateway.ask(createFlow, { input });
    assert.equal(errors, undefined);
    return data.createFlow;
  };
  const first = (await open('REFUSE')).flow.uuid;
  assert.deepEqual(await open('REFUSE'), { flow: null, userErrors: refusal });
  assert.equal((await open('RETURN_EXISTING')).flow.uuid, first);
  assert.equal(gateway.sandbox.countCalls('initFlow'), 1);
  assert.notEqual((await open('REFUSE', 'application-2')).flow.uuid, first);
  const second = (await open()).flow.uuid;
  assert.notEqual(second, first);
  assert.equal((await open('RETURN_EXISTING')).flow.uuid, second);

  await gateway.upload(first, 'pan.jpg');
  gateway.sandbox.finishFlow(second, 'FAILED');
  assert.equal((await open('RETURN_EXISTING')).flow.uuid, first);
  gateway.sandbox.finishFlow(first, 'SUCCESS');
  const third = (await open('RETURN_EXISTING')).flow.uuid;
  assert.ok(![first, second].includes(third));

  gateway.sandbox.finishFlow(third, 'SUCCESS');
  await gateway.upload(first, 'invoice.pdf');
  assert.equal((await open('RETURN_EXISTING')).flow.uuid, first);
});

test('an idempotency key keeps what came of a call that found a flow', async (t) => {
  const gateway = await openStillGateway(t);
  const first = await gateway.openFlow('application-1');
  const input = { applicationId: 'application-1', ifOpen: 'RETURN_EXISTING', idempotencyKey: 'k' };
  const ask = async () => (await gateway.ask(createFlow, { input })).data.createFlow.flow.uuid;
  assert.equal(await ask(), first);
  gateway.sandbox.finishFlow(first, 'SUCCESS');
  assert.equal(await ask(), first);
  const other = { ...input, ifOpen: 'OPEN_ANOTHER' };
  const { data } = await gateway.ask(createFlow, { input: other });
  assert.equal(data.createFlow.userErrors[0].code, 'IDEMPOTENCY_KEY_REUSED');
});

test('of many calls at once one opens a flow', async (t) => {
  const gateway = await openGateway(t);
  for (const [ifOpen, opened] of [
    ['RETURN_EXISTING', 12],
    ['REFUSE', 1],
  ] as const) {
    const before = gateway.sandbox.countCalls('initFlow');
    const input = { applicationId: `raced ${ifOpen}`, ifOpen };
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => gateway.ask(createFlow, { input })),
    );
    const flows = answers.flatMap(({ data }) => data.createFlow.flow?.uuid ?? []);
    assert.deepEqual([flows.length, new Set(flows).size], [opened, 1]);
    assert.equal(gateway.sandbox.countCalls('initFlow') - before, 1);
  }
});

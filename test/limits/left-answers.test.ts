import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openGateway } from '../support/open-gateway.ts';

const status = 'query ($uuid: String!) { flow(uuid: $uuid) { status { state } } }';
/** The first field ends all of it, long before the second is there. */
const failsEarly = `query ($uuid: String!) {
  flowsByUuid(uuids: [" "]) { uuid }
  flow(uuid: $uuid) { documents { documentId } }
}`;

test('for an answer that has left nothing is asked of Atlas anew', async (t) => {
  const env = { PII_CACHE_SECONDS: '0', PUBLIC_URL: 'http://127.0.0.1:9' };
  const { sandbox, ...gateway } = await openGateway(t, { env });
  const uuid = await gateway.openFlow();
  await gateway.upload(uuid, 'pan.jpg');
  sandbox.finishFlow(uuid, 'SUCCESS');
  // It has no watcher any more.
  await gateway.ask(status, { uuid });
  sandbox.clearCalls();
  sandbox.fault('flowStatus', { delayMs: 100 });
  const { data, errors } = await gateway.ask(failsEarly, { uuid });
  assert.equal(data, null);
  assert.equal(errors?.length, 1);
  // An identical read shares the request in flight, and its end.
  for (let time = 0; time < 3; time += 1) await gateway.ask(status, { uuid });
  const made = sandbox.calls.filter(({ name }) => name === 'flowExtracts').length;
  assert.ok(made <= 1, `${made} calls`);
});

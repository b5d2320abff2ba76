import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { openGateway } from '../support/open-gateway.ts';
import { redisIsMissing, startRedis } from '../support/start-redis.ts';

const options = { skip: redisIsMissing, timeout: 60_000 };
const flow = `query ($uuid: String!) {
  flow(uuid: $uuid) { status { state version } documents { documentId state } }
}`;
const waitForEnd = `query ($uuid: String!) {
  waitForFlow(uuid: $uuid, until: [SUCCESS], timeoutMs: 20000) { status { version } }
}`;
/** More than the news of a moment needs to arrive. */
const mostAsked = 2_000;

/** Two processes' worth of a gateway before one Atlas, and a flow that has ended for both. */
async function openTwo(t: TestContext) {
  const redis = await startRedis(t);
  const atlas = await startSandbox({ stageMs: 100 });
  t.after(() => atlas.close());
  const env = {
    REDIS_URL: redis.url,
    CALLBACK_SECRET: 'Jq4wXz81-of-this-suite',
    PII_CACHE_SECONDS: '60',
    PUBLIC_URL: 'http://127.0.0.1:9',
  };
  const one = await openGateway(t, { env, atlas });
  const other = await openGateway(t, { env, atlas });
  const uuid = await one.openFlow();
  await one.upload(uuid, 'pan.jpg');
  await one.ask(waitForEnd, { uuid });
  // Often enough that the answer is kept.
  for (let time = 0; time < 4; time += 1) await other.ask(flow, { uuid });
  return { atlas, one, other, uuid };
}

test(
  'a process that shows the new end of a flow shows the documents of that end',
  options,
  async (t) => {
    const { one, other, uuid } = await openTwo(t);
    await one.upload(uuid, 'invoice.pdf');
    const { version } = (await one.ask(waitForEnd, { uuid })).data.waitForFlow.status;
    for (let time = 0; time < mostAsked; time += 1) {
      const { data } = await other.ask(flow, { uuid });
      if (data.flow.status.version < version) continue;
      const invoice = { documentId: 'invoice.pdf', state: 'EXTRACTED' };
      assert.deepEqual(data.flow.documents[1], invoice);
      return;
    }
    assert.fail('the new end did not come');
  },
);

test('a document that was uploaded elsewhere is shown though Atlas lags', options, async (t) => {
  const { atlas, one, other, uuid } = await openTwo(t);
  atlas.setFlowStatus(uuid, {
    master_status: 'SUCCESS',
    upload_status: 'SUCCESS',
    processing_status: 'SUCCESS',
    crossheck_status: 'COMPLETED',
  });
  await one.upload(uuid, 'invoice.pdf');
  for (let time = 0; time < mostAsked; time += 1) {
    const { data } = await other.ask(flow, { uuid });
    if (data.flow.documents.length === 2) return;
  }
  assert.fail('the document is not shown');
});

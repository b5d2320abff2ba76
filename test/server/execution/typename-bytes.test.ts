import assert from 'node:assert/strict';
import test from 'node:test';
import { openStillGateway } from '../../support/schema/still-gateway.ts';

test('the __typenames of a long list are among the bytes that are counted', async (t) => {
  const gateway = await openStillGateway(t, { env: { MAX_ANSWER_BYTES: '100000' } });
  const uuid = await gateway.finishedFlow(['pan.jpg']);
  const names = Array.from({ length: 50 }, (_, place) => `a${place}: __typename`).join(' ');
  const documents = (count: number) =>
    Array.from({ length: count }, (_, place) => ({ document_id: `d${place}` }));
  for (const selection of [names, `... { ${names} }`, '...Names']) {
    const fragment = `fragment Names on Document { ${names} }`;
    const query = `query ($uuid: String!) { flow(uuid: $uuid) { documents { ${selection} } } }
      ${selection === '...Names' ? fragment : ''}`;
    gateway.answerExtracts(documents(40));
    const short = await gateway.ask(query, { uuid });
    assert.equal(short.data.flow.documents.length, 41, JSON.stringify(short.errors));
    gateway.answerExtracts(documents(200));
    const { errors = [] } = await gateway.ask(query, { uuid });
    assert.equal(errors[0]?.extensions.code, 'QUERY_TOO_COMPLEX', selection);
  }
});

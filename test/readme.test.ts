import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from 'graphql-sse';
import { blocksOf, readDocument } from './support/docs/markdown.ts';
import { openGateway } from './support/open-gateway.ts';

const readme = readDocument('README.md');

test('the README has at most 120 lines', () => {
  assert.ok(readme.split('\n').length <= 120);
});

test('the query and the subscription of the README have the answers that it shows', async (t) => {
  const gateway = await openGateway(t, { sandbox: { stageMs: 100 } });
  const [open, upload] = blocksOf(readDocument('docs/partner/journey.md')).filter(
    ({ language }) => language === 'graphql',
  );
  const [openWith, , uploadWith] = blocksOf(readDocument('docs/partner/journey.md')).filter(
    ({ language }) => language === 'json',
  );
  const { data } = await gateway.ask(open?.code ?? '', JSON.parse(openWith?.code ?? ''));
  const { uuid } = data.createFlow.flow;
  await gateway.ask(upload?.code ?? '', JSON.parse(uploadWith?.code ?? ''));

  const [subscription, lastEvent, query, answer] = blocksOf(readme).filter(
    ({ language }) => language === 'graphql' || language === 'json',
  );
  const client = createClient({ url: gateway.graphqlUrl, headers: { ...gateway.headers } });
  t.after(() => client.dispose());
  let last: unknown;
  for await (const event of client.iterate({
    query: subscription?.code ?? '',
    variables: { uuid },
  })) {
    last = { data: event.data };
  }
  assert.deepEqual(last, JSON.parse(lastEvent?.code ?? ''));
  const read = await gateway.ask(query?.code ?? '', { uuid });
  assert.deepEqual({ data: read.data }, JSON.parse(answer?.code ?? ''));
});

test('the README starts and tests with two commands', () => {
  const commands = blocksOf(readme).filter(({ language }) => language === 'sh');
  assert.deepEqual(
    commands.map(({ code }) => code),
    ['npm ci && npm start\n', 'npm ci && npm test\n'],
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  buildSchema,
  getNamedType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isUnionType,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { readDocument } from '../support/docs/markdown.ts';
import { readExamples, runExample, withoutChance } from '../support/docs/run-examples.ts';
import { openGateway } from '../support/open-gateway.ts';

const examples = readExamples(readDocument('docs/reference/examples.md'));

test('each example of the reference has the answer that its page shows', {
  timeout: 60_000,
}, async (t) => {
  const gateway = await openGateway(t, { sandbox: { stageMs: 100 } });
  const ids = new Map<'FLOW' | 'BATCH', string>();
  for (const example of examples) {
    const answer = withoutChance(await runExample(gateway, example, ids));
    assert.deepEqual(answer, withoutChance(JSON.parse(example.answer)), example.query);
  }
});

/** Types that an operation over HTTP does not reach, with the reason. */
const unreached = new Map([
  ['ReauthenticatePayload', 'its mutation renews the socket or stream that it comes by'],
  ...[
    ...['Event', 'EventConnection', 'EventEdge', 'EventMessage', 'EventsUnavailable'],
    ...['FlowOpened', 'DocumentsSubmitted', 'FlowStatusChanged', 'FlowEnded', 'CallbackReceived'],
    ...['DocumentExtracted', 'DocumentFailed', 'BatchProgressed', 'BatchEnded'],
    ...['GrantIssued', 'GrantsRevoked'],
  ].map((name) => [name, 'the key of the examples does not hold events:read'] as const),
]);

test('the examples select fields of every type of the graph', () => {
  const schema = buildSchema(readDocument('schema.graphql'));
  const reached = new Set<string>();
  for (const { query } of examples) {
    const info = new TypeInfo(schema);
    const visitor = visitWithTypeInfo(info, {
      Field() {
        const type = getNamedType(info.getParentType());
        if (type) reached.add(type.name);
        for (const each of isObjectType(type) ? type.getInterfaces() : []) reached.add(each.name);
      },
    });
    visit(parse(query), visitor);
  }
  const missing = Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) || isInterfaceType(type) || isUnionType(type))
    .filter((type) => !isIntrospectionType(type) && !reached.has(type.name))
    .map(({ name }) => name)
    .filter((name) => !unreached.has(name));
  assert.deepEqual(missing, [], 'add an operation to docs/reference/examples.md');
});

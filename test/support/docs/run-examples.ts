import { createClient } from 'graphql-sse';
import type { OpenGateway } from '../open-gateway.ts';
import { blocksOf } from './markdown.ts';

/** An operation of a document, with the variables and the answer that the document shows. */
export interface Example {
  readonly query: string;
  readonly variables: string;
  readonly answer: string;
}

/** The examples of a document: each GraphQL block, with the two JSON blocks that follow it. */
export function readExamples(text: string): Example[] {
  const blocks = blocksOf(text);
  return blocks.flatMap(({ language, code }, index) =>
    language === 'graphql'
      ? [
          {
            query: code,
            variables: blocks[index + 1]?.code ?? '',
            answer: blocks[index + 2]?.code ?? '',
          },
        ]
      : [],
  );
}

/**
 * Runs an example and returns its answer; of a subscription, the last event. `FLOW` and `BATCH` in
 * the variables stand for the ids that an earlier example opened; `ids` collects those of this one.
 */
export async function runExample(
  gateway: OpenGateway,
  { query, variables }: Example,
  ids: Map<'FLOW' | 'BATCH', string>,
): Promise<unknown> {
  const filled = variables.replaceAll(/"(FLOW|BATCH)"/g, (whole, name) => {
    const id = ids.get(name);
    return id === undefined ? whole : JSON.stringify(id);
  });
  const given = JSON.parse(filled);
  if (!query.startsWith('subscription')) {
    const { data, errors } = await gateway.ask(query, given);
    if (errors !== undefined) throw new Error(errors.map(({ message }) => message).join('; '));
    const flow = data.createFlow?.flow?.uuid;
    const batch = data.createBatch?.batch?.batchId;
    if (flow !== undefined) ids.set('FLOW', flow);
    if (batch !== undefined) ids.set('BATCH', batch);
    return { data };
  }
  const client = createClient({ url: gateway.graphqlUrl, headers: { ...gateway.headers } });
  try {
    let last: unknown;
    for await (const event of client.iterate({ query, variables: given })) {
      if (event.errors !== undefined) throw new Error(event.errors.map(String).join('; '));
      last = { data: event.data };
    }
    return last;
  } finally {
    client.dispose();
  }
}

/** Values in place of those that differ from run to run, by the name of the member. */
const chance: Readonly<Record<string, string | number>> = {
  endCursor: 'eyJhdCI6MX0',
  cursor: 'eyJhdCI6MX0',
  token: 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl',
  p95Ms: 12,
  remaining: 59_000,
  version: 60_393_366,
};

/** An answer without what differs from run to run: times, cursors, tokens and measured durations. */
export function withoutChance(answer: unknown): unknown {
  const text = JSON.stringify(answer, (name, value) => {
    if (value === null || typeof value === 'object') return value;
    if (name in chance) return chance[name];
    if (typeof value !== 'string') return value;
    const plain = name === 'id' ? Buffer.from(value, 'base64').toString() : value;
    const fixed = plain
      .replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, '2027-01-31T10:15:30.000Z')
      .replace(/(BATCH-\d+-\w+-)\d{14}/, '$120270131101530');
    return name === 'id' ? Buffer.from(fixed).toString('base64') : fixed;
  });
  return JSON.parse(text);
}

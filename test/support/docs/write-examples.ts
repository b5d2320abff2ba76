import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { openGateway } from '../open-gateway.ts';
import { errorCases, toSampleError } from './error-cases.ts';
import { readDocument } from './markdown.ts';
import { readExamples, runExample, withoutChance } from './run-examples.ts';

const root = new URL('../../../', import.meta.url);
const path = 'docs/reference/examples.md';

test('the answers of the examples are written', { timeout: 60_000 }, async (t) => {
  const gateway = await openGateway(t, { sandbox: { stageMs: 100 } });
  const ids = new Map<'FLOW' | 'BATCH', string>();
  let text = readDocument(path);
  for (const example of readExamples(text)) {
    const answer = withoutChance(await runExample(gateway, example, ids));
    const blocks = `\`\`\`graphql\n${example.query}\`\`\`\n\n\`\`\`json\n${example.variables}\`\`\`\n\n`;
    const before = `${blocks}\`\`\`json\n${example.answer}\`\`\``;
    text = text.replace(
      before,
      () => `${blocks}\`\`\`json\n${JSON.stringify(answer, null, 2)}\n\`\`\``,
    );
  }
  writeFileSync(new URL(path, root), text);
});

test('the examples of the error codes are written', { timeout: 120_000 }, async (t) => {
  const samples: Record<string, unknown> = {};
  for (const [code, run] of Object.entries(errorCases)) {
    const { story, query, error } = await run(t);
    samples[code] = { story, query, error: toSampleError(error) };
  }
  const file = new URL('docs/reference/errors/examples.json', root);
  writeFileSync(file, `${JSON.stringify(samples, null, 2)}\n`);
});

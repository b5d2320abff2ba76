import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { openGateway } from '../open-gateway.ts';
import { readDocument } from './markdown.ts';
import { readExamples, runExample, withoutChance } from './run-examples.ts';

/** Runs the examples of the documents and writes their answers below them. */
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
  writeFileSync(new URL(`../../../${path}`, import.meta.url), text);
});
